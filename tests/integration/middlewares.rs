//! Middlewares that work on bodies or count over workers, with clients that are not ours.

use std::fmt::Write;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Semaphore;
use windrose_kit::peer::grpc::{echo_server, frame};
use windrose_kit::peer::h1::{Backend, Client, Message, Server};
use windrose_kit::{soon, within};

use crate::gateway::{Gateway, Http, Setup, dynamic};

/// Everything goes through one middleware to one server.
fn through(middleware: &str, url: &str) -> String {
    dynamic(&Http {
        routers: &[
            ("plain", "{rule: 'PathPrefix(`/`)', service: app, middlewares: [m]}"),
            ("secure", "{rule: 'PathPrefix(`/`)', service: app, middlewares: [m], tls: {}}"),
        ],
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}"))],
        transports: &[],
        more: &format!("  middlewares:\n    m: {{{middleware}}}\n"),
    })
}

async fn gateway(middleware: &str, url: &str) -> Gateway {
    Gateway::start(Setup { dynamic: &through(middleware, url), ..Setup::default() }).await
}

fn text(length: usize) -> String {
    let mut text = String::with_capacity(length + 32);
    for number in 0_u32.. {
        if text.len() >= length {
            break;
        }
        writeln!(text, "line {number} of {}", number % 97).unwrap();
    }
    text.truncate(length);
    text
}

/// Answers `/1000` with so many bytes of text, and `/chunked/1000` with chunks of them.
fn texts(request: &Message) -> Vec<u8> {
    let length =
        request.target().rsplit('/').next().and_then(|number| number.parse().ok()).expect("a length");
    let body = text(length);
    if !request.target().starts_with("/chunked") {
        return format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes();
    }
    let mut answer = String::from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for chunk in body.as_bytes().chunks(7000) {
        answer.push_str(&format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)));
    }
    answer.push_str("0\r\n\r\n");
    answer.into_bytes()
}

async fn run(program: &str, arguments: &[&str], input: Vec<u8>) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("this test needs {program}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let write = async move {
        // A program that fails before it has read all says why itself.
        let _gone = stdin.write_all(&input).await;
    };
    let (output, ()) =
        within(Duration::from_secs(30), program, async { tokio::join!(child.wait_with_output(), write) })
            .await;
    output.unwrap()
}

