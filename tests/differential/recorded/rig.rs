//! Runs a program, sends it all requests, and takes home what it has recorded.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use windrose_differential::proxy::Programs;
use windrose_kit::peer::h1::Client;
use windrose_kit::peer::h2;
use windrose_kit::peer::tls::{Authority, ClientOptions, Connector, Identity};
use windrose_kit::peer::wire::Wire;
use windrose_kit::port::free_port;
use windrose_kit::program::{Program, Settings};
use windrose_kit::soon;

/// The programs, and what stands behind them.
pub(crate) struct Rig {
    pub(crate) programs: Programs,
    backend: SocketAddr,
    dead: u16,
    server: Identity,
    client: Identity,
}

/// What a program has recorded.
pub(crate) struct Run {
    pub(crate) lines: Vec<String>,
    /// What `/metrics` says.
    pub(crate) metrics: String,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let authority = Authority::new("recorded");
        Self {
            programs: Programs::find(root).unwrap(),
            backend: backend(),
            dead: free_port(),
            server: authority.issue(&["sec.test", "b.test"]),
            client: authority.issue_with(&[], |params| {
                params.distinguished_name.push(rcgen::DnType::CommonName, "client");
                params.distinguished_name.push(rcgen::DnType::OrganizationName, "Acme, Inc");
                params.distinguished_name.push(rcgen::DnType::CountryName, "DE");
            }),
        }
    }

    /// Sends all requests through a program that records as `options` say.
    pub(crate) async fn run(&self, program: &Path, options: &str, file: &str) -> Run {
        let dynamic = DYNAMIC
            .replace("BACKEND", &self.backend.to_string())
            .replace("DEAD", &format!("127.0.0.1:{}", self.dead))
            .replace("CERT", &quoted(self.server.certificate_pem()))
            .replace("KEY", &quoted(&self.server.key_pem()));
        let program = Program::start(Settings {
            entry_points: &["web", "sec", "quiet", "trust", "twice", "loop", "cut", "traefik"],
            static_config: &format!("{STATIC}{options}\n"),
            dynamic_config: &dynamic,
            binary: Some(program.to_owned()),
            ..Settings::default()
        })
        .await;
        soon("the routes", async {
            // Nothing of this entry point is recorded.
            let request = "GET /ready HTTP/1.1\nHost: q.test\n\n";
            while !ask(program.entry_point("quiet"), request).await.contains("200 OK") {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // Traefik changes one entry point after the other. Of these, nothing of PUT is compared.
            for (entry_point, host) in [("web", "a.test"), ("trust", "a.test"), ("twice", "t.test")] {
                let request = format!("PUT /ready HTTP/1.1\nHost: {host}\nContent-Length: 0\n\n");
                while !ask(program.entry_point(entry_point), &request).await.contains("200 OK") {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        })
        .await;
        for (entry_point, request) in REQUESTS {
            ask(program.entry_point(entry_point), request).await;
        }
        self.secure(program.entry_point("sec")).await;
        web_socket(program.entry_point("web")).await;
        // What ends with its connection is recorded some time after.
        let metrics = soon("the metrics", async {
            loop {
                let scrape = "GET /metrics HTTP/1.0\nHost: last.test\n\n";
                let metrics = ask(program.entry_point("traefik"), scrape).await;
                if !options.contains("prometheus") || metrics.contains(LAST) {
                    return metrics;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        // The last line is written when this request has had its.
        ask(program.entry_point("web"), "GET /last HTTP/1.1\nHost: last.test\n\n").await;
        let path = program.folder().path().join(file);
        let text = soon("the last line", async {
            loop {
                let text = fs::read(&path).unwrap_or_default();
                let text = String::from_utf8_lossy(&text).into_owned();
                if text.contains("/last") && (options.contains("filters") || text.contains("/ws")) {
                    return text;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        let lines = text.lines().filter(|line| !line.contains("/ready")).map(str::to_owned).collect();
        Run { lines, metrics }
    }

    /// Requests by TLS: with and without a certificate of the client, for another host, by HTTP/2.
    async fn secure(&self, addr: SocketAddr) {
        let with = Connector::new(ClientOptions { identity: Some(&self.client), ..ClientOptions::default() });
        let without = Connector::new(ClientOptions::default());
        for (connector, host, path) in [
            (&with, "sec.test", "/tls/with"),
            (&without, "sec.test", "/tls/without"),
            (&without, "other.test", "/tls/other"),
        ] {
            let mut client = Client::connect_tls(addr, connector, "sec.test").await;
            client.get(host, path).await;
            client.close().await;
        }
        let connector = Connector::new(ClientOptions { alpn: &["h2"], ..ClientOptions::default() });
        let mut client = h2::Client::connect_tls(addr, &connector, "sec.test").await;
        let request = http::Request::post("https://sec.test/tls/h2?z").header("user-agent", "two");
        client.send(request.body("four".into()).unwrap()).await;
    }
}

/// Opens a WebSocket that its server closes at once.
async fn web_socket(addr: SocketAddr) {
    let mut client = Client::over(Wire::connect(addr).await);
    client
        .send(
            "GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        )
        .await;
    assert_eq!(client.read_response_head().await.status(), 101);
    client.close().await;
}

/// Sends a request, its lines ended as HTTP wants them, and gives all that comes back.
async fn ask(addr: SocketAddr, request: &str) -> String {
    let head = request.replace('\n', "\r\n");
    let text = match head.split_once("HTTP/1.1\r\n") {
        Some((line, rest)) => format!("{line}HTTP/1.1\r\nConnection: close\r\n{rest}"),
        None => head,
    };
    let asked = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A connection that is cut has said what it had to say.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    soon(format!("an answer to {request}"), asked).await.unwrap()
}

/// A server whose answer depends on the path.
fn backend() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    addr
}

fn serve(stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut out = stream;
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if reader.read_until(b'\n', &mut head).ok()? == 0 {
                return None;
            }
        }
        let head = String::from_utf8_lossy(&head).to_lowercase();
        if let Some((_, length)) = head.split_once("content-length: ") {
            let mut body = vec![0; length.split("\r\n").next()?.parse().ok()?];
            reader.read_exact(&mut body).ok()?;
        } else if head.contains("transfer-encoding: chunked") {
            let mut body = Vec::new();
            while !body.ends_with(b"0\r\n\r\n") {
                reader.read_until(b'\n', &mut body).ok()?;
            }
        }
        let path = head.split(' ').nth(1)?;
        let answer = match path {
            "/chunked" => {
                "200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
            }
            "/busy" => "503 Service Unavailable\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\nbusy",
            "/204" => "204 No Content\r\nContent-Type: a/b\r\n\r\n",
            "/304" => "304 Not Modified\r\nContent-Type: a/b\r\n\r\n",
            "/grpc" => {
                "200 OK\r\nContent-Type: application/grpc\r\nGrpc-Status: 5\r\nContent-Length: 0\r\n\r\n"
            }
            "/cut" => "200 OK\r\nContent-Type: a/b\r\nContent-Length: 50\r\n\r\nhalf",
            "/ws" => {
                "101 Switching Protocols\r\nContent-Type: a/b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            }
            _ if head.starts_with("head") => "200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\n",
            _ => {
                "200 OK\r\nContent-Type: a/b\r\nX-Origin: o\r\nset-cookie: a=1\r\nSet-Cookie: b=<2>\r\nContent-Length: 5\r\n\r\nhello"
            }
        };
        out.write_all(format!("HTTP/1.1 {answer}").as_bytes()).ok()?;
        if ["/cut", "/ws"].contains(&path) {
            return None;
        }
    }
}

/// A text in double quotes, on one line.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// What Traefik counts last of the WebSocket, which is over last.
const LAST: &str = "traefik_entrypoint_responses_bytes_total{code=\"0\",";

const STATIC: &str = "
entryPoints:
  web: {address: '${web}'}
  sec: {address: '${sec}', http: {tls: {}}}
  quiet: {address: '${quiet}', observability: {accessLogs: false, metrics: false}}
  trust: {address: '${trust}', forwardedHeaders: {insecure: true}}
  twice: {address: '${twice}', observability: {metrics: false}}
  loop: {address: '${loop}', http: {redirections: {entryPoint: {to: ':80', scheme: http}}}}
  cut: {address: '${cut}'}
  traefik: {address: '${traefik}'}
ping: {}
providers: {file: {filename: '${dir}/dynamic.yml'}}
log: {level: ERROR}";

const DYNAMIC: &str = "
http:
  routers:
    a: {rule: 'Host(`a.test`)', service: a, entryPoints: [web, trust]}
    s: {rule: 'Host(`sec.test`)', service: a, entryPoints: [sec], tls: {options: asks}}
    dead: {rule: 'Host(`dead.test`)', service: dead, entryPoints: [web]}
    red: {rule: 'Host(`red.test`)', service: a, middlewares: [red], entryPoints: [web]}
    deny: {rule: 'Host(`deny.test`)', service: a, middlewares: [deny], entryPoints: [web]}
    retry: {rule: 'Host(`retry.test`)', service: dead, middlewares: [retry], entryPoints: [web]}
    again: {rule: 'Host(`again.test`)', service: a, middlewares: [retry], entryPoints: [web]}
    w: {rule: 'Host(`w.test`)', service: w, entryPoints: [web]}
    empty: {rule: 'Host(`empty.test`)', service: empty, entryPoints: [web]}
    prefix: {rule: 'Host(`prefix.test`)', service: a, middlewares: [strip], entryPoints: [web]}
    nolog: {rule: 'Host(`nolog.test`)', service: a, observability: {accessLogs: false}, entryPoints: [web]}
    nomet: {rule: 'Host(`nomet.test`)', service: a, observability: {metrics: false}, entryPoints: [web]}
    own: {rule: 'Host(`own.test`)', service: ping@internal, entryPoints: [web]}
    cut: {rule: 'Host(`cut.test`)', service: cut, entryPoints: [cut]}
    q: {rule: 'Host(`q.test`)', service: a, entryPoints: [quiet]}
    loud: {rule: 'Host(`loud.test`)', service: a, entryPoints: [quiet], observability: {accessLogs: true, metrics: true}}
    t: {rule: 'Host(`t.test`)', service: a, entryPoints: [web, twice]}
  middlewares:
    red: {redirectScheme: {scheme: https}}
    deny: {ipAllowList: {sourceRange: [192.0.2.1]}}
    retry: {retry: {attempts: 3}}
    strip: {stripPrefix: {prefixes: [/api]}}
  services:
    a: {loadBalancer: {servers: [{url: 'http://BACKEND'}]}}
    dead: {loadBalancer: {servers: [{url: 'http://DEAD/some/path'}]}}
    cut: {loadBalancer: {servers: [{url: 'http://BACKEND'}]}}
    empty: {loadBalancer: {servers: []}}
    w: {weighted: {services: [{name: a, weight: 1}]}}
tls:
  certificates: [{certFile: CERT, keyFile: KEY}]
  options: {asks: {clientAuth: {clientAuthType: RequestClientCert}}}
";

/// Entry points and requests; every path is another one.
const REQUESTS: &[(&str, &str)] = &[
    ("web", "GET /p/q?x=1&y=2%20z HTTP/1.1\nHost: a.test\nUser-Agent: \"q\"\\\nReferer: http://r/<&>\n\n"),
    ("web", "POST /post HTTP/1.1\nHost: A.test:1234\nContent-Length: 4\nX-Two: 1\nx-two: 2\n\nfour"),
    ("web", "POST /pieces HTTP/1.1\nHost: a.test\nTransfer-Encoding: chunked\n\n4\nfour\n0\n\n"),
    ("web", "GET /chunked HTTP/1.1\nHost: a.test\n\n"),
    ("web", "HEAD /head HTTP/1.1\nHost: a.test\n\n"),
    ("web", "GET /204 HTTP/1.1\nHost: a.test\n\n"),
    ("web", "GET /304 HTTP/1.1\nHost: a.test\n\n"),
    ("web", "GET /busy HTTP/1.1\nHost: a.test\n\n"),
    ("cut", "GET /cut HTTP/1.1\nHost: cut.test\n\n"),
    ("web", "GET /no%20route HTTP/1.1\nHost: none.test\n\n"),
    ("web", "GET /dead HTTP/1.1\nHost: dead.test\n\n"),
    ("web", "GET /red?a HTTP/1.1\nHost: red.test\n\n"),
    ("web", "GET /deny HTTP/1.1\nHost: deny.test\n\n"),
    ("web", "GET /retry HTTP/1.1\nHost: retry.test\n\n"),
    ("web", "GET /again HTTP/1.1\nHost: again.test\n\n"),
    ("web", "GET /w HTTP/1.1\nHost: w.test\n\n"),
    ("web", "GET /empty HTTP/1.1\nHost: empty.test\n\n"),
    ("web", "GET /api/x HTTP/1.1\nHost: prefix.test\n\n"),
    ("web", "GET /nolog HTTP/1.1\nHost: nolog.test\n\n"),
    ("web", "GET /nomet HTTP/1.1\nHost: nomet.test\n\n"),
    ("web", "GET /own HTTP/1.1\nHost: own.test\n\n"),
    ("quiet", "GET /q HTTP/1.1\nHost: q.test\n\n"),
    ("quiet", "GET /quiet/none HTTP/1.1\nHost: none.test\n\n"),
    ("quiet", "GET /loud HTTP/1.1\nHost: loud.test\n\n"),
    ("web", "GET /t/web HTTP/1.1\nHost: t.test\n\n"),
    ("twice", "GET /t/twice HTTP/1.1\nHost: t.test\n\n"),
    ("loop", "GET /loop HTTP/1.1\nHost: a.test\n\n"),
    ("trust", "GET /trust HTTP/1.1\nHost: a.test\nX-Forwarded-For: 9.9.9.9, 8.8.8.8\n\n"),
    (
        "web",
        "GET /stranger HTTP/1.1\nHost: a.test\nX-Forwarded-For: 9.9.9.9\nAuthorization: Basic dXNlcjpwYXNz\n\n",
    ),
    ("web", "FOO /foo HTTP/1.1\nHost: a.test\n\n"),
    ("web", "GET /events HTTP/1.1\nHost: a.test\nAccept: a/b, text/event-stream\n\n"),
    ("web", "POST /grpc HTTP/1.1\nHost: a.test\nContent-Type: application/grpc\nContent-Length: 0\n\n"),
    (
        "web",
        "POST /grpc/web HTTP/1.1\nHost: a.test\nContent-Type: application/grpc-web\nContent-Length: 0\n\n",
    ),
    ("web", "GET /old HTTP/1.0\nHost: a.test\n\n"),
    ("web", "GET http://a.test/absolute?q HTTP/1.1\nHost: a.test\n\n"),
    ("web", "GET /x/../clean//path%2f HTTP/1.1\nHost: a.test\n\n"),
    ("web", "GET /mark? HTTP/1.1\nHost: a.test\n\n"),
    ("web", "OPTIONS * HTTP/1.1\nHost: a.test\n\n"),
    ("traefik", "GET /ping HTTP/1.1\nHost: a.test\n\n"),
];
