use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::endpoint::Scheme;
use crate::testing::{Server, beside, endpoint, local, run, run_paused, socket};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn probe(path: &str) -> Probe {
    Probe { path: path.into(), ..Probe::default() }
}

async fn asked(server: &Server, probe: &Probe) -> Result<(), Sick> {
    let check = Check::new(&endpoint(&server.url()), &Arc::new(probe.clone()));
    ask::ask(&check.to, probe, &local()).await
}

#[test]
fn a_server_is_asked_as_it_is_written() {
    run(async {
        let server = Server::new("200 OK");
        let plain = "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: windrose-health-check\r\n\r\n";
        assert_eq!(asked(&server, &Probe::default()).await, Ok(()));
        assert_eq!(server.seen(1).await, plain);
        let all = Probe {
            hostname: "app.test".into(),
            method: "HEAD".into(),
            headers: [("X-A".into(), "1".into()), ("User-Agent".into(), "mine".into())].into(),
            ..probe("health?deep=1")
        };
        assert_eq!(asked(&server, &all).await, Ok(()));
        let expected = "HEAD /health?deep=1 HTTP/1.1\r\nHost: app.test\r\nUser-Agent: mine\r\nX-A: 1\r\n\r\n";
        assert_eq!(server.seen(2).await, expected);
    });
}

#[test]
fn the_status_says_how_it_is() {
    run(async {
        let server = Server::new("200 OK");
        for (answer, status, expected) in [
            ("204 No Content", None, Ok(())),
            ("399 Odd", None, Ok(())),
            ("400 Bad", None, Err(Sick::Status(400))),
            ("503 Away", None, Err(Sick::Status(503))),
            ("503 Away", Some(503), Ok(())),
            ("200 OK", Some(503), Err(Sick::Status(200))),
            ("304 Same", None, Ok(())),
        ] {
            server.says(answer);
            let probe = Probe { status, ..probe("/") };
            assert_eq!(asked(&server, &probe).await, expected, "{answer} {status:?}");
        }
        let gone = endpoint(&format!("unix://{}", socket().display()));
        let check = Check::new(&gone, &Arc::default());
        let answer = ask::ask(&check.to, &Probe::default(), &local()).await;
        assert_eq!(answer, Err(Sick::Failed(Failure::Connect)));
    });
}

#[test]
fn redirections_are_followed_or_judged() {
    run(async {
        let (there, here) = (Server::new("204 Fine"), Server::new(""));
        let judge = Probe { redirects: Redirects::Judge, ..probe("/a/b") };
        here.says("302 There\nLocation: /c");
        assert_eq!(asked(&here, &judge).await, Ok(()));
        assert_eq!(here.count(), 1);
        assert_eq!(asked(&here, &probe("/a/b")).await, Err(Sick::Redirects));
        assert_eq!(here.count(), 1 + 11, "ten of them");
        here.says("302 There");
        assert_eq!(asked(&here, &probe("/a/b")).await, Ok(()), "it leads nowhere");
        here.says(&format!("307 There\nLocation: {}", there.url()));
        assert_eq!(asked(&here, &probe("/a/b")).await, Ok(()));
        assert_eq!(there.count(), 1);
        there.says("500 Oh");
        assert_eq!(asked(&here, &probe("/a/b")).await, Err(Sick::Status(500)));
    });
}

#[test]
fn relative_redirections_lead_from_where_they_are() {
    let to = endpoint("https://a.test:8443");
    let leads = |location: &str, path: &str| {
        let mut reply = windrose_http::Reply::empty(301);
        reply.headers.append(windrose_http::Id::LOCATION, location);
        ask::lead(&reply, &to, path)
    };
    let cases = [
        ("/x", "/a/b?c", "/x @a.test:8443"),
        ("x", "/a/b?c", "/a/x @a.test:8443"),
        ("?y=1", "/a/b?c", "/a/b?y=1 @a.test:8443"),
        ("//b.test/x#f", "/a", "/x @b.test"),
        ("http://b.test:81", "/a", "/ @b.test:81"),
    ];
    for (location, path, expected) in cases {
        assert_eq!(leads(location, path).as_deref(), Some(expected), "{location}");
    }
}

/// A server of gRPC that answers with this message and this status.
async fn grpc(message: &'static [u8], status: &'static str) -> (Arc<Endpoint>, std::path::PathBuf) {
    let path = socket();
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    beside(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = ::h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((asked, mut respond))) = connection.accept().await {
            assert_eq!(asked.uri().path(), "/grpc.health.v1.Health/Check");
            assert_eq!(asked.headers()["content-type"], "application/grpc");
            assert_eq!(asked.headers()["te"], "trailers");
            let head = http::Response::builder().status(200);
            let mut fields = http::HeaderMap::new();
            fields.insert("grpc-status", status.parse().unwrap());
            if message.is_empty() {
                let mut head = head.body(()).unwrap();
                *head.headers_mut() = fields;
                drop(respond.send_response(head, true));
                continue;
            }
            let mut body = respond.send_response(head.body(()).unwrap(), false).unwrap();
            body.send_data(Bytes::from_static(message), false).unwrap();
            body.send_trailers(fields).unwrap();
        }
    });
    (endpoint(&format!("unix://{}", path.display())), path)
}

