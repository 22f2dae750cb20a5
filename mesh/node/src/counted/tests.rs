//! What workers count is told once, under the names of the cluster, and bounded.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;
use windrose_http::Failure;
use windrose_http::course::{By, End, Record};
use windrose_mesh_traffic::Flow;
use windrose_mesh_traffic::report::{KEPT_BY_NODES, MOST_FLOWS};

use super::cells::Key;
use super::outcome::Outcome;
use super::*;

const OK: Outcome = Outcome::Success { bucket: Some(3) };

fn subjects() -> Subjects {
    serde_json::from_value(json!({
        "routers": {
            "shop-cart-80": {"service": "shop/cart", "port": 80, "split": "shop/canary"},
            "block": {"service": "shop/cart", "port": 80, "policy": "no TrafficTarget"},
            "target": {"service": "shop/cart", "port": 80, "policy": "TrafficTarget shop/friends", "refuses_at": 1},
        },
        "backends": {"cart-v1": "shop/cart-v1"},
    }))
    .unwrap()
}

fn counted() -> Counted {
    let counted = Counted::default();
    counted.name(subjects());
    counted
}

fn worker(counted: &Counted) -> Own {
    let table = Arc::<Table>::default();
    counted.tables().push(Arc::clone(&table));
    Own::new(table)
}

fn key(last: u32, route: &str, server: Option<(&str, &str)>) -> Key {
    let client = IpAddr::from([10, 0, (last >> 8) as u8, last as u8]);
    let server = server.map(|(service, server)| (service.into(), server.into()));
    Key { client, route: route.into(), server, is_http: true }
}

fn cut(counted: &Counted, number: u64) -> Vec<Flow> {
    counted.cut(number);
    counted.after(None).slices.pop().unwrap().flows
}

#[test]
fn what_workers_count_is_one_flow_under_the_names_of_the_cluster() {
    let counted = counted();
    let (one, other) = (worker(&counted), worker(&counted));
    let asked = || key(1, "shop-cart-80@mesh", Some(("cart-v1@mesh", "http://10.0.9.9:8080")));
    for worker in [&one, &one, &other] {
        worker.count(asked(), OK);
    }
    one.count(asked(), Outcome::Failure { bucket: Some(4) });
    let flows = cut(&counted, 1);
    assert_eq!(
        serde_json::to_value(&flows).unwrap(),
        json!([{
            "client": "10.0.0.1", "service": "shop/cart", "port": 80, "split": "shop/canary", "backend": "shop/cart-v1",
            "server": "10.0.9.9", "protocol": "http", "success": 3, "failure": 1, "latency": [[3, 3], [4, 1]],
        }])
    );
    assert!(cut(&counted, 2).is_empty(), "what was told is not told again");
    other.count(asked(), OK);
    assert_eq!(cut(&counted, 3)[0].figures.success, 1);
}

#[test]
fn what_was_denied_says_by_what_and_is_in_the_totals() {
    let counted = counted();
    let own = worker(&counted);
    own.count(key(1, "block@mesh", None), Outcome::Denied);
    own.count(key(2, "block@mesh", None), Outcome::Denied);
    let flows = cut(&counted, 1);
    assert_eq!(
        flows.iter().map(|flow| (&*flow.policy, flow.figures.denied)).collect::<Vec<_>>(),
        [("no TrafficTarget", 1); 2]
    );
    let denied = BTreeMap::from([((Arc::from("shop/cart"), Arc::from("no TrafficTarget")), 2)]);
    assert_eq!(counted.totals(), Totals { denied, untold: 0 });
}

#[test]
fn what_stands_for_nothing_is_left_out_and_what_stood_for_something_is_not() {
    let counted = counted();
    let own = worker(&counted);
    own.count(key(1, "readiness@mesh", None), OK);
    own.count(key(1, "shop-cart-80@mesh", None), OK);
    counted.cut(1);
    counted.name(Subjects::default());
    own.count(key(1, "shop-cart-80@mesh", None), OK);
    assert_eq!(cut(&counted, 2).len(), 1);
    counted.name(Subjects::default());
    own.count(key(1, "shop-cart-80@mesh", None), OK);
    assert!(cut(&counted, 3).is_empty());
}

#[test]
fn what_there_is_no_room_for_is_counted_without_its_ends() {
    let counted = counted();
    let own = worker(&counted);
    let most = u32::try_from(MOST_FLOWS).unwrap();
    for client in 0..most + 100 {
        own.count(key(client, "shop-cart-80@mesh", None), OK);
    }
    own.count(key(0, "shop-cart-80@mesh", None), OK);
    let flows = cut(&counted, 1);
    assert_eq!(flows.len(), MOST_FLOWS + 1);
    let last = flows.last().unwrap();
    assert_eq!((last.client, &*last.service, last.figures.success), (None, "", 100));
    assert_eq!(flows.iter().map(|flow| flow.figures.success).sum::<u64>(), u64::from(most) + 101);
    assert_eq!(counted.totals().untold, 100);
}

