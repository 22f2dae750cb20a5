//! What middlewares are made of besides what is written in them: files, services, addresses, and what they keep.

use windrose_config::Located;
use windrose_middleware::kind::BuildError;
use windrose_middleware::stage::Filter;
use windrose_middleware::{Callee, Flow};

use super::*;

/// A middleware that is made of whatever its options name, and counts how often it was made.
struct Probe {
    file: Vec<u8>,
    callee: Option<Callee>,
    kept: Arc<Mutex<u32>>,
}

impl Filter for Probe {
    fn request(&self, _: &mut Exchange) -> Flow {
        Flow::Continue
    }
}

thread_local! {
    static LAST: std::cell::RefCell<Vec<Arc<Probe>>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// The kinds there are, and `probe`.
fn build(written: &Middleware, source: &Arc<Source>, cx: &BuildContext<'_>) -> Result<Stage, Vec<Problem>> {
    if &**written.kind != "probe" {
        return windrose_middleware::list::build(written, source, cx);
    }
    let text = |key: &str| {
        let entry = written.options.entries().iter().find(|entry| *entry.key == *key)?;
        Some(Located { value: Arc::from(entry.value.as_text()?), mark: entry.value.mark })
    };
    let make = || -> Result<Probe, BuildError> {
        let file = text("file").map(|path| cx.resolve.file(&path)).transpose()?;
        let service = text("service").map(|name| cx.resolve.service(&name)).transpose()?;
        let transport = Default::default();
        let endpoint = text("url").map(|url| cx.resolve.endpoint(&url, &transport)).transpose()?;
        let kept =
            cx.keep(text("keep").map_or("", |text| Box::leak(Box::<str>::from(&**text))), || Mutex::new(0));
        Ok(Probe { file: file.unwrap_or_default(), callee: service.or(endpoint), kept })
    };
    let made = make().map_err(|error| vec![error.into_problem(source, written.options.mark)])?;
    let made = Arc::new(made);
    LAST.with_borrow_mut(|last| last.push(Arc::clone(&made)));
    Ok(Stage::Filter(made))
}

fn bench() -> Bench {
    LAST.take();
    let mut bench = Bench::web();
    bench.tools.build = build;
    bench.compiler = Compiler::new(bench.tools.clone(), 0);
    bench
}

/// What was made since this was asked last.
fn made() -> Vec<Arc<Probe>> {
    LAST.take()
}

fn probe(options: &str) -> String {
    format!(
        "http: {{routers: {{r: {{rule: 'Host(`a.test`)', service: s, middlewares: [p]}}}},
         middlewares: {{p: {{probe: {{{options}}}}}}},
         services: {{s: {{loadBalancer: {{servers: [{{url: 'http://10.0.0.1'}}]}}}}}}}}"
    )
}

#[test]
fn a_file_that_changes_is_a_change_of_the_middleware_that_read_it() {
    let mut bench = bench();
    bench.files.put("/users", "ann");
    let first = bench.say("file", &probe("file: /users"));
    assert_eq!(made()[0].file, b"ann");
    assert_eq!(bench.compiler.files(), [Arc::from("/users")]);
    let second = bench.compile();
    assert!(Arc::ptr_eq(&first.snapshot, &second.snapshot) && made().is_empty());
    bench.files.put("/users", "ann, bob");
    let third = bench.compile();
    assert_eq!(made()[0].file, b"ann, bob");
    assert!(!Arc::ptr_eq(first.plain("a.test", "/").unwrap(), third.plain("a.test", "/").unwrap()));
    // Gone, it closes; back again, it opens, and nobody has written anything.
    bench.files.files.lock().unwrap().clear();
    let fourth = bench.compile();
    assert_eq!((fourth.closed("a.test", "/"), fourth.told().len()), (Some("r@file"), 2));
    assert_eq!(bench.compiler.files(), [Arc::from("/users")], "it may come back");
    bench.files.put("/users", "ann");
    let fifth = bench.compile();
    assert_eq!((fifth.name("a.test", "/"), fifth.told().len()), (Some("r@file"), 0));
}

#[test]
fn a_middleware_calls_the_service_that_is_written_now() {
    let mut bench = bench();
    let first = bench.say("file", &probe("service: s"));
    let callee = |made: &[Arc<Probe>]| {
        let called = made[0].callee.as_ref().unwrap().get::<Upstream>().unwrap();
        std::ptr::from_ref(called).addr()
    };
    let route = |made: &Compiled| Arc::as_ptr(&made.plain("a.test", "/").unwrap().service).addr();
    assert_eq!(callee(&made()), route(&first));
    let second = bench.say("file", &probe("service: s").replace("10.0.0.1", "10.0.0.2"));
    assert_eq!(callee(&made()), route(&second));
    let third = bench.say("file", &probe("service: t"));
    assert_eq!(
        third.told(),
        [
            "http.middlewares.p@file: dynamic.yaml:2:45: error: service t does not exist, did you mean s?",
            "http.routers.r@file: dynamic.yaml:1:72: error: middleware p@file is disabled, see its own problems",
        ]
    );
}

#[test]
fn a_server_that_is_called_is_reached_as_its_transport_says_and_stays_the_same() {
    let mut bench = bench();
    bench.say("file", &probe("url: 'http://10.9.9.9:1/path'"));
    let first = made();
    let server = |probe: &Probe| {
        let upstream = probe.callee.as_ref().unwrap().get::<Upstream>().unwrap();
        let Kind::LoadBalancer(balancer) = &upstream.kind else { panic!("no load balancer") };
        balancer.servers[0].endpoint.id()
    };
    bench.say("file", &probe("url: 'http://10.9.9.9:1/path', other: 1"));
    assert_eq!(server(&first[0]), server(&made()[0]));
    let told = bench.say("file", &probe("url: 'nothing'")).told();
    assert!(told[0].contains("starts with http://"), "{told:?}");
}

#[test]
fn what_a_middleware_keeps_outlives_a_reload_and_ends_with_it() {
    let mut bench = bench();
    bench.say("file", &probe("keep: a"));
    *made()[0].kept.lock().unwrap() = 5;
    bench.say("file", &probe("keep: a, other: 1"));
    assert_eq!(*made()[0].kept.lock().unwrap(), 5);
    // Made of something else it is something else, and when it is gone it is forgotten.
    bench.say("file", &probe("keep: b"));
    assert_eq!(*made()[0].kept.lock().unwrap(), 0);
    bench.say("file", &probe("keep: a"));
    assert_eq!(*made()[0].kept.lock().unwrap(), 0);
}

#[test]
fn what_is_said_has_the_same_order_whoever_was_asked_for_first() {
    let mut bench = Bench::web();
    bench.say("file", "http: {serversTransports: {c: {}}}");
    bench.say("docker", "http: {services: {a: {loadBalancer: {servers: [], serversTransport: a}}}, serversTransports: {a: {}}}");
    let last = "http: {services: {a: {loadBalancer: {servers: [{url: x}]}}}, serversTransports: {c: {rootCAs: [none.pem]}}}";
    let made = bench.say("file", last);
    assert_eq!((made.told().len(), made.told()), (2, bench.afresh().told()));
}
