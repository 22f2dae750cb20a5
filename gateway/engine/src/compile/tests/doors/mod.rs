//! No mistake opens a door: every option of every object is broken in turn, and nothing becomes reachable that was not.
//!
//! The options are asked of the types, so that new ones are walked, too; a new kind of middleware has to be given a
//! good example in `base`, or fails the test. What may change is what a request meets: less, never anything else.

mod base;
mod edit;

use windrose_config::dynamic_config::{
    Router, ServersTransport, Service, TcpRouter, TcpServersTransport, TcpService, TlsCertificate,
    TlsOptions, TlsStore, UdpRouter, UdpService,
};
use windrose_config::{Mark, Severity, Shape, Tree};
use windrose_middleware::{list, tcp};
use windrose_tls::OptionsId;
use windrose_upstream::service::Server;

use super::*;
use crate::route::Routes;
use crate::route::tcp::{TcpRoute, Way};
use base::Base;
use edit::{Break, Path};

/// What a request meets, if anything answers it: the router, and all that is between it and a server.
type Answer = Option<String>;

/// What requests and handshakes of all kinds meet.
struct Doors {
    answers: Vec<(String, Answer)>,
    handshakes: Vec<(String, OptionsId)>,
}

impl Doors {
    fn of(made: &Compiled, base: &Base) -> Self {
        let mut doors = Self { answers: Vec::new(), handshakes: Vec::new() };
        for (place, listener) in made.snapshot.listeners.iter().enumerate() {
            doors.carried(place, listener);
            for host in &base.hosts {
                let id = listener.acceptor.options_id(host);
                doors.handshakes.push((format!("handshake {place} {host}"), id));
                for path in ["/", "/in"] {
                    let request = RequestView { host, path, method: b"GET", ..Default::default() };
                    let answer = |routes: &Routes| {
                        let way = way(routes.find(&request)?.route, &request);
                        let met = way.iter().map(|route| meets(route)).collect::<Vec<_>>().join(" -> ");
                        Some(met).filter(|_| !way.iter().any(|route| is_closed(route)))
                    };
                    doors.answers.push((format!("plain {place} {host}{path}"), answer(&listener.plain)));
                    let secure = answer(&listener.secure).filter(|_| id != OptionsId::REFUSED);
                    doors.answers.push((format!("secure {place} {host}{path}"), secure));
                }
            }
        }
        doors
    }

    /// Whom connections and datagrams reach that are not looked into.
    fn carried(&mut self, place: usize, listener: &Listener) {
        let datagrams =
            listener.udp.as_ref().map(|service| format!("{:?} {:?}", service.name, service.pick()));
        self.answers.push((format!("datagrams {place}"), datagrams));
        let routes = listener.tcp.clone().unwrap_or_default();
        let reaches = |found: Option<&Arc<TcpRoute>>| {
            found.map_or_else(|| Some("HTTP".to_owned()), |route| carries(route))
        };
        for peer in [[10, 0, 0, 1], [192, 0, 2, 1]] {
            let plain = reaches(routes.find_plain(peer.into()));
            self.answers.push((format!("connection {place} {peer:?}"), plain));
        }
        for host in ["a.test", "b.test", "c.test"] {
            let request = RequestView::tcp(host, &[], [10, 0, 0, 1].into());
            let secure = reaches(routes.secure.find(&request));
            self.answers.push((format!("TLS {place} {host}"), secure));
        }
    }

    /// Which of them lead where they did not lead before.
    fn opened(&self, before: &Self) -> Vec<String> {
        let answers = self.answers.iter().zip(&before.answers);
        let answers = answers
            .filter(|((_, now), (_, then))| now.is_some() && now != then)
            .map(|((door, now), (_, then))| format!("{door}: {then:?} -> {now:?}"));
        let handshakes = self.handshakes.iter().zip(&before.handshakes);
        let handshakes = handshakes
            .filter(|((_, now), (_, then))| *now != OptionsId::REFUSED && now != then)
            .map(|((door, _), _)| format!("{door}: other options"));
        answers.chain(handshakes).collect()
    }
}

