use std::time::Duration;

use windrose_http::{Failure, Id, Reply};

use super::*;
use crate::health::Passive;
use crate::service::flight::Flight;
use crate::service::{Kind, Upstream};
use crate::sticky::Cookie;
use crate::testing::{balancer, local, request, run, run_paused};

const THREE: [(&str, i64); 3] =
    [("http://127.0.0.1:1", 1), ("http://127.0.0.2:1", 0), ("http://127.0.0.3:1", 2)];

fn picked(balancer: &LoadBalancer, ex: &Exchange, local: &Local) -> (Option<String>, Option<String>) {
    let mut trail = Trail::new();
    let url = balancer.pick(ex, local, &mut trail).map(|server| server.endpoint.url.to_string());
    let mut headers = windrose_http::Headers::new();
    trail.tell(&mut headers);
    (url, headers.get_str(Id::SET_COOKIE).map(str::to_owned))
}

fn urls(balancer: &LoadBalancer, count: usize) -> String {
    let (local, ex) = (local(), request("GET /"));
    let host = |url: String| url.trim_start_matches("http://127.0.0.").trim_end_matches(":1").to_owned();
    (0..count).map(|_| picked(balancer, &ex, &local).0.map_or_else(|| "-".into(), host)).collect()
}

#[test]
fn servers_have_turns_by_weight_and_those_without_are_left_alone() {
    run(async {
        let balancer = balancer(&THREE, Balancing::default(), &Checks::default());
        assert!(balancer.more.is_none() && balancer.servers.iter().all(|server| server.state.is_none()));
        assert_eq!(urls(&balancer, 6), "313313");
    });
}

#[test]
fn a_fenced_server_keeps_its_clients_and_gets_no_others() {
    run(async {
        let of = Balancing { sticky: Some(Cookie::default()), ..Balancing::default() };
        let mut members: Vec<Member> =
            THREE.iter().map(|(url, weight)| Member::new(crate::testing::endpoint(url), *weight)).collect();
        members[0].fenced = true;
        let balancer = LoadBalancer::new("lb@file", members, of, &Checks::default(), None);
        assert_eq!(urls(&balancer, 3), "333");
        let value = |url: &str| Sticky::new(&Cookie::default(), "lb@file", [Some(url)].into_iter());
        let mut headers = windrose_http::Headers::new();
        value(THREE[0].0).tell(0, &mut headers);
        let mut ex = request("GET /");
        ex.headers.receive(Id::COOKIE, headers.get(Id::SET_COOKIE).unwrap());
        let expected = (Some(THREE[0].0.to_owned()), None);
        assert_eq!(picked(&balancer, &ex, &local()), expected);
    });
}

#[test]
fn a_session_that_leads_nowhere_is_another_one_from_then_on() {
    run(async {
        let checks = Checks::default();
        let of = Balancing {
            sticky: Some(Cookie { path: "/".into(), ..Cookie::default() }),
            probe: Some(Arc::default()),
            ..Balancing::default()
        };
        let balancer = balancer(&[("http://127.0.0.1:1", 1), ("http://127.0.0.2:1", 1)], of, &checks);
        let local = local();
        let (first, cookie) = picked(&balancer, &request("GET /"), &local);
        let cookie = cookie.expect("a cookie");
        let back = |cookie: &str| {
            let mut ex = request("GET /");
            ex.headers.receive(Id::COOKIE, cookie.split(';').next().unwrap());
            ex
        };
        assert_eq!(picked(&balancer, &back(&cookie), &local), (first.clone(), None));
        let check = balancer.checks().next().expect("a check");
        check.vital().tell(false);
        let (second, moved) = picked(&balancer, &back(&cookie), &local);
        assert_ne!(second, first);
        assert_eq!(picked(&balancer, &back(&moved.unwrap()), &local), (second, None));
        check.vital().tell(true);
        assert_eq!(picked(&balancer, &back(&cookie), &local), (first, None));
        let unknown = picked(&balancer, &back("_0c1c8=0123456789abcdef"), &local);
        assert!(unknown.0.is_some() && unknown.1.is_some());
    });
}

#[test]
fn every_strategy_leaves_out_who_is_down() {
    let client = Strategy::Consistent(Consistent { key: Key::Client, bound: 125 });
    let absent = Strategy::Consistent(Consistent { key: Key::Cookie("a".into()), bound: 125 });
    for strategy in [
        Strategy::Wrr,
        Strategy::P2c,
        Strategy::LeastTime,
        Strategy::Hrw,
        Strategy::LeastRequest,
        Strategy::PeakEwma,
        client,
        absent,
    ] {
        run(async {
            let checks = Checks::default();
            let of =
                Balancing { strategy: strategy.clone(), probe: Some(Arc::default()), ..Balancing::default() };
            let balancer = balancer(&THREE, of, &checks);
            let all: Vec<_> = balancer.checks().cloned().collect();
            assert_eq!(all.len(), 3);
            all[2].vital().tell(false);
            all[1].vital().tell(false);
            assert_eq!(urls(&balancer, 4), "1111", "{strategy:?}");
            all[0].vital().tell(false);
            assert_eq!(urls(&balancer, 2), "--", "{strategy:?}");
            all[1].vital().tell(true);
            let expected = if strategy == Strategy::P2c { "22" } else { "--" };
            assert_eq!(urls(&balancer, 2), expected, "{strategy:?}: a weight of 0");
        });
    }
}

