use super::*;
use crate::health::Checks;
use crate::service::{Balancing, Kind};
use crate::testing::{answers, balanced, says, sharing, weighted};

fn checked(checks: &Checks, url: &str) -> Arc<Upstream> {
    let of = Balancing { probe: Some(Arc::default()), ..Balancing::default() };
    balanced(&[(url, 1)], of, checks)
}

fn vital(service: &Upstream) -> Arc<Vital> {
    match &service.kind {
        Kind::LoadBalancer(balancer) => Arc::clone(balancer.checks().next().expect("a check").vital()),
        _ => panic!("no balancer"),
    }
}

#[test]
fn children_that_are_down_are_left_out_where_they_are_followed() {
    let checks = Checks::default();
    let (one, other) = (checked(&checks, "http://127.0.0.1:1"), checked(&checks, "http://127.0.0.2:1"));
    let follows = Sharing { follows: Follows::Children, ..Sharing::default() };
    let inner = sharing(&[(Arc::clone(&one), 1), (Arc::clone(&other), 1)], follows.clone());
    let outer = sharing(&[(Arc::clone(&inner), 1)], follows);
    let blind = weighted(&[(Arc::clone(&inner), 1), (says("a"), 1)]);
    assert!(blind.vital().is_none());
    let is_up = |service: &Upstream| service.vital().expect("it follows").is_up();
    vital(&one).tell(false);
    assert!(is_up(&inner) && is_up(&outer));
    vital(&other).tell(false);
    assert!(!is_up(&inner) && !is_up(&outer));
    assert_eq!(answers(&outer, 1), "no available server\n");
    assert_eq!(answers(&blind, 4), "no available server\nano available server\na", "it is told nothing");
    vital(&one).tell(true);
    assert!(is_up(&inner) && is_up(&outer));
}

#[test]
fn who_follows_a_child_without_health_is_refused() {
    let child = Child { name: "a".into(), service: says("a"), weight: 1 };
    let follows = Sharing { follows: Follows::Children, ..Sharing::default() };
    let refused = Weighted::new("w", vec![child], follows, None).err().expect("a refusal");
    assert_eq!(refused, Unwatched("a".into()));
    assert!(refused.to_string().starts_with("service a has no health to follow"));
}

#[test]
fn what_is_the_same_is_like_itself_and_goes_on_where_it_was() {
    let children = || {
        let child = |name: &str, weight| Child { name: name.into(), service: says("x"), weight };
        vec![child("a", 1), child("b", 2)]
    };
    let children = children();
    let make =
        |of: Sharing, before: Option<&Weighted>| Weighted::new("w", children.clone(), of, before).unwrap();
    let first = make(Sharing::default(), None);
    let turns: Vec<_> = (0..2).map(|_| first.choice().next().unwrap()).collect();
    let second = make(Sharing::default(), Some(&first));
    assert!(first.is_like(&second));
    let rest: Vec<_> = (0..4).map(|_| second.choice().next().unwrap()).collect();
    assert_eq!([turns, rest].concat(), [1, 0, 1, 1, 0, 1]);
    let sticky = Sharing { sticky: Some(Cookie::default()), ..Sharing::default() };
    assert!(
        !make(sticky.clone(), None).is_like(&first)
            && make(sticky.clone(), None).is_like(&make(sticky, None))
    );
    let by = Sharing { by: By::Client, ..Sharing::default() };
    assert!(!make(by, None).is_like(&first));
}
