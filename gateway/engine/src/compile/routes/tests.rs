//! Many small tables answer what one naive list would, whatever changes.

use proptest::prelude::*;
use windrose_config::dynamic_config::Name;
use windrose_config::{Mark, Origin, Source};
use windrose_upstream::Upstream;
use windrose_upstream::health::Checks;
use windrose_upstream::service::{Balancing, Kind, LoadBalancer};

use super::*;
use crate::snapshot::Recorded;

fn service() -> Arc<Upstream> {
    let balancer = LoadBalancer::new("s@test", Vec::new(), Balancing::default(), &Checks::default(), None);
    Arc::new(Upstream { name: "s@test".into(), kind: Kind::LoadBalancer(balancer) })
}

fn candidate(name: usize, rule: &str, priority: i64, precedence: u16) -> Candidate {
    let rule = Name::from(Arc::from(rule));
    let router = Router { rule, ..Router::default() };
    let origin = Origin::new(Source::other("test"), Mark::default());
    Candidate {
        route: Arc::new(Route {
            name: format!("{name:03}").into(),
            rule: "".into(),
            chain: Arc::default(),
            service: service(),
            recorded: Recorded::default(),
        }),
        router: Arc::new(Written::new(router, origin)),
        priority,
        precedence,
    }
}

fn addition(candidate: &Candidate) -> Addition {
    let rule = candidate.rule(Syntax::V3).unwrap();
    Addition {
        key: Key::of(&candidate.router, &rule, Syntax::V3),
        candidate: candidate.clone(),
        rule: Some(Box::new(rule)),
    }
}

fn removal(candidate: &Candidate) -> (Key, Arc<Route>) {
    (addition(candidate).key, Arc::clone(&candidate.route))
}

fn rule() -> impl Strategy<Value = String> {
    let host = 0_u8..40;
    let path = prop::sample::select(vec!["/", "/a", "/a/b", "/b"]);
    (host, path, 0_u8..8).prop_map(|(host, path, shape)| match shape {
        0 => format!("PathPrefix(`{path}`)"),
        1 => format!("Host(`h{host}.test`) || Host(`h{}.test`)", host + 1),
        2 => format!("Host(`*.test`) && PathPrefix(`{path}`)"),
        3 => format!("Host(`h{host}.test`) && !Path(`{path}`)"),
        4 => format!("Host(`h{host}.test`)"),
        5 => format!("Path(`{path}`) && Host(`H{host}.Test`)"),
        _ => format!("Host(`h{host}.test`) && PathPrefix(`{path}`)"),
    })
}

proptest! {
    #![proptest_config(windrose_random::cases(200))]

    #[test]
    fn changes_lead_where_starting_afresh_would(
        rules in prop::collection::vec((rule(), -1_i64..3, 0_u16..2), 1..150),
        only_hosts in any::<bool>(),
        steps in prop::collection::vec(prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..60), 1..6),
    ) {
        let all: Vec<Candidate> = rules
            .iter()
            .enumerate()
            // Without rules for any host, hosts may be found without a table.
            .filter(|(_, (rule, ..))| !only_hosts || (rule.contains("Host(") && !rule.contains(['|', '!', '*'])))
            .map(|(name, (rule, priority, precedence))| candidate(name, rule, *priority, *precedence))
            .collect();
        prop_assume!(!all.is_empty());
        let mut present = vec![false; all.len()];
        let mut routes = Routes::default();
        for step in steps {
            let mut change = Change::default();
            let mut wanted = present.clone();
            for (index, is_wanted) in step {
                wanted[index.index(all.len())] = is_wanted;
            }
            for ((candidate, was), is) in all.iter().zip(&mut present).zip(wanted) {
                match (*was, is) {
                    (false, true) => change.added.push(addition(candidate)),
                    (true, false) => change.removed.push(removal(candidate)),
                    _ => {}
                }
                *was = is;
            }
            routes = routes.change(change, Syntax::V3);
            let mut naive: Vec<&Candidate> =
                all.iter().zip(&present).filter(|(_, is)| **is).map(|(candidate, _)| candidate).collect();
            naive.sort_by(|left, right| left.order(right));
            prop_assert_eq!(routes.len(), naive.len());
            prop_assert_eq!(routes.iter().count(), naive.len());
            for host in (0..42).map(|host| format!("h{host}.test")).chain(["other".to_owned(), String::new()]) {
                for path in ["/", "/a", "/a/b/c", "/b"] {
                    let request = RequestView { host: &host, path, ..Default::default() };
                    let expected = naive.iter().find(|candidate| {
                        candidate.rule(Syntax::V3).unwrap().matcher().matches(&request)
                    });
                    let found = routes.find(&request);
                    prop_assert_eq!(found.map(|found| &found.route.name), expected.map(|one| &one.route.name));
                }
            }
        }
    }
}

#[test]
fn a_change_leaves_the_tables_of_other_hosts_alone() {
    let all: Vec<Candidate> =
        (0..1000).map(|name| candidate(name, &format!("Host(`h{name}.test`)"), 1, 0)).collect();
    let first = Routes::build(all.clone(), Syntax::V3);
    let change = Change { removed: vec![removal(&all[7])], added: Vec::new() };
    let second = first.change(change, Syntax::V3);
    assert_eq!((first.len(), second.len()), (1000, 999));
    let other = first.by_host.iter().zip(&second.by_host).filter(|(was, is)| !Arc::ptr_eq(was, is)).count();
    assert_eq!(other, 1);
    assert!(first.by_host.len() > 50 && Arc::ptr_eq(&first.open, &second.open));
    let view = |host: &'static str| RequestView { host, path: "/", ..Default::default() };
    assert!(first.find(&view("h7.test")).is_some() && second.find(&view("h7.test")).is_none());
    assert!(Arc::ptr_eq(
        first.find(&view("h8.test")).unwrap().route,
        second.find(&view("h8.test")).unwrap().route
    ));
}

#[test]
fn only_a_rule_that_needs_one_host_is_kept_by_it() {
    for (text, is_by_host) in [
        ("Host(`a.test`)", true),
        ("Host(`A.test`) && Method(`GET`)", true),
        ("PathPrefix(`/`) && Host(`a.test`) && Host(`*.test`)", true),
        ("Host(`a.test`) || Host(`b.test`)", false),
        ("!Host(`a.test`)", false),
        ("Host(`*.test`)", false),
        ("HostRegexp(`a`)", false),
        ("PathPrefix(`/`)", false),
    ] {
        assert_eq!(addition(&candidate(0, text, 0, 0)).key != Key::OPEN, is_by_host, "{text}");
    }
}
