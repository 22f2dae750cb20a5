use std::time::Duration;

use windrose_http::Failure;

use super::*;
use crate::connect::Connector;
use crate::forward::h2;
use crate::testing::{Peer, connector, endpoint, endpoint_by, endpoint_through, local, pipe, run};

/// A connection that has just served a request, and the server's end of it.
fn served(to: &Endpoint) -> (Box<Client>, Peer) {
    let (io, peer) = pipe();
    let mut client = Client::new(io);
    client.expires = Instant::now() + to.connector.idle_timeout;
    (client, peer)
}

#[test]
fn the_connection_used_last_is_used_first() {
    run(async {
        let (local, to) = (local(), endpoint("http://a.test"));
        let (first, mut old) = served(&to);
        let (second, mut new) = served(&to);
        local.give_h1(&to, first);
        local.give_h1(&to, second);
        drop(local.take_h1(&to).expect("a connection"));
        new.expect_end().await;
        drop(local.take_h1(&to).expect("another"));
        old.expect_end().await;
        assert!(local.take_h1(&to).is_none());
    });
}

#[test]
fn servers_do_not_share_connections() {
    run(async {
        let (local, to, other) = (local(), endpoint("http://a.test"), endpoint("http://a.test"));
        let (client, _peer) = served(&to);
        local.give_h1(&to, client);
        assert!(local.take_h1(&other).is_none());
        assert!(local.take_h1(&to).is_some());
    });
}

#[test]
fn no_more_are_kept_than_is_said() {
    run(async {
        for most in [0, 1, 3] {
            let to = endpoint_by("http://a.test", Connector { max_idle: most, ..connector() });
            let local = local();
            let mut peers = Vec::new();
            for _ in 0..5 {
                let (client, peer) = served(&to);
                local.give_h1(&to, client);
                peers.push(peer);
            }
            assert_eq!(local.is_empty(), most == 0);
            let kept = std::iter::from_fn(|| local.take_h1(&to)).count();
            assert_eq!(kept, most);
        }
    });
}

#[test]
fn a_sweep_leaves_no_more_for_all_servers_than_is_said() {
    run(async {
        let connector = Arc::new(Connector { max_idle: 9, max_idle_of_all: Some(4), ..connector() });
        let to = ["a", "b", "c"].map(|host| endpoint_through(&format!("http://{host}.test"), &connector));
        let other = endpoint_by("http://d.test", Connector { max_idle: 9, ..self::connector() });
        let local = local();
        let mut peers = Vec::new();
        for _ in 0..3 {
            for to in to.iter().chain([&other]) {
                let (client, peer) = served(to);
                local.keep_h1(to, client);
                peers.push(peer);
            }
        }
        local.sweep(Instant::now());
        let kept = |to: &Arc<Endpoint>| std::iter::from_fn(|| local.take_h1(to)).count();
        assert_eq!(to.iter().map(kept).sum::<usize>(), 4);
        assert_eq!(kept(&other), 3, "another connector has its own");
    });
}

#[test]
fn a_connection_on_which_something_happened_is_not_used() {
    run(async {
        let (local, to) = (local(), endpoint("http://a.test"));
        let (client, peer) = served(&to);
        local.give_h1(&to, client);
        drop(peer);
        assert!(local.take_h1(&to).is_none(), "the server has closed it");
        let (client, mut peer) = served(&to);
        local.give_h1(&to, client);
        peer.send("HTTP/1.1 200 OK\r\n").await;
        assert!(local.take_h1(&to).is_none(), "the server has sent what nobody asked for");
        peer.expect_end().await;
    });
}

#[test]
fn what_has_been_idle_too_long_is_closed() {
    run(async {
        let (local, to) = (local(), endpoint("http://a.test"));
        let (client, mut peer) = served(&to);
        let expires = client.expires;
        local.give_h1(&to, client);
        local.sweep(expires - Duration::from_millis(1));
        assert!(!local.is_empty());
        local.sweep(expires);
        assert!(local.is_empty());
        peer.expect_end().await;
    });
}