#[test]
fn requests_are_counted_until_the_end_of_their_answers() {
    run(async {
        let of = Balancing { strategy: Strategy::P2c, ..Balancing::default() };
        let balancer = balancer(&THREE, of, &Checks::default());
        let server = &balancer.servers[0];
        let state = Arc::clone(server.state.as_ref().expect("a state"));
        let local = local();
        let land = |reply: Reply| Flight::land(Flight::new(server), Ok(reply), &local);
        let (sender, body) = crate::testing::pieces();
        let reply = land(Reply { body, ..Reply::empty(200) });
        assert_eq!(state.in_flight(), 1);
        let mut body = reply.body;
        sender.send(crate::testing::data("x")).await.unwrap();
        assert!(body.frame().await.is_some());
        assert_eq!(state.in_flight(), 1);
        drop(sender);
        assert!(body.frame().await.is_none());
        assert_eq!(state.in_flight(), 0);
        let whole = land(Reply::with_body(200, "x"));
        assert_eq!(state.in_flight(), 0, "all of it is there");
        drop(whole);
        let tunnel = Reply { upgrade: Some(Box::new(tokio::io::empty())), ..Reply::empty(101) };
        let tunnel = land(tunnel);
        assert_eq!(state.in_flight(), 1);
        drop(tunnel);
        assert_eq!(state.in_flight(), 0);
    });
}

/// A server that refuses every connection.
async fn closed() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn a_server_that_fails_is_left_out_for_a_while() {
    run_paused(async {
        let passive = Passive::new(Duration::from_secs(10), 2).unwrap();
        let of = Balancing { passive: Some(passive), ..Balancing::default() };
        let url = closed().await;
        let balancer = balancer(&[(&url, 1)], of, &Checks::default());
        let service = Upstream { name: "s".into(), kind: Kind::LoadBalancer(balancer) };
        let local = local();
        let status = async || service.answer(&mut request("GET /"), &local).await.status;
        let vital = Arc::clone(service.vital().expect("it is watched"));
        assert_eq!((status().await, vital.is_up()), (502, true));
        assert_eq!((status().await, vital.is_up()), (502, false));
        assert_eq!(status().await, 503, "nobody is left");
        tokio::time::sleep(Duration::from_millis(9900)).await;
        assert_eq!(status().await, 503);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(vital.is_up());
        assert_eq!((status().await, vital.is_up()), (502, true), "what was before is forgiven");
    });
}

#[test]
fn with_checks_only_a_check_lets_a_server_back() {
    run_paused(async {
        let passive = Passive::new(Duration::from_secs(1), 1).unwrap();
        let of = Balancing { passive: Some(passive), probe: Some(Arc::default()), ..Balancing::default() };
        let url = closed().await;
        let balancer = balancer(&[(&url, 1)], of, &Checks::default());
        let check = Arc::clone(balancer.checks().next().unwrap());
        let service = Upstream { name: "s".into(), kind: Kind::LoadBalancer(balancer) };
        let local = local();
        assert_eq!(service.answer(&mut request("GET /"), &local).await.status, 502);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(service.answer(&mut request("GET /"), &local).await.status, 503);
        check.tell_well();
        assert_eq!(service.answer(&mut request("GET /"), &local).await.status, 502);
    });
}

#[test]
fn what_is_known_of_a_server_outlives_a_change_of_its_service() {
    run(async {
        let checks = Checks::default();
        let passive = Passive::new(Duration::from_secs(10), 1).unwrap();
        let of = Balancing { strategy: Strategy::P2c, passive: Some(passive), ..Balancing::default() };
        let servers: Vec<_> = THREE.iter().map(|(url, _)| crate::testing::endpoint(url)).collect();
        let members = |count: usize| {
            servers.iter().take(count).map(|server| Member::new(Arc::clone(server), 1)).collect()
        };
        let before = LoadBalancer::new("s", members(2), of.clone(), &checks, None);
        let state = Arc::clone(before.servers[1].state.as_ref().unwrap());
        state.enter();
        state.judge(&Failure::Connect.reply(), &local());
        let after = LoadBalancer::new("s", members(3), of.clone(), &checks, Some(&before));
        assert!(Arc::ptr_eq(&state, after.servers[1].state.as_ref().unwrap()));
        assert!(!after.is_up(1) && after.is_up(2));
        assert!(!after.is_like(&before));
        let same = LoadBalancer::new("s", members(3), of.clone(), &checks, Some(&after));
        assert!(same.is_like(&after));
        let other = Balancing { strategy: Strategy::Wrr, ..of };
        let other = LoadBalancer::new("s", members(3), other, &checks, Some(&after));
        assert!(!other.is_like(&after));
    });
}

