//! Calls to a server of HTTP/2 that is scripted.

use std::time::Duration;

use http::{HeaderMap, Response};
use tokio::net::TcpListener;

use super::*;

/// How a server answers.
enum Script {
    Trailers(&'static str),
    Head(&'static str),
    Http(u16),
    Gone,
}

async fn answer(listener: TcpListener, script: Script) -> (http::request::Parts, Vec<u8>) {
    let (io, _) = listener.accept().await.unwrap();
    let mut connection = h2::server::handshake(io).await.unwrap();
    let (request, mut respond) = connection.accept().await.unwrap().unwrap();
    let (head, mut body) = request.into_parts();
    let serving = async {
        let mut bytes = Vec::new();
        while let Some(piece) = body.data().await {
            let piece = piece.unwrap();
            let _ = body.flow_control().release_capacity(piece.len());
            bytes.extend_from_slice(&piece);
        }
        let code = |code: &str| {
            let mut fields = HeaderMap::new();
            fields.insert("grpc-status", code.parse().unwrap());
            fields.insert("grpc-message", "said so".parse().unwrap());
            fields
        };
        match script {
            Script::Trailers(status) => {
                let mut out = respond.send_response(Response::new(()), false).unwrap();
                out.send_data(Bytes::from_static(&[0; 5]), false).unwrap();
                out.send_trailers(code(status)).unwrap();
            }
            Script::Head(status) => {
                let mut response = Response::new(());
                *response.headers_mut() = code(status);
                respond.send_response(response, true).unwrap();
            }
            Script::Http(status) => {
                let response = Response::builder().status(status).body(()).unwrap();
                respond.send_response(response, true).unwrap();
            }
            Script::Gone => respond.send_reset(h2::Reason::INTERNAL_ERROR),
        }
        bytes
    };
    let bytes = tokio::select! {
        bytes = serving => bytes,
        _ = poll_fn(|cx| connection.poll_closed(cx)) => panic!("the connection ended early"),
    };
    let _ = poll_fn(|cx| connection.poll_closed(cx)).await;
    (head, bytes)
}

async fn called(script: Script, packed: &[u8]) -> (Result<Status, HttpError>, http::request::Parts, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let files = |_: &str| Err(io::ErrorKind::NotFound.into());
    let limits = Limits { whole: Duration::from_secs(10), head: Duration::from_secs(10) };
    let grpc = Grpc::new(&ClientTlsOptions::default(), &files, limits).unwrap();
    let metadata = [("X-Key", "secret")];
    let call = grpc.unary(&url, "/a.B/C", &metadata, packed);
    let (status, (head, bytes)) = tokio::join!(call, answer(listener, script));
    (status, head, bytes)
}

#[tokio::test]
async fn a_call_ends_with_the_status_of_the_trailers_or_of_the_head() {
    for (script, expected) in [
        (Script::Trailers("0"), 0),
        (Script::Trailers("14"), 14),
        (Script::Head("16"), 16),
        (Script::Http(503), 14),
        (Script::Http(404), 12),
    ] {
        let (status, ..) = called(script, b"x").await;
        assert_eq!(status.unwrap().code, expected);
    }
    assert!(called(Script::Gone, b"x").await.0.is_err());
}

#[tokio::test]
async fn a_message_arrives_whole_with_its_length_and_its_metadata() {
    let long = vec![7; 300_000];
    let (status, head, bytes) = called(Script::Trailers("0"), &long).await;
    assert_eq!(status.unwrap().message, "said so");
    assert_eq!((head.uri.path(), head.headers["x-key"].to_str().unwrap()), ("/a.B/C", "secret"));
    assert_eq!(head.headers["grpc-encoding"], "gzip");
    assert_eq!((bytes[0], u32::from_be_bytes(bytes[1..5].try_into().unwrap())), (1, 300_000));
    assert_eq!(&bytes[5..], &long);
}
