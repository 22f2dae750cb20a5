//! gRPC through the gateway: messages both ways, and the status that comes last.

use windrose_kit::peer::grpc::{Conversation, Status, echo_server, unary};

use crate::gateway::Gateway;

const ECHO: &str = "http://a.test/pkg.Echo/Say";
const FAIL: &str = "http://a.test/pkg.Echo/Fail";

fn success() -> Status {
    Status { code: 0, message: String::new() }
}

#[tokio::test]
async fn a_call_is_answered_with_its_status() {
    let server = echo_server().await;
    let gateway = Gateway::to(&server.url()).await;
    for mut client in [gateway.h2_client().await, gateway.h2_tls_client("a.test").await] {
        for size in [0, 10, 1 << 20] {
            let message = vec![7; size];
            let (reply, status) = unary(&mut client, ECHO, &message).await;
            assert_eq!((reply.len(), status), (size, success()));
        }
    }
}

#[tokio::test]
async fn a_failure_keeps_its_code_and_message() {
    let server = echo_server().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.h2_client().await;
    let (_, status) = unary(&mut client, FAIL, b"x").await;
    assert_eq!(status, Status { code: 13, message: "asked to fail".to_owned() });
}

#[tokio::test]
async fn messages_flow_both_ways_at_once() {
    let server = echo_server().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.h2_tls_client("a.test").await;
    let mut conversation = Conversation::start(&mut client, ECHO).await;
    for number in 0..100_u32 {
        let message = number.to_be_bytes();
        conversation.send(&message);
        assert_eq!(conversation.next().await.unwrap()[..], message);
    }
    conversation.finish();
    assert_eq!(conversation.next().await, None);
    assert_eq!(conversation.status().await, success());
}

#[tokio::test]
async fn calls_on_one_connection_do_not_wait_for_each_other() {
    let server = echo_server().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.h2_client().await;
    let mut conversations = Vec::new();
    for _ in 0..50 {
        conversations.push(Conversation::start(&mut client, ECHO).await);
    }
    for (number, conversation) in conversations.iter_mut().enumerate().rev() {
        conversation.send(number.to_string().as_bytes());
        assert_eq!(conversation.next().await.unwrap(), number.to_string());
    }
    for mut conversation in conversations {
        conversation.finish();
        assert_eq!(conversation.status().await, success());
    }
}

#[tokio::test]
async fn a_gateway_without_the_server_tells_an_http_status() {
    let gateway = Gateway::to(&format!("h2c://127.0.0.1:{}", windrose_kit::port::free_port())).await;
    let mut client = gateway.h2_client().await;
    let request =
        http::Request::post(ECHO).header("content-type", "application/grpc").body("".into()).unwrap();
    assert_eq!(client.send(request).await.status, 502);
}