fn meets(route: &Route) -> String {
    let service = match &route.service.kind {
        Kind::LoadBalancer(of) => {
            let server = |server: &Server| {
                let server = &server.endpoint;
                let connector = &server.connector;
                format!("{} {:?} {:?}", server.url, connector.server_name, connector.dial_timeout)
            };
            let servers = of.servers.iter().map(server);
            servers.collect::<Vec<_>>().join(" ")
        }
        Kind::Weighted(of) => of.services.iter().map(|of| &*of.name).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    };
    format!("{} [{} stages] {} ({service})", route.name, route.chain.stages.len(), route.service.name)
}

/// All that is between a connection and a server; nothing where it is closed.
fn carries(route: &TcpRoute) -> Option<String> {
    let Way::Open(open) = &route.way else { return None };
    let server = open.service.pick()?;
    let by = &server.connector;
    let tls = match &open.tls {
        crate::route::tcp::TlsUse::Terminate(acceptor) => format!("{:?}", acceptor.options_id("")),
        other => format!("{other:?}"),
    };
    let gates = open.gates.len();
    Some(format!(
        "{} [{gates} gates] {tls} {} {} {:?} {:?} {:?} {:?} {:?}",
        route.name,
        open.service.name,
        server.address,
        server.encryption,
        by.server_name,
        by.dial_timeout,
        by.termination_delay,
        by.proxy
    ))
}

/// The options of the objects of a section, by kind for middlewares;
fn shape(section: Section, object: &str) -> Option<Shape> {
    match section {
        Section::HttpRouters => Some(Shape::of::<Router>()),
        Section::HttpServices => Some(Shape::of::<Service>()),
        Section::HttpMiddlewares => {
            let kind = list::find(object).expect("objects have the names of their kinds");
            Some(Shape::Section(vec![(kind.name, (kind.shape)())]))
        }
        Section::HttpServersTransports => Some(Shape::of::<ServersTransport>()),
        Section::TlsCertificates => Some(Shape::of::<TlsCertificate>()),
        Section::TlsOptions => Some(Shape::of::<TlsOptions>()),
        Section::TlsStores => Some(Shape::of::<TlsStore>()),
        Section::TcpRouters => Some(Shape::of::<TcpRouter>()),
        Section::TcpServices => Some(Shape::of::<TcpService>()),
        Section::TcpMiddlewares => {
            let kind = tcp::find(object).expect("objects have the names of their kinds");
            Some(Shape::Section(vec![(kind.name, (kind.shape)())]))
        }
        Section::TcpServersTransports => Some(Shape::of::<TcpServersTransport>()),
        Section::UdpRouters => Some(Shape::of::<UdpRouter>()),
        Section::UdpServices => Some(Shape::of::<UdpService>()),
    }
}

/// Whether a mistake says that a router is meant to be elsewhere than it was, or leaves nobody knowing where: that is
/// known from its rule, its entry points, its priority, and from whether it is for TLS.
fn moves(object: &Tree, section: Section, path: &Path, broken: &Break) -> bool {
    let is_new = object.field(path.first()).is_none();
    let is_understood = matches!(broken, Break::Misspelt);
    is_routers(section)
        && match path.first() {
            "rule" => true,
            "tls" => is_new,
            // Where they cannot be read the default ones are closed, which those of HTTP are on here.
            "entryPoints" if section == Section::TcpRouters => !is_understood || is_new,
            "entryPoints" => matches!(broken, Break::Value(_) | Break::Present) || (is_new && is_understood),
            "priority" => is_new && is_understood,
            // One that names no parent is elsewhere. Those of a name that there is not are nowhere.
            "parentRefs" => is_new || !is_understood,
            _ => false,
        }
}

fn is_routers(section: Section) -> bool {
    matches!(section, Section::HttpRouters | Section::TcpRouters | Section::UdpRouters)
}

/// Breaks the good document in one way, and compares.
fn try_one(bench: &mut Bench, base: &Base, before: &Doors, what: &str, broken: &Tree) -> Tried {
    let config = base.decode(broken);
    bench.take("file", config);
    let made = bench.compile();
    let doors = Doors::of(&made, base);
    // What is written without a mistake means what it says.
    if !has_errors(&made) {
        return Tried::Valid;
    }
    let opened = doors.opened(before);
    assert!(opened.is_empty(), "{what}\n{}\n{}", opened.join("\n"), made.told().join("\n"));
    let shut = doors.answers.iter().zip(&before.answers).any(|((_, now), (_, then))| now != then);
    if shut { Tried::Shut } else { Tried::Same }
}