#[tokio::test]
async fn packed_answers_are_unpacked_by_curl_and_python() {
    let server = Server::answering(Backend::bind().await, texts);
    let gateway = gateway("compress: {minResponseBodyBytes: 100}", &server.url()).await;
    for (scheme, protocol) in
        [("http", "--http1.1"), ("http", "--http2-prior-knowledge"), ("https", "--http2")]
    {
        for coding in ["gzip", "br", "zstd"] {
            for target in ["200", "5000", "400000", "chunked/50", "chunked/100000"] {
                let url = format!("{scheme}://{}/{target}", gateway.addr());
                let accept = format!("Accept-Encoding: {coding}");
                let arguments = ["-sSk", protocol, "-H", &accept, "-D", "/dev/stderr", &url];
                let expected = text(target.rsplit('/').next().unwrap().parse().unwrap());
                let unpacking = [&["--compressed"][..], &arguments].concat();
                let unpacked = run("curl", &unpacking, Vec::new()).await;
                let (head, why) =
                    (String::from_utf8_lossy(&unpacked.stderr), format!("{protocol} {coding} {target}"));
                assert!(
                    head.to_lowercase().contains(&format!("content-encoding: {coding}")),
                    "{why}: {head}"
                );
                assert!(unpacked.stdout == expected.as_bytes(), "{why}: {head}");
                if coding == "gzip" {
                    let packed = run("curl", &arguments, Vec::new()).await.stdout;
                    assert!(packed.len() < expected.len() || expected.len() < 200, "{why}");
                    let code =
                        "import sys, gzip; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))";
                    let plain = run("python3", &["-c", code], packed).await;
                    assert!(plain.stdout == expected.as_bytes(), "{why}: {plain:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn packed_streams_take_a_bounded_memory() {
    // Each answer has more to say and does not say it.
    let said = Arc::new(Semaphore::new(0));
    let saying = Arc::clone(&said);
    let server = Server::start(Backend::bind().await, move |mut conn| {
        let said = Arc::clone(&saying);
        async move {
            conn.expect_head().await;
            conn.send(format!("HTTP/1.1 200 OK\r\n\r\n{}", text(300_000))).await;
            said.add_permits(1);
            let _gone = conn.next_request().await;
        }
    });
    for (coding, large) in [("gzip", 0), ("br", 6), ("zstd", 3)] {
        let gateway = gateway("compress: {}", &server.url()).await;
        let before = gateway.memory();
        let mut clients = Vec::new();
        for _ in 0..STREAMS {
            let mut client = gateway.client().await;
            client.send(format!("GET / HTTP/1.1\r\nHost: a.test\r\nAccept-Encoding: {coding}\r\n\r\n")).await;
            assert_eq!(client.read_response_head().await.header("Content-Encoding"), Some(coding));
            clients.push(client);
        }
        within(Duration::from_secs(30), "everything said", said.acquire_many(STREAMS))
            .await
            .unwrap()
            .forget();
        let taken = gateway.peak_memory().saturating_sub(before);
        println!("{coding}: {} KiB for each stream", (taken >> 10) / STREAMS as usize);
        // Sixteen of each worker may take more, in megabytes.
        let workers = std::thread::available_parallelism().unwrap().get();
        let most = STREAMS as usize * (1500 << 10) + workers * 16 * (large << 20);
        assert!(taken < most, "{coding}: {taken} bytes");
    }
}

const STREAMS: u32 = 80;

async fn ask(client: &mut Client) -> u16 {
    client.get("a.test", "/").await.status()
}

#[tokio::test]
async fn a_rate_is_one_for_all_workers_and_outlives_a_reload() {
    let server = Server::fixed("hello").await;
    let limit = |burst: u32| format!("rateLimit: {{average: 1, period: 1h, burst: {burst}}}");
    let gateway = gateway(&limit(100), &server.url()).await;
    let mut clients = Vec::new();
    for _ in 0..30 {
        clients.push(gateway.client().await);
    }
    let mut given = 0;
    for _ in 0..10 {
        for client in &mut clients {
            given += usize::from(ask(client).await == 200);
        }
    }
    // The one that asks whether the configuration is in force goes to another router.
    assert_eq!(given, 100);
    let same =
        through(&limit(100), &server.url()).replace("PathPrefix(`/`)", "PathPrefix(`/`) || Path(`/x`)");
    gateway.apply(&same).await;
    assert_eq!(ask(&mut gateway.client().await).await, 429);
    gateway.apply(&through(&limit(1), &server.url())).await;
    assert_eq!(ask(&mut gateway.client().await).await, 200);
    assert_eq!(ask(&mut gateway.client().await).await, 429);
}

#[tokio::test]
async fn a_browser_calls_a_grpc_server() {
    let server = echo_server().await;
    let gateway = gateway("grpcWeb: {allowOrigins: ['*']}", &server.url()).await;
    let message = frame(b"hello");
    for (path, status) in [("Say", "grpc-status: 0"), ("Fail", "grpc-status: 13")] {
        let mut client = gateway.client().await;
        let head = format!(
            "POST /pkg.Echo/{path} HTTP/1.1\r\nHost: a.test\r\nOrigin: http://b.test\r\nTE: trailers\r\n\
             Content-Type: application/grpc-web+proto\r\nContent-Length: {}\r\n\r\n",
            message.len()
        );
        client.send([head.as_bytes(), &message].concat()).await;
        let answer = client.read_response().await;
        let text = answer.text();
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("http://b.test"));
        assert!(answer.header("Content-Type").unwrap().starts_with("application/grpc-web"), "{answer:?}");
        assert!(text.contains(status) || answer.header("grpc-status") == Some("13"), "{answer:?}");
        assert!(path != "Say" || text.contains("hello"), "{answer:?}");
    }
}

#[tokio::test]
async fn bodies_that_do_not_fit_into_memory_leave_no_file() {
    let server = Server::echo().await;
    let gateway =
        gateway("buffering: {memRequestBodyBytes: 1000, memResponseBodyBytes: 1000}", &server.url()).await;
    let body = text(3 << 20);
    let url = format!("http://{}/", gateway.addr());
    let arguments = ["-sS", "-H", "Expect:", "--data-binary", "@-", &url];
    let output = run("curl", &arguments, body.clone().into_bytes()).await;
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.ends_with(&body) || told.contains(&body), "{} bytes", told.len());
    let open = std::fs::read_dir(format!("/proc/{}/fd", gateway.pid())).unwrap();
    let deleted = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    let left: Vec<_> = deleted.filter(|path| path.to_string_lossy().contains("(deleted)")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_body_that_becomes_too_long_does_not_reach_its_server_whole() {
    let server = Server::echo().await;
    let gateway = gateway("bodyLimit: {maxRequestBodyBytes: 10}", &server.url()).await;
    let head = "POST / HTTP/1.1\r\nHost: a.test\r\n";
    let chunks = |body: &str| format!("{head}Transfer-Encoding: chunked\r\n\r\n{body}0\r\n\r\n");
    let cases = [
        (chunks("5\r\nhello\r\n5\r\nthere\r\n"), 200),
        (chunks("5\r\nhello\r\n6\r\nthere!\r\n"), 413),
        (format!("{head}Content-Length: 10\r\n\r\nhellothere"), 200),
        (format!("{head}Content-Length: 11\r\n\r\nhellothere!"), 413),
    ];
    for (request, status) in cases {
        let mut client = gateway.client().await;
        client.send(&request).await;
        assert_eq!(client.read_response().await.status(), status, "{request}");
    }
    assert!(server.requests().iter().all(|request| request.text() == "hellothere"));
}

#[tokio::test]
async fn a_written_answer_needs_no_server() {
    let page = "respond: {status: 410, body: gone, contentType: text/plain, headers: {X-A: b}}";
    let gateway = gateway(page, "http://127.0.0.1:1").await;
    let mut client = gateway.client().await;
    for (method, body) in [("GET", "gone"), ("HEAD", ""), ("POST", "gone")] {
        client.send(format!("{method} / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n")).await;
        let answer = client.read_response_to(method).await;
        assert_eq!((answer.status(), answer.text().as_str()), (410, body), "{method}");
        assert_eq!(
            (answer.header("X-A"), answer.header("Content-Length")),
            (Some("b"), Some("4")),
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_page_is_what_its_file_says_now() {
    let mut gateway = Gateway::start(Setup {
        dynamic: &through("respond: {bodyFile: '${dir}/page'}", "http://127.0.0.1:1"),
        files: &[("page", "before")],
        ..Setup::default()
    })
    .await;
    until_page(&gateway, b"before").await;
    gateway.folder().write("page", "after");
    until_page(&gateway, b"after").await;
    // Too large a page is told, and its router answers nothing in its place.
    gateway.folder().write("page", "x".repeat((1 << 20) + 1));
    gateway.wait_for_log("is larger than a megabyte").await;
}

/// Asks until the answer has this body.
async fn until_page(gateway: &Gateway, body: &[u8]) {
    let asking = async {
        loop {
            let mut client = gateway.client().await;
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            if client.read_response().await.body == body {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    soon("the page", asking).await;
}
