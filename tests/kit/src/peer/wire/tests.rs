use super::Wire;
use crate::peer::listener::Listener;
use crate::task::Task;

async fn pair() -> (Wire, Wire) {
    let listener = Listener::bind(None).await;
    let client = Wire::connect(listener.addr()).await;
    (client, listener.accept().await)
}

#[tokio::test]
async fn reading_takes_no_more_than_asked_for() {
    let (mut client, mut backend) = pair().await;
    client.send("one two\r\nthree").await;
    backend.expect("one ").await;
    assert_eq!(backend.read_until("\r\n").await, b"two\r\n");
    client.half_close().await;
    assert_eq!(backend.read_to_end().await, b"three");
    backend.send("reply").await;
    backend.close().await;
    client.expect("reply").await;
    client.expect_close().await;
}

#[tokio::test]
async fn a_reset_is_not_a_close() {
    let (client, mut backend) = pair().await;
    client.reset();
    backend.expect_reset().await;

    let (client, mut backend) = pair().await;
    client.reset();
    let message = Task::spawn(async move { backend.expect_close().await }).panic_message().await;
    assert!(message.contains("the connection broke"), "{message}");

    let (client, mut backend) = pair().await;
    client.close().await;
    let message = Task::spawn(async move { backend.expect_reset().await }).panic_message().await;
    assert!(message.contains("closed in order"), "{message}");
}

#[tokio::test]
async fn a_failed_expectation_shows_what_came() {
    let (mut client, mut backend) = pair().await;
    client.send("HTTP/1.0 400").await;
    client.close().await;
    let message = Task::spawn(async move { backend.read_until("\r\n").await }).panic_message().await;
    assert_eq!(
        message,
        "backend: expected \"\\r\\n\", but the connection ended after \"HTTP/1.0 400\" (12 bytes)"
    );
}
