use std::sync::Arc;

use windrose_rule::RequestView;

use crate::compile::Compiled;
use crate::compile::tests::{Bench, is_closed, layer, way};
use crate::report::Status;

const SERVICES: &str = "
  services:
    a: {loadBalancer: {servers: [{url: 'http://10.0.0.1'}]}}
    b: {loadBalancer: {servers: [{url: 'http://10.0.0.2'}]}}
  middlewares:
    one: {addPrefix: {prefix: /1}}
    two: {addPrefix: {prefix: /2}}
";

fn say(bench: &mut Bench, routers: &str) -> Compiled {
    let made = bench.say("file", &format!("http:\n  routers:\n{routers}{SERVICES}"));
    let afresh = bench.afresh();
    assert_eq!(made.told(), afresh.told());
    for (host, path) in [("a.test", "/x"), ("a.test", "/"), ("b.test", "/x"), ("b.test", "/")] {
        assert_eq!(takes(&made, host, path), takes(&afresh, host, path), "{host}{path}");
    }
    made
}

/// The names of the routers that a request takes and of the services they lead to; a closed one is `-`.
fn takes(made: &Compiled, host: &str, path: &str) -> String {
    let Some(top) = made.plain(host, path) else { return String::new() };
    let request = RequestView { host, path, method: b"GET", ..Default::default() };
    let way = way(top, &request).into_iter().map(|route| match is_closed(route) {
        true => format!("{} -", route.name),
        false => format!("{} {} {}", route.name, route.chain.stages.len(), route.service.name),
    });
    way.collect::<Vec<_>>().join(", ")
}

fn status(made: &Compiled, name: &str) -> (Status, String) {
    let problems = made.report.of(windrose_config::Section::HttpRouters, name, "file");
    let told = problems.map(|problem| problem.message.clone()).collect::<Vec<_>>().join("; ");
    (made.report.status(windrose_config::Section::HttpRouters, name, "file"), told)
}

#[test]
fn a_parent_leads_to_the_best_of_its_children_and_nowhere_when_none_matches() {
    let mut bench = Bench::web();
    let made = say(
        &mut bench,
        "
    top: {rule: 'Host(`a.test`)', middlewares: [one]}
    all: {rule: 'PathPrefix(`/x`)', parentRefs: [top], service: a, middlewares: [one, two]}
    ranked: {rule: 'Path(`/x`)', parentRefs: ['top@file'], service: b, priority: 1000}
",
    );
    assert_eq!(made.told(), [""; 0]);
    assert_eq!(takes(&made, "a.test", "/x/y"), "top@file 1 top@file-muxer, all@file 2 a@file");
    assert_eq!(takes(&made, "a.test", "/x"), "top@file 1 top@file-muxer, ranked@file 0 b@file");
    assert_eq!(takes(&made, "a.test", "/"), "top@file 1 top@file-muxer");
    assert_eq!(takes(&made, "b.test", "/x"), "", "a child is no router of an entry point");
}

#[test]
fn layers_may_be_deep_and_a_child_may_have_several_parents() {
    let mut bench = Bench::new(
        "entryPoints: {web: {address: ':80'}, more: {address: ':81', http: {middlewares: ['one@file']}}}",
    );
    let made = say(
        &mut bench,
        "
    top: {rule: 'Host(`a.test`)'}
    other: {rule: 'Host(`b.test`)', entryPoints: [web]}
    middle: {rule: 'PathPrefix(`/x`)', parentRefs: [top], middlewares: [two]}
    leaf: {rule: 'PathPrefix(`/`)', parentRefs: [middle, other, other], service: a}
",
    );
    assert_eq!(made.told(), [""; 0]);
    assert_eq!(
        takes(&made, "a.test", "/x"),
        "top@file 0 top@file-muxer, middle@file 1 middle@file-muxer, leaf@file 0 a@file"
    );
    assert_eq!(takes(&made, "b.test", "/"), "other@file 0 other@file-muxer, leaf@file 0 a@file");
    let request = RequestView { host: "a.test", path: "/x", method: b"GET", ..Default::default() };
    let more = made.listener(1).plain.find(&request).unwrap().route;
    assert_eq!((&*more.name, &*more.service.name), ("more-top@file", "more-top@file-muxer"));
    let (one, other) = (layer(more), layer(made.plain("a.test", "/x").unwrap()));
    assert!(std::ptr::eq(one.unwrap(), other.unwrap()), "both names have the same children");
}