fn has_errors(made: &Compiled) -> bool {
    made.report.problems().iter().any(|problem| problem.severity == Severity::Error)
}

#[derive(PartialEq, Eq)]
enum Tried {
    Valid,
    Shut,
    Same,
}

#[test]
fn no_option_that_is_broken_opens_a_door() {
    let base = Base::new();
    let mut bench = base.bench();
    let good = bench.compile();
    assert!(!has_errors(&good), "{:?}", good.told());
    let before = Doors::of(&good, &base);
    let (mut tried, mut shut) = (0, 0);
    for section in Section::ALL {
        // One router is like another; those of middlewares are there for these.
        let is_like_others = |object: &String| section == Section::HttpRouters && object.starts_with("m-");
        for object in base.objects(section).into_iter().filter(|object| !is_like_others(object)) {
            let Some(shape) = shape(section, &object) else { continue };
            let at = Path::of_object(section, &object);
            for (path, shape) in edit::paths(&shape) {
                let mut is_walked = false;
                for broken in edit::breaks(&path, &shape) {
                    if moves(base.object(section, &object), section, &path, &broken) {
                        is_walked = true;
                        continue;
                    }
                    let document = edit::broken(&base.document, &at, &path, &shape, &broken);
                    let what = format!("{section}.{object}.{path}: {broken:?}");
                    match try_one(&mut bench, &base, &before, &what, &document) {
                        Tried::Valid => continue,
                        Tried::Shut => shut += 1,
                        Tried::Same => {}
                    }
                    is_walked = true;
                    tried += 1;
                }
                assert!(is_walked, "{section}.{object}.{path} cannot be broken");
            }
        }
    }
    // As good as before.
    bench.take("file", base.decode(&base.document));
    let mended = Doors::of(&bench.compile(), &base);
    assert_eq!((mended.answers, mended.handshakes), (before.answers, before.handshakes));
    assert!(tried > 1000 && shut > tried / 2, "{tried} {shut}");
}

#[test]
fn no_object_that_is_broken_or_gone_opens_a_door() {
    let base = Base::new();
    let mut bench = base.bench();
    let before = Doors::of(&bench.compile(), &base);
    // Of a router that is no table nobody knows where it was meant to be.
    for section in Section::ALL.into_iter().filter(|section| !is_routers(*section)) {
        for object in base.objects(section) {
            let whole = Path::of_object(section, &object);
            for broken in edit::whole(section) {
                let document = edit::broken(&base.document, &whole, &Path::default(), &Shape::Open, &broken);
                let what = format!("{section}.{object}: {broken:?}");
                try_one(&mut bench, &base, &before, &what, &document);
            }
        }
    }
}

#[test]
fn no_section_that_is_broken_opens_a_door() {
    let base = Base::new();
    let mut bench = base.bench();
    let before = Doors::of(&bench.compile(), &base);
    let mut sections: Vec<&str> = Section::ALL.iter().map(|section| section.path()).collect();
    sections.push("tls");
    // A key of a file that nobody knows belongs to somebody else. Where nothing is known of routers, there is nothing to keep closed.
    let routers = Section::ALL.into_iter().filter(|section| is_routers(*section));
    routers.for_each(|of| sections.retain(|section| *section != of.path()));
    for section in sections {
        let path = Path::from(section);
        let is_key_of_file = |broken: &Break| matches!(broken, Break::Misspelt) && section == "tls";
        for broken in edit::section_breaks().into_iter().filter(|broken| !is_key_of_file(broken)) {
            let document = edit::broken(&base.document, &path, &Path::default(), &Shape::Open, &broken);
            try_one(&mut bench, &base, &before, &format!("{section}: {broken:?}"), &document);
        }
    }
}

#[test]
fn nothing_that_an_entry_point_names_in_vain_opens_a_door() {
    let base = Base::new();
    let before = Doors::of(&base.bench().compile(), &base);
    for (right, wrong) in base::NAMED_BY_ENTRY_POINTS {
        let mut bench = base.bench_with(&base::ENTRY_POINTS.replacen(right, wrong, 1));
        let made = bench.compile();
        assert!(!made.told().is_empty(), "{wrong}");
        let opened = Doors::of(&made, &base).opened(&before);
        assert!(opened.is_empty(), "{wrong}\n{}\n{}", opened.join("\n"), made.told().join("\n"));
    }
}
