//! TCP and UDP: what is told, what is kept, what changes with HTTP beside it.

use windrose_wire::client_hello::{ClientHello, ServerName};

use super::*;
use crate::route::tcp::{TcpRoute, TcpRoutes, Way};

const ENTRY_POINTS: &str = "entryPoints: {web: {address: ':80'}, dns: {address: ':53/udp'}}";

const GOOD: &str = "
tcp:
  routers:
    a: {rule: 'HostSNI(`a.test`)', service: one, tls: {}}
    b: {rule: 'HostSNI(`b.test`)', service: other, middlewares: [few], tls: {passthrough: true}}
    all: {rule: 'HostSNI(`*`)', service: other, tls: {}}
  services:
    one: {loadBalancer: {servers: [{address: '10.0.0.1:1'}, {address: '10.0.0.2:1'}]}}
    other: {weighted: {services: [{name: one}]}}
  middlewares:
    few: {inFlightConn: {amount: 1}}
udp:
  routers: {d: {service: one}}
  services: {one: {loadBalancer: {servers: [{address: '10.0.0.1:1'}]}}}
";

fn hello(name: &str) -> ClientHello {
    let mut hello = ClientHello::default();
    hello.server_name = ServerName::Host(name.to_owned());
    hello
}

fn routes(made: &Compiled) -> &Arc<TcpRoutes> {
    made.listener(0).tcp.as_ref().expect("routes of TCP")
}

fn route(made: &Compiled, name: &str) -> Option<Arc<TcpRoute>> {
    routes(made).find_secure(&hello(name), [10, 0, 0, 9].into()).cloned()
}

fn open(route: &TcpRoute) -> &crate::route::tcp::Open {
    match &route.way {
        Way::Open(open) => open,
        Way::Closed => panic!("{} is closed", route.name),
    }
}

#[test]
fn what_did_not_change_is_kept() {
    let mut bench = Bench::new(ENTRY_POINTS);
    let first = bench.say("file", GOOD);
    assert_eq!(first.told(), Vec::<String>::new());
    let again = bench.say("file", GOOD);
    assert!(Arc::ptr_eq(&first.snapshot, &again.snapshot));
    let beside = bench.say(
        "file",
        &format!("{GOOD}http: {{routers: {{h: {{rule: 'Host(`h.test`)', service: noop@internal}}}}}}"),
    );
    assert!(Arc::ptr_eq(routes(&first), routes(&beside)), "HTTP without TLS changes nothing here");
    assert!(!Arc::ptr_eq(&first.snapshot, &beside.snapshot));
    let changed = bench.say("file", &GOOD.replace("amount: 1", "amount: 2"));
    let kept = ["a.test", "b.test", "c.test"]
        .map(|name| Arc::ptr_eq(&route(&first, name).unwrap(), &route(&changed, name).unwrap()));
    assert_eq!(kept, [true, false, true], "only one router has that gate");
    let udp = |made: &Compiled| made.listener(1).udp.clone().unwrap();
    assert!(Arc::ptr_eq(&udp(&first), &udp(&changed)));
}

#[test]
fn turns_and_counts_go_on_over_a_reload() {
    let mut bench = Bench::new(ENTRY_POINTS);
    let first = bench.say("file", GOOD);
    let pick =
        |made: &Compiled| open(&route(made, "a.test").unwrap()).service.pick().unwrap().address.to_string();
    assert_eq!(pick(&first), "10.0.0.1:1");
    // Another transport makes another service of the same servers.
    let by = GOOD.replace(
        "{loadBalancer: {servers: [{address: '10.0.0.1:1'}, ",
        "{loadBalancer: {terminationDelay: 5, servers: [{address: '10.0.0.1:1'}, ",
    );
    let second = bench.say("file", &by);
    assert!(!Arc::ptr_eq(&route(&first, "a.test").unwrap(), &route(&second, "a.test").unwrap()));
    assert_eq!(pick(&second), "10.0.0.2:1");
    let gate = |made: &Compiled| Arc::clone(&open(&route(made, "b.test").unwrap()).gates[0]);
    assert!(Arc::ptr_eq(&gate(&first), &gate(&second)), "who is counted stays counted");
}