#[test]
fn what_a_child_cannot_have_closes_its_place_among_its_siblings() {
    let mut bench = Bench::web();
    for (child, expected) in [
        ("tls: {}, service: a", "a router with parentRefs has no tls, write that into the router on top"),
        ("entryPoints: [web], service: a", "a router with parentRefs has no entryPoints, write that"),
        ("observability: {metrics: true}, service: a", "a router with parentRefs has no observability"),
        ("service: gone", "service gone@file does not exist"),
        ("service: a, middlewares: [gone]", "middleware gone@file does not exist"),
        ("priority: 1000", "router has no service and no child routers, write a service"),
    ] {
        let made = say(
            &mut bench,
            &format!(
                "
    top: {{rule: 'Host(`a.test`)'}}
    bad: {{rule: 'PathPrefix(`/x`)', parentRefs: [top], {child}}}
    all: {{rule: 'PathPrefix(`/`)', parentRefs: [top], service: a}}
"
            ),
        );
        let (status, told) = status(&made, "bad");
        assert!(status == Status::Disabled && told.contains(expected), "{told}");
        assert_eq!(takes(&made, "a.test", "/x"), "top@file 0 top@file-muxer, bad@file -");
        assert_eq!(takes(&made, "a.test", "/"), "top@file 0 top@file-muxer, all@file 0 a@file");
    }
}

#[test]
fn a_child_that_cannot_be_read_is_closed_where_it_is_or_may_be() {
    let mut bench = Bench::web();
    for child in [
        "parentRefs: [top], servce: a",
        "parentRef: [top], service: a",
        "parentRefs: {a: b}, service: a",
        "parentRefs: [top], service: {a: b}",
    ] {
        let made = say(
            &mut bench,
            &format!(
                "
    top: {{rule: 'Host(`a.test`)'}}
    bad: {{rule: 'PathPrefix(`/x`)', {child}}}
    all: {{rule: 'PathPrefix(`/`)', parentRefs: [top], service: a}}
    else: {{rule: 'Host(`b.test`)', service: b}}
"
            ),
        );
        assert_eq!(takes(&made, "a.test", "/x"), "top@file 0 top@file-muxer, bad@file -", "{child}");
        assert_eq!(takes(&made, "a.test", "/"), "top@file 0 top@file-muxer, all@file 0 a@file");
        assert_eq!(takes(&made, "b.test", "/x"), "else@file 0 b@file", "it is nobody else's");
    }
}

#[test]
fn a_router_is_a_parent_or_has_a_service() {
    let mut bench = Bench::web();
    let made = say(
        &mut bench,
        "
    both: {rule: 'Host(`a.test`)', service: a}
    child: {rule: 'PathPrefix(`/`)', parentRefs: [both], service: b}
    none: {rule: 'Host(`b.test`)'}
    broken: {rule: 'PathPrefix(`/`)', parentRefs: [none], service: gone}
",
    );
    assert_eq!(status(&made, "both").1, "router has both a service and child routers, remove the service");
    assert_eq!(takes(&made, "a.test", "/"), "both@file -");
    assert_eq!(status(&made, "none").1, "none of its child routers can be used, see their own problems");
    assert_eq!(takes(&made, "b.test", "/"), "none@file -");
}

#[test]
fn parents_that_there_are_not_are_told_with_the_nearest_name() {
    let mut bench = Bench::web();
    let made = say(
        &mut bench,
        "
    top: {rule: 'Host(`a.test`)'}
    child: {rule: 'PathPrefix(`/`)', parentRefs: [top, tpo], service: b}
    other: {rule: 'PathPrefix(`/y`)', parentRefs: [top], service: b}
    alone: {rule: 'PathPrefix(`/`)', parentRefs: ['top@docker'], service: b}
",
    );
    assert_eq!(status(&made, "child").1, "router tpo@file does not exist");
    assert_eq!(status(&made, "alone").1, "router top@docker does not exist");
    let mut problems = made.report.of(windrose_config::Section::HttpRouters, "child", "file");
    assert_eq!(problems.next().and_then(|problem| problem.nearest.as_deref()), Some("top"));
    assert_eq!(takes(&made, "a.test", "/"), "top@file 0 top@file-muxer, child@file -");
}

