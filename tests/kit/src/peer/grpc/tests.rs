use super::{Conversation, Status, echo_server, unary};
use crate::peer::h2::Client;

fn success() -> Status {
    Status { code: 0, message: String::new() }
}

#[tokio::test]
async fn a_message_is_answered_by_a_message_and_a_status() {
    let server = echo_server().await;
    let mut client = Client::connect(server.addr()).await;
    let large = vec![1; 100_000];
    let (reply, status) = unary(&mut client, "http://a.test/pkg.Echo/Say", &large).await;
    assert_eq!(reply, large);
    assert_eq!(status, success());
}

#[tokio::test]
async fn messages_flow_in_both_directions_at_once() {
    let server = echo_server().await;
    let mut client = Client::connect(server.addr()).await;
    let mut conversation = Conversation::start(&mut client, "http://a.test/pkg.Echo/Chat").await;
    for message in [&b"one"[..], b"", b"three"] {
        conversation.send(message);
        assert_eq!(conversation.next().await.unwrap(), message);
    }
    conversation.finish();
    assert_eq!(conversation.next().await, None);
    assert_eq!(conversation.status().await, success());
}

#[tokio::test]
async fn a_failure_is_told_in_the_trailers() {
    let server = echo_server().await;
    let mut client = Client::connect(server.addr()).await;
    let (_, status) = unary(&mut client, "http://a.test/pkg.Echo/Fail", b"x").await;
    assert_eq!(status, Status { code: 13, message: "asked to fail".to_owned() });
}
