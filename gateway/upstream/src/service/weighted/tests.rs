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
    let child = Child { name: "a".into(), service: says("a"), weight: 1, canary: Canary::default() };
    let follows = Sharing { follows: Follows::Children, ..Sharing::default() };
    let refused = Weighted::new("w", vec![child], follows, None).err().expect("a refusal");
    assert_eq!(refused, Unwatched("a".into()));
    assert!(refused.to_string().starts_with("service a has no health to follow"));
}

#[test]
fn what_is_the_same_is_like_itself_and_goes_on_where_it_was() {
    let children = || {
        let child = |name: &str, weight| Child {
            name: name.into(),
            service: says("x"),
            weight,
            canary: Canary::default(),
        };
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

/// Which of the services a request with these fields goes to, so many times.
fn chosen(of: &Weighted, fields: &[(&str, &str)], times: usize) -> String {
    let lines = fields.iter().map(|(name, value)| format!("\n{name}: {value}"));
    let ex = crate::testing::request(&format!("GET /{}", lines.collect::<String>()));
    let name = |_| of.pick(&ex, &mut Trail::new()).map_or("-", |service| &*service.name).to_owned();
    (0..times).map(name).collect()
}

fn with_canary(header: Option<Word>, cookie: Option<Word>) -> Weighted {
    let canary = Canary {
        header: header.map(|word| (windrose_http::Name::new("X-Next").expect("a name"), word)),
        cookie: cookie.map(|word| ("next".into(), word)),
    };
    let child =
        |name: &'static str, weight, canary| Child { name: name.into(), service: says(name), weight, canary };
    let children = vec![child("a", 3, Canary::default()), child("b", 1, canary)];
    Weighted::new("w", children, Sharing::default(), None).expect("nobody is followed")
}

#[test]
fn the_field_decides_before_the_cookie_and_the_cookie_before_turns() {
    let of = with_canary(Some(Word::Usual), Some(Word::Usual));
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("X-Next", "always")], "bbbb"),
        (&[("X-Next", "never")], "aaaa"),
        (&[("Cookie", "x=y; next=always")], "bbbb"),
        (&[("Cookie", "next=never")], "aaaa"),
        (&[("X-Next", "never"), ("Cookie", "next=always")], "aaaa"),
        (&[("X-Next", "always"), ("Cookie", "next=never")], "bbbb"),
        (&[("X-Next", "perhaps"), ("Cookie", "next=always")], "bbbb"),
        (&[("Cookie", "xnext=always; next2=always")], "aaba"),
        (&[], "aaba"),
    ];
    for (fields, expected) in cases {
        let mut found: Vec<char> = chosen(&of, fields, 4).chars().collect();
        let mut expected: Vec<char> = expected.chars().collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{fields:?}");
    }
}

#[test]
fn a_word_of_ones_own_marks_and_nothing_else_does() {
    let of = with_canary(Some(Word::Own(b"beta".as_slice().into())), None);
    assert_eq!(chosen(&of, &[("X-Next", "beta")], 3), "bbb");
    for value in ["always", "never", "Beta", "beta2", ""] {
        assert_eq!(chosen(&of, &[("X-Next", value)], 4).matches('b').count(), 1, "{value}");
    }
}

#[test]
fn a_service_without_a_share_gets_what_is_marked_alone() {
    let canary = Canary { cookie: Some(("next".into(), Word::Usual)), ..Canary::default() };
    let child =
        |name: &'static str, weight, canary| Child { name: name.into(), service: says(name), weight, canary };
    let children = vec![child("a", 1, Canary::default()), child("b", 0, canary)];
    let of = Weighted::new("w", children, Sharing::default(), None).expect("nobody is followed");
    assert_eq!(chosen(&of, &[], 4), "aaaa");
    assert_eq!(chosen(&of, &[("Cookie", "next=always")], 4), "bbbb");
}