#[test]
fn routers_of_http_beside_them_change_who_gets_tls() {
    let mut bench = Bench::new(ENTRY_POINTS);
    let http = |rule: &str| {
        format!("{GOOD}http: {{routers: {{h: {{rule: '{rule}', service: noop@internal, tls: {{}}}}}}}}")
    };
    let alone = bench.say("file", GOOD);
    let names = |made: &Compiled| {
        ["a.test", "c.test"].map(|name| route(made, name).map(|route| route.name.to_string()))
    };
    let of = |name: &str| Some(name.to_owned());
    assert_eq!(names(&alone), [of("a@file"), of("all@file")]);
    assert_eq!(names(&bench.say("file", &http("Host(`a.test`)"))), [None, of("all@file")]);
    assert_eq!(names(&bench.say("file", &http("Host(`*.test`)"))), [None, None]);
    assert_eq!(names(&bench.say("file", &http("PathPrefix(`/`)"))), [of("a@file"), None]);
    // A router that cannot be used keeps its host, too.
    let broken = http("Host(`a.test`)").replace("noop@internal", "gone");
    assert_eq!(names(&bench.say("file", &broken)), [None, of("all@file")]);
    assert_eq!(names(&bench.say("file", GOOD)), [of("a@file"), of("all@file")]);
    assert!(!routes(&alone).is_plain_only());
}

#[test]
fn priorities_decide_and_everybody_comes_last() {
    let mut bench = Bench::new(ENTRY_POINTS);
    let made = bench.say(
        "file",
        "
tcp:
  routers:
    all: {rule: 'HostSNI(`*`)', service: s, tls: {}}
    shorter: {rule: 'HostSNIRegexp(`t`)', service: s, tls: {}}
    longer: {rule: 'HostSNIRegexp(`test`)', service: s, tls: {}}
    first: {rule: 'HostSNI(`p.test`)', priority: 1000, service: s, tls: {}}
    old: {rule: 'HostSNI(`v.old`, `w.old`)', ruleSyntax: v2, service: s, tls: {}}
  services: {s: {loadBalancer: {servers: []}}}
",
    );
    assert_eq!(made.told(), Vec::<String>::new());
    for (name, expected) in
        [("p.test", "first"), ("x.test", "longer"), ("a.t", "shorter"), ("w.old", "old"), ("else", "all")]
    {
        assert_eq!(&*route(&made, name).unwrap().name, format!("{expected}@file"), "{name}");
    }
}