#[test]
fn who_is_hashed_gets_no_cookie_by_address_and_one_by_key() {
    run(async {
        let cookie = |strategy| {
            let of = Balancing { strategy, sticky: Some(Cookie::default()), ..Balancing::default() };
            picked(&balancer(&THREE, of, &Checks::default()), &request("GET /"), &local()).1
        };
        assert_eq!(cookie(Strategy::Hrw), None);
        assert!(cookie(Strategy::LeastRequest).is_some());
    });
}

#[test]
fn answers_are_timed_where_that_decides() {
    run(async {
        let state = |strategy| {
            let of = Balancing { strategy, ..Balancing::default() };
            let balancer = balancer(&THREE, of, &Checks::default());
            Arc::clone(balancer.servers[0].state.as_ref().unwrap())
        };
        let untimed = state(Strategy::P2c);
        untimed.time(untimed.clock(), true);
        assert_eq!((untimed.clock(), untimed.mean(), untimed.cost(1)), (0, 0.0, 0.0));
        let mean = state(Strategy::LeastTime);
        std::iter::repeat_with(|| mean.clock()).find(|now| *now > 1000);
        mean.time(0, false);
        assert_eq!(mean.mean(), 0.0, "no answer");
        mean.time(0, true);
        assert!(mean.mean() >= 1.0);
        let peak = state(Strategy::PeakEwma);
        peak.time(peak.clock(), true);
        assert!(peak.cost(1) < 9e5);
        peak.time(peak.clock(), false);
        assert!(peak.cost(1) > 9e5, "failing fast is no merit");
    });
}

#[test]
fn a_server_that_comes_or_comes_back_gets_its_share_little_by_little() {
    run(async {
        let checks = Checks::default();
        let hour = Duration::from_secs(3600);
        let of = Balancing { slow_start: Some(hour), probe: Some(Arc::default()), ..Balancing::default() };
        let servers = ["http://127.0.0.1:1", "http://127.0.0.2:1"].map(crate::testing::endpoint);
        let members = |count: usize| {
            servers.iter().take(count).map(|server| Member::new(Arc::clone(server), 1)).collect::<Vec<_>>()
        };
        let second = |balancer: &LoadBalancer| urls(balancer, 2000).matches('2').count();
        let first = LoadBalancer::new("s", members(2), of.clone(), &checks, None);
        assert_eq!(second(&first), 1000, "at the start all are equal");
        let alone = LoadBalancer::new("s", members(1), of.clone(), &checks, Some(&first));
        let both = LoadBalancer::new("s", members(2), of.clone(), &checks, Some(&alone));
        // One part of eleven, 182 of them: a tenth of a share beside a whole one.
        let is_tenth = |count: usize| (110..=260).contains(&count);
        let count = second(&both);
        assert!(is_tenth(count), "{count}");
        let check = checks.check(&servers[1], of.probe.as_ref().unwrap());
        let warm = LoadBalancer::new("s", members(2), of, &checks, None);
        check.vital().tell(false);
        assert_eq!(second(&warm), 0);
        check.vital().tell(true);
        let count = second(&warm);
        assert!(is_tenth(count), "{count}");
        let state = State::new(Wanted {
            load: Load::Ignored,
            times: Timing::None,
            passive: None,
            recovers: Recovers::Alone,
        });
        assert_eq!(state.warmth(hour), WARM);
        state.come();
        assert_eq!(state.warmth(hour), WARM / 10);
        while state.warmth(Duration::from_micros(100)) < WARM {}
        assert_eq!(state.warmth(hour), WARM, "it is warm for good");
    });
}

#[test]
fn a_request_that_is_sent_again_goes_to_a_server_that_was_not_asked() {
    run(async {
        let checks = Checks::default();
        let local = local();
        for of in [
            Balancing::default(),
            Balancing { strategy: Strategy::Hrw, ..Balancing::default() },
            Balancing { probe: Some(Arc::default()), ..Balancing::default() },
        ] {
            let servers = [
                ("http://127.0.0.1:1", 9),
                ("http://127.0.0.2:1", 1),
                ("http://127.0.0.3:1", 1),
                ("http://127.0.0.4:1", 0),
            ];
            let balancer = balancer(&servers, of, &checks);
            for _ in 0..20 {
                let mut ex = request("GET /");
                assert!(ex.tried.begin());
                let mut asked = Vec::new();
                for _ in 0..3 {
                    let server = balancer.pick(&ex, &local, &mut Trail::new()).expect("a server");
                    ex.tried.note(server.number());
                    asked.push(server.number());
                }
                asked.sort_unstable();
                asked.dedup();
                assert_eq!(asked.len(), 3, "each of those with a share once");
                assert!(balancer.pick(&ex, &local, &mut Trail::new()).is_some(), "then any of them again");
            }
        }
    });
}