#[test]
fn circles_are_cut_told_and_closed() {
    let mut bench = Bench::web();
    let made = say(
        &mut bench,
        "
    top: {rule: 'Host(`a.test`)'}
    down: {rule: 'PathPrefix(`/`)', parentRefs: [top, further]}
    further: {rule: 'PathPrefix(`/`)', parentRefs: [down], service: a}
    left: {rule: 'Host(`b.test`)', parentRefs: [right], service: a}
    right: {rule: 'Host(`b.test`)', parentRefs: [left], service: a}
    self: {rule: 'Host(`b.test`)', parentRefs: [self], service: a}
",
    );
    let circle = "cyclic reference detected in router tree: down@file -> further@file -> down@file";
    assert_eq!(status(&made, "further"), (Status::Warning, circle.to_owned()));
    assert_eq!(takes(&made, "a.test", "/"), "top@file -");
    for name in ["left", "right", "self"] {
        assert!(status(&made, name).1.starts_with("router is not reachable"), "{name}");
    }
    assert_eq!(takes(&made, "b.test", "/"), "");
}

#[test]
fn what_changes_below_is_made_again_and_nothing_else() {
    let mut bench = Bench::web();
    let routers = "
    top: {rule: 'Host(`a.test`)'}
    one: {rule: 'PathPrefix(`/x`)', parentRefs: [top], service: a}
    two: {rule: 'PathPrefix(`/`)', parentRefs: [top], service: a, middlewares: [one]}
    else: {rule: 'Host(`b.test`)', service: b}
";
    let first = say(&mut bench, routers);
    let again = say(&mut bench, routers);
    assert!(Arc::ptr_eq(&first.snapshot, &again.snapshot));
    let below = |made: &Compiled, path: &str| {
        let request = RequestView { host: "a.test", path, method: b"GET", ..Default::default() };
        Arc::clone(way(made.plain("a.test", path).unwrap(), &request)[1])
    };
    let changed = say(&mut bench, &routers.replace("middlewares: [one]", "middlewares: [two]"));
    assert!(Arc::ptr_eq(&below(&first, "/x"), &below(&changed, "/x")));
    assert!(!Arc::ptr_eq(&below(&first, "/"), &below(&changed, "/")));
    assert!(Arc::ptr_eq(first.plain("b.test", "/").unwrap(), changed.plain("b.test", "/").unwrap()));
    let fewer = say(&mut bench, &routers.replace("parentRefs: [top], service: a}", "service: a}"));
    assert_eq!(takes(&fewer, "b.test", "/"), "else@file 0 b@file");
    assert_eq!(takes(&fewer, "a.test", "/"), "top@file 0 top@file-muxer, two@file 1 a@file");
    assert_eq!(fewer.name("a.test", "/x"), Some("one@file"), "it is on entry points now");
    let none = say(&mut bench, "    top: {rule: 'Host(`a.test`)', service: b}\n");
    assert_eq!(takes(&none, "a.test", "/x"), "top@file 0 b@file");
    let back = say(&mut bench, routers);
    assert_eq!(takes(&back, "a.test", "/x"), "top@file 0 top@file-muxer, one@file 0 a@file");
}

#[test]
fn parents_may_be_of_another_provider() {
    let mut bench = Bench::web();
    bench.say("zoo", "http: {routers: {top: {rule: 'Host(`a.test`)'}}}");
    let child = "    child: {rule: 'PathPrefix(`/`)', parentRefs: ['top@zoo'], service: a}\n";
    let made = say(&mut bench, child);
    assert_eq!(takes(&made, "a.test", "/"), "top@zoo 0 top@zoo-muxer, child@file 0 a@file");
    let gone = bench.say("file", "http: {}");
    assert_eq!(takes(&gone, "a.test", "/"), "top@zoo -");
}