#[test]
fn the_health_service_of_grpc_says_how_it_is() {
    const SERVING: &[u8] = &[0, 0, 0, 0, 2, 8, 1];
    for (message, status, expected) in [
        (SERVING, "0", Ok(())),
        (&[0, 0, 0, 0, 2, 8, 2], "0", Err(Sick::NotServing)),
        (SERVING, "13", Err(Sick::Answer)),
        (&[], "12", Err(Sick::Unimplemented)),
        (&[], "0", Err(Sick::NotServing)),
    ] {
        run(async {
            let (to, path) = grpc(message, status).await;
            let probe = Probe { mode: Mode::Grpc, ..Probe::default() };
            let check = Check::new(&to, &Arc::new(probe.clone()));
            assert_eq!(check.to.scheme, Scheme::H2c);
            assert_eq!(ask::ask(&check.to, &probe, &local()).await, expected, "{status}");
            std::fs::remove_file(path).unwrap();
        });
    }
}

#[test]
fn a_server_is_asked_in_the_interval_of_its_state() {
    run_paused(async {
        let server = Server::new("200 OK");
        let checks = Checks::default();
        let probe =
            Arc::new(Probe { interval: seconds(10), unhealthy_interval: seconds(2), ..Probe::default() });
        let check = checks.check(&endpoint(&server.url()), &probe);
        let asking = check.start().expect("nobody has started it");
        assert!(check.start().is_none(), "it runs");
        let task = beside(asking.run(local()));
        tokio::time::sleep(Duration::from_millis(9500)).await;
        assert_eq!((server.count(), check.vital().is_up()), (0, true));
        server.says("500 Oh");
        tokio::time::sleep(seconds(1)).await;
        assert_eq!((server.count(), check.vital().is_up()), (1, false));
        tokio::time::sleep(seconds(4)).await;
        assert_eq!(server.count(), 3);
        server.is_silent();
        tokio::time::sleep(seconds(2)).await;
        assert_eq!(server.count(), 4);
        // It waits for an answer for five seconds, and asks again at once: the next question is overdue.
        tokio::time::sleep(seconds(4)).await;
        assert_eq!(server.count(), 4);
        server.says("200 OK");
        tokio::time::sleep(seconds(2)).await;
        assert_eq!((server.count(), check.vital().is_up()), (5, true));
        drop(check);
        task.await.unwrap();
    });
}

#[test]
fn there_is_one_check_for_each_server_and_way_of_asking() {
    run(async {
        let checks = Checks::default();
        let servers = [endpoint("http://a.test"), endpoint("http://b.test")];
        let one = checks.check(&servers[0], &Arc::new(probe("/x")));
        assert!(Arc::ptr_eq(&one, &checks.check(&servers[0], &Arc::new(probe("/x")))));
        assert!(!Arc::ptr_eq(&one, &checks.check(&servers[0], &Arc::new(probe("/y")))));
        assert!(!Arc::ptr_eq(&one, &checks.check(&servers[1], &Arc::new(probe("/x")))));
        assert_eq!(checks.held().len(), 1, "those that nobody holds are none");
        one.vital().tell(false);
        let again = checks.check(&servers[0], &Arc::new(probe("/x")));
        assert!(!again.vital().is_up(), "the opinion outlives whoever wanted it first");
        drop((one, again));
        assert!(checks.check(&servers[0], &Arc::new(probe("/x"))).vital().is_up());
        for number in 0..1000 {
            drop(checks.check(&servers[0], &Arc::new(probe(&format!("/{number}")))));
        }
        assert!(checks.known().len() < 10, "what is gone is forgotten");
    });
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let of = |change: fn(&mut Probe)| {
        let mut probe = probe("/health");
        change(&mut probe);
        probe.check()
    };
    assert_eq!(of(|_| {}), Ok(()));
    for path in ["http://other.test/", "//other.test", "/a#b", "/%zz", "a:b"] {
        assert_eq!(probe(path).check(), Err(ProbeError::Path(path.into())), "{path}");
    }
    for path in ["", "health", "health?a=b:c", "/a:b", "?x"] {
        assert_eq!(probe(path).check(), Ok(()), "{path}");
    }
    assert_eq!(of(|probe| probe.method = "A B".into()), Err(ProbeError::Method("A B".into())));
    assert_eq!(of(|probe| probe.status = Some(99)), Err(ProbeError::Status(99)));
    assert_eq!(of(|probe| probe.timeout = Duration::ZERO), Err(ProbeError::Time));
    assert_eq!(of(|probe| probe.hostname = "a b".into()), Err(ProbeError::Hostname("a b".into())));
    let bad = of(|probe| probe.headers = [("A".into(), "b\nc".into())].into());
    assert_eq!(bad, Err(ProbeError::Header("A".into())));
}
