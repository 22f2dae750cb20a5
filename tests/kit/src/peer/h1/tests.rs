use super::{Backend, Client, Conn, Server};
use crate::peer::tls::{Acceptor, Authority, ClientOptions, Connector, ServerOptions};
use crate::task::Task;

async fn pair() -> (Client, Conn) {
    let backend = Backend::bind().await;
    let client = Client::connect(backend.addr()).await;
    (client, backend.accept().await)
}

#[tokio::test]
async fn a_conversation_reads_in_order() {
    let (mut client, mut conn) = pair().await;

    client
        .send("POST /a HTTP/1.1\r\nhost: h\r\nX-Twice: 1\r\nx-twice: 2\r\ncontent-length: 3\r\n\r\nabc")
        .await;
    let request = conn.expect_request().await;
    assert_eq!((request.method(), request.target()), ("POST", "/a"));
    assert_eq!(request.headers("x-TWICE"), ["1", "2"]);
    assert_eq!(request.fields[1].0, "X-Twice");
    assert_eq!(request.text(), "abc");

    conn.send("HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n").await;
    assert_eq!(client.read_response().await.status(), 103);
    conn.answer("hi").await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.text().as_str()), (200, "hi"));

    conn.close().await;
    client.expect_close().await;
}

#[tokio::test]
async fn bodies_end_by_every_rule() {
    let (mut client, mut conn) = pair().await;
    conn.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
         3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n\
         HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\
         HTTP/1.0 200 OK\r\n\r\nthe rest",
    )
    .await;
    conn.close().await;

    let chunked = client.read_response().await;
    assert_eq!(chunked.text(), "abc0123456789");
    assert_eq!(chunked.trailer("x-sum"), Some("1"));
    assert_eq!(client.read_response().await.status(), 304);
    assert_eq!(client.read_response_to("HEAD").await.header("content-length"), Some("9"));
    assert_eq!(client.read_response().await.text(), "the rest");
}

#[tokio::test]
async fn chunks_can_be_read_one_by_one() {
    let (mut client, mut conn) = pair().await;
    client.send("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n").await;
    conn.expect_head().await;
    assert_eq!(conn.read_chunk().await.as_deref(), Some(&b"ab"[..]));
    client.send("0\r\nT: v\r\n\r\n").await;
    assert_eq!(conn.read_chunk().await, None);
    assert_eq!(conn.read_trailers().await, [("T".to_owned(), "v".to_owned())]);
}

#[tokio::test]
async fn a_server_answers_by_itself_and_remembers() {
    let server = Server::echo().await;
    let mut client = Client::connect(server.addr()).await;
    for target in ["/a", "/b"] {
        let response = client.get("h", target).await;
        assert_eq!(response.text(), format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n"));
    }
    let targets: Vec<_> = server.requests().iter().map(|request| request.target().to_owned()).collect();
    assert_eq!(targets, ["/a", "/b"]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_server_speaks_tls() {
    let authority = Authority::new("ca");
    let acceptor = Acceptor::new(&authority.issue(&["a.test"]), ServerOptions::default());
    let server = Server::echo_tls(acceptor).await;
    assert!(server.url().starts_with("https://127.0.0.1:"));
    let connector = Connector::new(ClientOptions { trust: Some(&authority), ..ClientOptions::default() });
    let mut client = Client::connect_tls(server.addr(), &connector, "a.test").await;
    assert_eq!(client.get("a.test", "/").await.status(), 200);
}

#[tokio::test]
async fn a_failed_expectation_in_a_handler_fails_the_test() {
    let test = Task::spawn(async {
        let server = Server::start(Backend::bind().await, |mut conn| async move {
            conn.expect("GET").await;
        });
        let mut client = Client::connect(server.addr()).await;
        client.send("PUT").await;
        client.expect_gone().await;
    });
    assert!(test.panic_message().await.contains("in the handler of a server"));
}
