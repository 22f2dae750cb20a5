use super::*;
use crate::health::Checks;
use crate::service::{Balancing, Kind};
use crate::testing::{Server, balanced, data, local, pieces, request, run, run_paused, says, text};

fn to(server: &Server) -> Arc<Upstream> {
    balanced(&[(&server.url(), 1)], Balancing::default(), &Checks::default())
}

fn mirroring(main: Arc<Upstream>, mirrors: &[(Arc<Upstream>, i64)], copies: Copies) -> Arc<Upstream> {
    let mirror =
        |(service, percent): &(Arc<Upstream>, i64)| Mirror::new(Arc::clone(service), *percent).unwrap();
    let mirrors = mirrors.iter().map(mirror).collect();
    let made = Mirroring::new(main, mirrors, copies, Follows::Nobody, None).unwrap();
    Arc::new(Upstream { name: "mirroring".into(), kind: Kind::Mirroring(made) })
}

fn running(service: &Upstream) -> usize {
    let Kind::Mirroring(mirroring) = &service.kind else { panic!("no mirroring") };
    mirroring.mirrors.iter().map(|running| running.copies.load(Ordering::Relaxed)).sum()
}

/// Waits until no copy is on its way.
async fn settled(service: &Upstream) {
    while running(service) > 0 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn shares_are_exact() {
    for percent in 0..=100 {
        let mirror = Mirror::new(says("m"), percent).unwrap();
        let had: u64 = (0..200).map(|turn| u64::from(mirror.has(turn))).sum();
        assert_eq!(had, 2 * u64::try_from(percent).unwrap());
        // Traefik's rule: it gets one while count * 100 < total * percent.
        let mut count = 0_i64;
        for turn in 0..100 {
            let is_its = count * 100 < (turn + 1) * percent;
            assert_eq!(mirror.has(turn.unsigned_abs()), is_its, "{percent} {turn}");
            count += i64::from(is_its);
        }
    }
    assert_eq!(Mirror::new(says("m"), 101).err(), Some(PercentError));
    assert_eq!(Mirror::new(says("m"), -1).err(), Some(PercentError));
}

#[test]
fn half_of_the_requests_are_every_second_one() {
    run(async {
        let (main, mirror) = (Server::new("200 OK\n\nmain"), Server::new("500 Oh\n\nmirror"));
        let service = mirroring(to(&main), &[(to(&mirror), 50)], Copies::default());
        let local = local();
        for number in 0..6 {
            let mut reply = service.answer(&mut request(&format!("GET /{number}")), &local).await;
            assert_eq!((reply.status, text(&mut reply).await.as_str()), (200, "main"));
            settled(&service).await;
            assert_eq!(mirror.count(), number / 2 + 1);
        }
        assert!(mirror.seen(3).await.starts_with("GET /4 HTTP/1.1\r\nHost: a.test\r\n"));
        assert_eq!(main.count(), 6);
    });
}

#[test]
fn bodies_are_copied_while_they_are_sent() {
    run(async {
        let (main, mirror) = (Server::new("200 OK"), Server::new("200 OK"));
        let text = "0123456789";
        for (copies, expected) in [
            (Copies::default(), Some(text)),
            (Copies { most_body: Some(10), ..Copies::default() }, Some(text)),
            (Copies { most_body: Some(9), ..Copies::default() }, None),
            (Copies { with_body: false, most_body: Some(0) }, Some("")),
        ] {
            let service = mirroring(to(&main), &[(to(&mirror), 100)], copies);
            let local = local();
            let (sender, stream) = pieces();
            let mut ex = request("POST /");
            ex.body = stream;
            sender.send(data(text)).await.unwrap();
            drop(sender);
            let before = (main.count(), mirror.count());
            assert_eq!(service.answer(&mut ex, &local).await.status, 200);
            settled(&service).await;
            assert_eq!(main.count(), before.0 + 1);
            assert_eq!(mirror.count(), before.1 + usize::from(expected.is_some()), "{copies:?}");
            assert!(main.seen(1).await.ends_with("a\r\n0123456789\r\n0\r\n\r\n"));
            if let Some(expected) = expected {
                let seen = mirror.seen(1).await;
                // What is whole has a length.
                assert_eq!(seen.split_once("\r\n\r\n").map(|(_, body)| body), Some(expected), "{copies:?}");
            }
            assert_eq!(local.copied().get(), 0);
        }
    });
}

#[test]
fn a_slow_mirror_and_a_dead_one_do_not_touch_the_request() {
    run_paused(async {
        let (main, slow) = (Server::new("200 OK\n\nmain"), Server::new(""));
        slow.is_silent();
        let dead = balanced(&[("unix:///nobody/there", 1)], Balancing::default(), &Checks::default());
        let service = mirroring(to(&main), &[(to(&slow), 100), (dead, 100)], Copies::default());
        let local = local();
        for _ in 0..3 {
            let mut reply = service.answer(&mut request("GET /"), &local).await;
            assert_eq!(text(&mut reply).await, "main");
        }
        slow.seen(3).await;
        assert_eq!(running(&service), 3, "those of the slow one");
        tokio::time::sleep(PATIENCE + Duration::from_secs(1)).await;
        assert_eq!(running(&service), 0, "nobody waits for ever");
    });
}

#[test]
fn what_copies_hold_is_bounded() {
    run(async {
        let (main, mirror) = (Server::new("200 OK"), Server::new("200 OK"));
        let service = mirroring(to(&main), &[(to(&mirror), 100)], Copies::default());
        let local = local();
        let send = async || {
            let mut ex = request("POST /");
            ex.body = Body::from("some text");
            service.answer(&mut ex, &local).await.status
        };
        local.copied().set(copy::MOST_COPIED - 8);
        assert_eq!((send().await, running(&service)), (200, 0), "there is no room for nine bytes");
        local.copied().set(copy::MOST_COPIED - 9);
        assert_eq!((send().await, running(&service)), (200, 1));
        settled(&service).await;
        assert_eq!(local.copied().get(), copy::MOST_COPIED - 9);
        let Kind::Mirroring(of) = &service.kind else { panic!("no mirroring") };
        local.copied().set(0);
        of.mirrors[0].copies.store(MOST_RUNNING, Ordering::Relaxed);
        assert_eq!((send().await, running(&service)), (200, MOST_RUNNING), "it has enough to do");
    });
}

#[test]
fn what_changes_its_protocol_is_not_copied() {
    run(async {
        let mirror = Server::new("200 OK");
        let service = mirroring(says("a"), &[(to(&mirror), 100)], Copies::default());
        let local = local();
        let mut ex = request("GET /");
        ex.offer = windrose_http::exchange::Offer::new(vec![windrose_http::exchange::Upgrade::WebSocket]);
        assert_eq!(text(&mut service.answer(&mut ex, &local).await).await, "a");
        assert_eq!(text(&mut service.answer(&mut request("CONNECT /"), &local).await).await, "a");
        assert_eq!((running(&service), mirror.count()), (0, 0));
    });
}

#[test]
fn without_the_whole_request_there_is_no_copy() {
    run(async {
        let (main, mirror) = (Server::new("200 OK"), Server::new("200 OK"));
        let service = mirroring(to(&main), &[(to(&mirror), 100)], Copies::default());
        let (local, (sender, body)) = (local(), pieces());
        let mut ex = request("POST /");
        ex.body = body;
        sender.send(data("begun")).await.unwrap();
        {
            let mut answer = service.answer_boxed(&mut ex, &local);
            // The client goes away.
            let gone = std::future::poll_fn(|cx| {
                let _ = answer.as_mut().poll(cx);
                std::task::Poll::Ready(())
            });
            gone.await;
        }
        drop(ex);
        settled(&service).await;
        assert_eq!((mirror.count(), local.copied().get()), (0, 0));
    });
}

#[test]
fn the_main_service_is_the_health_of_all() {
    let checks = Checks::default();
    let of = Balancing { probe: Some(Arc::default()), ..Balancing::default() };
    let main = balanced(&[("http://127.0.0.1:1", 1)], of, &checks);
    let make = |main: &Arc<Upstream>, follows| {
        Mirroring::new(Arc::clone(main), Vec::new(), Copies::default(), follows, None)
    };
    assert!(make(&main, Follows::Nobody).unwrap().vital().is_none());
    assert!(make(&main, Follows::Children).unwrap().vital().is_some());
    assert_eq!(make(&says("a"), Follows::Children).err().map(|error| error.0).as_deref(), Some("a"));
}