#[test]
fn everything_wrong_is_told_and_closes_its_place() {
    let mut bench = Bench::new(ENTRY_POINTS);
    let made = bench.say("file", "
tcp:
  routers:
    naked: {rule: 'HostSNI(`a.test`)', service: good}
    nowhere: {rule: 'HostSNI(`b.test`)', service: good, tls: {}, entryPoints: [dns]}
    ruled: {rule: 'HostSNY(`b.test`)', service: good, tls: {}}
    alone: {rule: 'HostSNI(`c.test`)', tls: {options: none}}
    gated: {rule: 'HostSNI(`d.test`)', service: gode, tls: {passthrough: true, options: none}, middlewares: [m]}
  services:
    good: {loadBalancer: {servers: [{address: 'a:1'}]}}
    port: {loadBalancer: {servers: [{address: a}]}}
    round: {weighted: {services: [{name: trip}]}}
    trip: {weighted: {services: [{name: round}]}}
    careless: {weighted: {services: [{name: good}], healthCheck: {}}}
    lost: {loadBalancer: {serversTransport: gone, servers: []}}
    late: {loadBalancer: {healthCheck: {interval: 0}, proxyProtocol: {version: 3}, servers: []}}
  middlewares:
    m: {inFlightConn: {amount: 0}}
  serversTransports:
    odd: {proxyProtocol: {version: 9}}
udp:
  routers:
    d: {service: gone}
    e: {entryPoints: [web], service: one}
  services:
    one: {loadBalancer: {servers: [{address: ':1'}]}}
");
    let told = made.told().join("\n");
    for expected in [
        "tcp.routers.naked@file: dynamic.yaml:4:20: error: the rule asks for a server name, which only TLS has",
        "tcp.routers.nowhere@file: dynamic.yaml:5:80: error: entry point dns listens for something else",
        "tcp.routers.ruled@file: dynamic.yaml:6:20: error: rule: ",
        "tcp.routers.alone@file: dynamic.yaml:7:5: error: router has no service, write one",
        "tcp.routers.alone@file: dynamic.yaml:7:55: error: TLS options none@file does not exist",
        "tcp.routers.gated@file: dynamic.yaml:8:49: error: service gode@file does not exist",
        "tcp.routers.gated@file: dynamic.yaml:8:89: warning: TLS options have no effect with passthrough",
        "tcp.routers.gated@file: dynamic.yaml:8:110: error: middleware m@file is disabled",
        "tcp.services.port@file: dynamic.yaml:11:47: error: \"a\": a server address needs a port",
        "error: service refers to itself: round@file -> trip@file -> round@file",
        "tcp.services.round@file: dynamic.yaml:12:42: error: service trip@file is disabled",
        "tcp.services.careless@file: dynamic.yaml:14:5: error: healthCheck needs one in service good@file as well",
        "tcp.services.lost@file: dynamic.yaml:15:45: error: serversTransport gone@file does not exist",
        "tcp.services.late@file: dynamic.yaml:16:5: error: proxyProtocol.version is neither 1 nor 2",
        "tcp.middlewares.m@file: dynamic.yaml:18:32: error: amount is 0",
        "tcp.serversTransports.odd@file: dynamic.yaml:20:5: error: proxyProtocol.version is neither 1 nor 2",
        "udp.routers.d@file: dynamic.yaml:23:18: error: service gone@file does not exist",
        "udp.routers.e@file: dynamic.yaml:24:23: error: entry point web listens for something else",
        "udp.services.one@file: dynamic.yaml:26:47: error: \":1\": a server address is host:port",
    ] {
        assert!(told.contains(expected), "{expected}\nis not in\n{told}");
    }
    for name in ["a.test", "c.test", "d.test"] {
        assert!(matches!(route(&made, name).unwrap().way, Way::Closed), "{name}");
    }
    assert!(route(&made, "b.test").is_none() && made.listener(1).udp.is_none());
}

/// A configuration chosen by bits: each switches something that others depend on.
fn chosen(bits: usize) -> String {
    let one_of =
        |bit: usize, off: &'static str, on: &'static str| if bits >> bit & 1 == 1 { on } else { off };
    let text = format!(
        "
tcp:
  routers:
    a: {{rule: 'HostSNI(`a.test`)', service: {}, tls: {{{}}}}}
    b: {{rule: 'HostSNI(`b.test`) {}', service: other, middlewares: [{}], tls: {{passthrough: {}}}}}
    all: {{rule: 'HostSNI(`*`)', service: one{}}}
  services:
    one: {{loadBalancer: {{{}servers: [{{address: '{}'}}]}}}}
    other: {{weighted: {{services: [{{name: one, weight: {}}}]}}}}
  middlewares:
    few: {{inFlightConn: {{amount: {}}}}}
  serversTransports:
    way: {{dialTimeout: {}}}
tls: {{options: {{strict: {{minVersion: {}}}, default: {{sniStrict: {}}}}}}}
http: {{routers: {{h: {{rule: '{}', service: noop@internal{}}}}}}}
udp:
  routers: {{d: {{service: {}}}, e: {{service: one, {}}}}}
  services: {{one: {{loadBalancer: {{servers: [{{address: '10.0.0.1:1'}}]}}}}}}
",
        one_of(0, "one", "gone"),
        one_of(1, "", "options: strict"),
        one_of(2, "", "&& ALPN(`h2`)"),
        one_of(3, "", "few"),
        one_of(4, "false", "true"),
        one_of(5, "", ", tls: {}"),
        one_of(6, "", "serversTransport: way, "),
        one_of(7, "10.0.0.1:1", "10.0.0.1"),
        one_of(8, "1", "2"),
        one_of(9, "1", "0"),
        one_of(10, "1s", "2s"),
        one_of(11, "VersionTLS12", "VersionTLS14"),
        one_of(12, "true", "maybe"),
        one_of(13, "Host(`a.test`)", "PathPrefix(`/`)"),
        one_of(14, "", ", tls: {}"),
        one_of(15, "one", "gone"),
        one_of(16, "entryPoints: [dns]", "entryPoint: [dns]"),
    );
    text
}

/// All that traffic and operators see.
fn seen(made: &Compiled) -> Vec<String> {
    let mut seen = made.told();
    seen.sort();
    let listener = made.listener(0);
    let routes = listener.tcp.clone().unwrap_or_default();
    let mut note = |what: &str, route: Option<&Arc<TcpRoute>>| {
        let way = route.map(|route| match &route.way {
            Way::Closed => format!("{} closed", route.name),
            Way::Open(open) => {
                let server = open.service.pick();
                let by = server.map(|server| (&server.address, server.connector.dial_timeout));
                let tls = match &open.tls {
                    crate::route::tcp::TlsUse::Terminate(acceptor) => {
                        format!("{:?}", acceptor.options_id(""))
                    }
                    other => format!("{other:?}"),
                };
                format!("{} {} {} {tls} {by:?}", route.name, open.gates.len(), open.service.name)
            }
        });
        seen.push(format!("{what}: {way:?}"));
    };
    note("plain", routes.find_plain([10, 0, 0, 1].into()));
    for name in ["a.test", "b.test", "c.test"] {
        note(name, routes.find_secure(&hello(name), [10, 0, 0, 1].into()));
    }
    seen.push(format!("{} {:?}", routes.is_plain_only(), made.listener(1).udp));
    seen
}

#[test]
fn remembering_makes_no_difference() {
    let mut random = windrose_random::Random::new();
    let mut bench = Bench::new(ENTRY_POINTS);
    let mut bits = 0;
    for _ in 0..300 {
        for _ in 0..=random.below(3) {
            bits ^= 1 << random.below(17);
        }
        let made = bench.say("file", &chosen(bits));
        let afresh = bench.afresh();
        assert_eq!(seen(&made), seen(&afresh), "{bits:b}");
        let again = bench.compile();
        assert!(Arc::ptr_eq(&made.snapshot, &again.snapshot), "{bits:b}");
    }
}

#[test]
fn servers_are_reached_as_the_nearest_word_says() {
    let mut bench = Bench::new(
        "
entryPoints: {web: {address: ':80'}}
tcpServersTransport: {dialTimeout: 7s, dialKeepAlive: -1s, terminationDelay: 9s}
",
    );
    let made = bench.say(
        "file",
        "
tcp:
  routers:
    plain: {rule: 'HostSNI(`plain`)', service: plain, tls: {}}
    own: {rule: 'HostSNI(`own`)', service: own, tls: {}}
    never: {rule: 'HostSNI(`never`)', service: never, tls: {}}
    way: {rule: 'HostSNI(`way`)', service: way, tls: {}}
  services:
    plain: {loadBalancer: {servers: [{address: 'a:1'}]}}
    own: {loadBalancer: {proxyProtocol: {version: 1}, terminationDelay: 250, servers: [{address: 'a:1'}]}}
    never: {loadBalancer: {proxyProtocol: {}, terminationDelay: -1, servers: [{address: 'a:1'}]}}
    way: {loadBalancer: {serversTransport: way, proxyProtocol: {version: 1}, servers: [{address: 'a:1'}]}}
  serversTransports:
    way: {dialKeepAlive: 0, proxyProtocol: {}, tls: {serverName: b.test}}
",
    );
    let seconds = |seconds| Some(std::time::Duration::from_secs(seconds));
    let by = |name: &str| {
        let route = route(&made, name).unwrap();
        let connector = Arc::clone(&open(&route).service.pick().unwrap().connector);
        let told = connector.proxy.map(|version| format!("{version:?}"));
        let name = connector.server_name.clone();
        (connector.dial_timeout.as_secs(), connector.keep_alive, connector.termination_delay, told, name)
    };
    let told = |version: &str| Some(version.to_owned());
    assert_eq!(by("plain"), (7, None, seconds(9), None, None));
    let quarter = Some(std::time::Duration::from_millis(250));
    assert_eq!(by("own"), (7, None, quarter, told("V1"), None));
    assert_eq!(by("never"), (7, None, None, told("V2"), None));
    assert_eq!(by("way"), (30, seconds(15), None, told("V2"), Some("b.test".into())));
    let warnings = made.told();
    let of = |service: &str, text: &str| {
        let is_it =
            |line: &String| line.contains(&format!("tcp.services.{service}@file")) && line.contains(text);
        warnings.iter().any(is_it)
    };
    assert!(of("own", "proxyProtocol of a service is deprecated"), "{warnings:?}");
    assert!(of("own", "terminationDelay of a service is deprecated"), "{warnings:?}");
    assert!(of("way", "proxyProtocol has no effect beside serversTransport"), "{warnings:?}");
}