#[test]
fn what_leads_to_a_server_that_is_gone_is_closed_whatever_its_time() {
    run(async {
        let local = local();
        let (to, stays) = (endpoint("http://a.test"), endpoint("http://b.test"));
        let (client, mut peer) = served(&to);
        local.give_h1(&to, client);
        let (client, _other) = served(&stays);
        local.give_h1(&stays, client);
        let now = Instant::now();
        local.sweep(now);
        assert_eq!(local.pools.borrow().len(), 2);
        drop(to);
        local.sweep(now);
        peer.expect_end().await;
        assert_eq!(local.pools.borrow().len(), 1);
        assert!(local.take_h1(&stays).is_some());
    });
}

#[test]
fn the_table_gives_room_back_with_the_servers() {
    run(async {
        let local = local();
        let servers: Vec<_> = (0..1_000).map(|_| endpoint("http://a.test")).collect();
        let mut peers = Vec::new();
        for to in &servers {
            let (client, peer) = served(to);
            local.give_h1(to, client);
            peers.push(peer);
        }
        assert!(local.pools.borrow().capacity() >= 1_000);
        drop(servers);
        local.sweep(Instant::now());
        assert!(local.is_empty());
        assert!(local.pools.borrow().capacity() <= SMALL);
    });
}

#[test]
fn clearing_closes_everything_idle() {
    run(async {
        let (local, to) = (local(), endpoint("http://a.test"));
        let (client, mut peer) = served(&to);
        local.give_h1(&to, client);
        local.clear();
        assert!(local.is_empty());
        peer.expect_end().await;
    });
}

#[test]
fn an_attempt_has_so_many_seats_and_gives_them_again() {
    let (attempt, first) = Attempt::new(2);
    let second = attempt.seat().expect("a seat");
    assert!(attempt.seat().is_none());
    drop(first);
    let third = attempt.seat().expect("the seat of the first");
    assert!(attempt.seat().is_none());
    drop((second, third));
    assert!(attempt.seat().is_some() && Attempt::new(usize::MAX).0.seat().is_some());
}

#[test]
fn a_connection_for_one_goes_to_one_and_to_nobody_else() {
    run(async {
        let (attempt, first) = Attempt::new(2);
        let second = attempt.seat().expect("a seat");
        assert!(matches!(first.outcome(), Outcome::Pending));
        let (io, _peer) = pipe();
        assert!(attempt.end(Outcome::Http1(Some(Client::new(io)))).is_none());
        assert!(matches!(second.outcome(), Outcome::Http1(Some(_))));
        assert!(matches!(first.outcome(), Outcome::Http1(None)));
    });
}

#[test]
fn a_connection_that_nobody_waits_for_is_given_back() {
    run(async {
        let (attempt, seat) = Attempt::new(1);
        drop(seat);
        let (io, _peer): (windrose_stream::Io, Peer) = pipe();
        assert!(attempt.end(Outcome::Http1(Some(Client::new(io)))).is_some());
    });
}

#[test]
fn a_failure_is_the_failure_of_all() {
    run(async {
        let (attempt, first) = Attempt::new(2);
        let second = attempt.seat().expect("a seat");
        tokio::join!(first.changed(), second.changed(), async {
            assert!(attempt.end(Outcome::Failed(Failure::ConnectTimeout)).is_none());
        });
        for seat in [first, second] {
            assert!(matches!(seat.outcome(), Outcome::Failed(Failure::ConnectTimeout)));
        }
    });
}

#[test]
fn no_more_idle_connections_of_http2_are_kept_than_is_said() {
    run(async {
        for (most, kept) in [(0, 1), (1, 1), (3, 3), (9, 5)] {
            let to = endpoint_by("h2c://a.test", Connector { max_idle: most, ..connector() });
            let local = local();
            let mut peers = Vec::new();
            for _ in 0..5 {
                let (io, peer) = pipe();
                h2::open(io, &to, &local).await.expect("a connection");
                peers.push(peer);
            }
            local.sweep(Instant::now());
            let count = || local.pools.borrow().values().map(|pool| pool.h2.len()).sum::<usize>();
            assert_eq!(count(), 5, "they were only just made");
            local.sweep(Instant::now() + SETTLED);
            assert_eq!(count(), kept);
        }
    });
}
