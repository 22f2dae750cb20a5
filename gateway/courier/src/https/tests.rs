//! The same requests to scripted servers.

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::*;

fn client(head: Duration) -> Https {
    let files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let limits = Limits { whole: Duration::from_secs(10), head };
    Https::new(&ClientTlsOptions::default(), &files, limits).unwrap()
}

/// Answers one connection after the other, and gives what was asked.
async fn serve(
    answers: &[&str],
    request: impl FnOnce(String) -> Request,
) -> (Result<Answer, HttpError>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = async {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut io, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            while !String::from_utf8_lossy(&bytes).contains("\r\n\r\n") {
                assert!(io.read_buf(&mut bytes).await.unwrap() > 0);
            }
            io.write_all(answer.as_bytes()).await.unwrap();
            asked.push(String::from_utf8(bytes).unwrap());
        }
        asked
    };
    let https = client(Duration::from_secs(5));
    let request = request(url);
    let (asked, answer) = tokio::join!(server, https.send(&request));
    (answer, asked)
}

#[tokio::test]
async fn answers_of_every_framing_are_read_to_their_end() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nhello",
    ] {
        let (answered, _) = serve(&[answer], Request::get).await;
        let answered = answered.unwrap();
        assert_eq!((answered.status, &*answered.body), (200, &b"hello"[..]), "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_cut_short_or_no_answer_is_an_error() {
    for answer in ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "SSH-2.0-x\r\n\r\n", ""] {
        assert!(serve(&[answer], Request::get).await.0.is_err(), "{answer:?}");
    }
}

#[tokio::test]
async fn a_redirection_is_followed_and_tells_another_host_no_secret() {
    let first = "HTTP/1.1 302 Found\r\nLocation: /next?a=b\r\nContent-Length: 0\r\n\r\n";
    let second = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (answer, asked) = serve(&[first, second], |url| Request::get(url).bearer("key")).await;
    assert_eq!(answer.unwrap().status, 200);
    assert!(asked[1].starts_with("GET /next?a=b HTTP/1.1\r\n") && asked[1].contains("Bearer key"));
}

#[tokio::test]
async fn a_redirection_to_another_port_or_host_takes_no_field_along() {
    for host in ["127.0.0.1", "localhost"] {
        let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = format!("http://{host}:{}/steal", other.local_addr().unwrap().port());
        let second = async {
            let (mut io, _) = other.accept().await.unwrap();
            let mut bytes = Vec::new();
            while !String::from_utf8_lossy(&bytes).contains("\r\n\r\n") {
                assert!(io.read_buf(&mut bytes).await.unwrap() > 0);
            }
            io.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let first = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        let fields = [("X-Api-Key", "secret"), ("Private-Token", "secret"), ("Host", "routes.example")];
        let request = |url: String| {
            let request = Request::get(url.replace("://", "://user:secret@")).bearer("secret");
            let request = request.with("Accept", "application/json");
            fields.iter().fold(request, |request, (name, value)| request.with(*name, value))
        };
        let answers = [first.as_str()];
        let ((answer, asked), stolen) = tokio::join!(serve(&answers, request), second);
        assert_eq!(answer.unwrap().status, 200);
        assert_eq!(asked[0].matches("secret").count(), 3, "{}", asked[0]);
        assert!(!stolen.contains("secret") && !stolen.contains("routes.example"), "{stolen}");
        assert!(stolen.contains("Accept: application/json\r\n"), "{stolen}");
    }
}

#[tokio::test]
async fn a_field_cannot_become_two() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (_, asked) = serve(&[answer], |url| Request::post(url).bearer("key\r\nX-Evil: 1\n")).await;
    assert!(asked[0].contains("Authorization: Bearer keyX-Evil: 1\r\n"), "{}", asked[0]);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_late() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let late = client(Duration::from_millis(20)).send(&Request::get(url)).await;
    assert!(matches!(late, Err(HttpError::Late(_))), "{late:?}");
}