#[test]
fn two_workers_together_tell_no_more_than_one_may() {
    let counted = counted();
    for from in [0, 3000] {
        let own = worker(&counted);
        (from..from + 3000).for_each(|client| own.count(key(client, "shop-cart-80@mesh", None), OK));
    }
    let flows = cut(&counted, 1);
    assert_eq!(flows.len(), MOST_FLOWS + 1);
    assert_eq!(flows.iter().map(|flow| flow.figures.success).sum::<u64>(), 6000);
}

#[test]
fn who_does_not_come_back_makes_room_and_who_does_is_counted() {
    let counted = counted();
    let own = worker(&counted);
    let most = u32::try_from(MOST_FLOWS).unwrap();
    (0..most).for_each(|client| own.count(key(client, "shop-cart-80@mesh", None), OK));
    for number in 1..20 {
        counted.cut(number);
    }
    assert!(counted.tables()[0].all().is_empty());
    own.count(key(0, "shop-cart-80@mesh", None), OK);
    own.count(key(60_000, "shop-cart-80@mesh", None), OK);
    let flows = cut(&counted, 20);
    assert_eq!(flows.iter().filter(|flow| flow.client.is_some()).count(), 2);
    assert_eq!(counted.totals().untold, 0);
}

#[test]
fn slices_are_few_and_known_by_run_and_number() {
    let counted = counted();
    (1..40).for_each(|number| counted.cut(number));
    let all = counted.after(None);
    assert_eq!((all.slices.len(), counted.last()), (KEPT_BY_NODES, Some(39)));
    assert_eq!(counted.after(Some(37)).slices.iter().map(|slice| slice.number).collect::<Vec<_>>(), [38, 39]);
    // A clock that is set back begins another run: a number means one slice.
    counted.cut(20);
    let again = counted.after(None);
    assert_ne!(again.run, all.run);
    assert_eq!(again.slices.iter().map(|slice| slice.number).collect::<Vec<_>>(), [20]);
}

#[test]
fn outcomes_are_as_the_mesh_counts_them() {
    let took = Duration::from_millis(1);
    let record = |status, by, end| Record { status, by, end, ..Record::default() };
    let (success, failure) =
        (Some(Outcome::Success { bucket: Some(7) }), Some(Outcome::Failure { bucket: Some(7) }));
    let cases = [
        (record(200, By::Server, End::Whole), None, success),
        (record(404, By::Server, End::Whole), None, success),
        (record(403, By::Server, End::Whole), None, success),
        (record(403, By::Middleware(0), End::Whole), None, Some(Outcome::Denied)),
        (record(429, By::Middleware(0), End::Whole), None, success),
        (record(503, By::Middleware(0), End::Whole), None, failure),
        (record(502, By::Gateway(Failure::Internal), End::Whole), None, failure),
        (record(500, By::Server, End::Whole), None, failure),
        (record(200, By::Server, End::Broken), None, failure),
        (record(200, By::Server, End::Gone), None, success),
        (record(0, By::Nobody, End::Gone), None, None),
        (record(200, By::Server, End::Whole), Some(14), failure),
        (record(200, By::Server, End::Whole), Some(5), success),
        (record(101, By::Server, End::Whole), None, Some(Outcome::Success { bucket: None })),
    ];
    for (record, grpc, expected) in cases {
        assert_eq!(Outcome::of(&record, grpc, took, |_| true), expected, "{record:?} {grpc:?}");
    }
}

#[test]
fn only_a_list_of_clients_is_a_policy() {
    let counted = counted();
    for (route, place, expected) in [
        ("block@mesh", 0, true),
        ("target@mesh", 1, true),
        // Middlewares that a Service names refuse as they like.
        ("target@mesh", 2, false),
        ("shop-cart-80@mesh", 0, false),
    ] {
        assert_eq!(counted.0.is_policy(route, place), expected, "{route} {place}");
    }
    let denied = Record { status: 403, by: By::Middleware(2), end: End::Whole, ..Record::default() };
    let outcome = |is_policy: bool| Outcome::of(&denied, None, Duration::from_millis(1), |_| is_policy);
    assert_eq!(outcome(true), Some(Outcome::Denied));
    assert_eq!(outcome(false), Some(Outcome::Success { bucket: Some(7) }));
}
