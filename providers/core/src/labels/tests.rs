use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::*;
use crate::template::Data;

/// Labels that are written `name=value`, one in a line.
fn labels(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once('=').unwrap()).map(|(name, value)| (name.into(), value.into())).collect()
}

/// A workload that listens on port 80, or on the one that is written.
fn read_of(name: &str, text: &str) -> DynamicConfig {
    let find = |port: Option<&str>| Ok(vec![Address::new("10.0.0.2", port.unwrap_or("80"))]);
    read_at(name, text, Servers::At(&find))
}

fn read_at(name: &str, text: &str, servers: Servers<'_>) -> DynamicConfig {
    let labels = labels(text);
    let data = [("Name", Data::Text(name)), ("Labels", Data::Texts(&labels))];
    let rule = DefaultRule {
        template: "Host(`{{ normalize .Name }}`)",
        option: "providers.docker.defaultRule",
        data: &data,
    };
    read(
        &Workload {
            owner: &format!("container {name}"),
            name,
            labels: &labels,
            servers,
            rule,
            constraints: &Constraints::default(),
        },
        &[],
    )
}

/// All that a configuration says, with what is wrong.
fn shown(config: &DynamicConfig) -> Value {
    let mut value = serde_json::to_value(config).unwrap();
    // Options of middlewares as they are, not as they are shown.
    for (root, middlewares) in [("http", &config.http.middlewares), ("tcp", &config.tcp.middlewares)] {
        let all = middlewares.iter().map(|(name, middleware)| {
            (
                name.to_string(),
                json!({ &*middleware.kind.value: serde_json::to_value(&middleware.options).unwrap() }),
            )
        });
        let all: Map<String, Value> = all.collect();
        if !all.is_empty() {
            value[root]["middlewares"] = Value::Object(all);
        }
    }
    let closed: Vec<&str> = config.http.closed.keys().map(AsRef::as_ref).collect();
    if !closed.is_empty() {
        value["closed"] = json!(closed);
    }
    if !config.problems.is_empty() {
        value["problems"] = config.problems.iter().map(|problem| Value::from(problem.to_string())).collect();
    }
    value
}

/// Every fixture: labels in, configuration out. With `UPDATE_GOLDEN` set the outcome is written in place of compared.
#[test]
fn labels_declare_what_the_fixtures_say() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/labels"));
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        seen += 1;
        let config = read_of("web-shop", &fs::read_to_string(&path).unwrap());
        let outcome = format!("{:#}\n", shown(&config));
        let expected = path.with_extension("json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(expected, outcome).unwrap();
            continue;
        }
        assert_eq!(outcome, fs::read_to_string(expected).unwrap(), "{}", path.display());
    }
    assert!(seen >= 2, "{seen} fixtures");
}

/// One line for each object: `section name: …`.
fn objects(config: &DynamicConfig) -> Vec<String> {
    let value = shown(config);
    let mut lines = Vec::new();
    for root in ["http", "tcp", "udp", "tls"] {
        for section in ["routers", "services", "middlewares", "stores"] {
            if let Some(objects) = value[root][section].as_object() {
                lines
                    .extend(objects.iter().map(|(name, object)| format!("{root}.{section}.{name} {object}")));
            }
        }
    }
    lines.extend(
        value["closed"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|name| format!("closed {}", name.as_str().unwrap())),
    );
    lines.extend(
        value["problems"].as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()),
    );
    lines
}

/// What labels of container `a` come to, compared line by line.
fn check(text: &str, expected: &[&str]) {
    assert_eq!(objects(&read_of("a", text)), expected, "{text}");
}

const OWN_SERVICE: &str = r#"http.services.a {"loadBalancer":{"servers":[{"url":"http://10.0.0.2:80"}],"strategy":"wrr","passHostHeader":true}}"#;

#[test]
fn a_workload_without_labels_has_a_router_and_a_service_of_its_own() {
    check("", &[r#"http.routers.a {"service":"a","rule":"Host(`a`)"}"#, OWN_SERVICE]);
}

#[test]
fn what_is_not_written_is_added() {
    check(
        "traefik.http.routers.R.entrypoints=web",
        &[r#"http.routers.R {"entryPoints":["web"],"service":"a","rule":"Host(`a`)"}"#, OWN_SERVICE],
    );
    check(
        "traefik.http.services.s.loadbalancer.server.port=81
         traefik.http.services.s.loadbalancer.server.scheme=h2c",
        &[
            r#"http.routers.a {"service":"s","rule":"Host(`a`)"}"#,
            r#"http.services.s {"loadBalancer":{"servers":[{"url":"h2c://10.0.0.2:81"}],"strategy":"wrr","passHostHeader":true}}"#,
        ],
    );
    check(
        "traefik.http.services.s.loadbalancer.server.url=http://else:1/x
         traefik.http.services.s.loadbalancer.server.weight=3",
        &[
            r#"http.routers.a {"service":"s","rule":"Host(`a`)"}"#,
            r#"http.services.s {"loadBalancer":{"servers":[{"url":"http://else:1/x","weight":3}],"strategy":"wrr","passHostHeader":true}}"#,
        ],
    );
    check(
        "traefik.http.middlewares.m.compress=true",
        &[
            r#"http.routers.a {"service":"a","rule":"Host(`a`)"}"#,
            OWN_SERVICE,
            r#"http.middlewares.m {"compress":"true"}"#,
        ],
    );
}

#[test]
fn tcp_and_udp_alone_need_no_http() {
    check(
        "traefik.tcp.routers.r.rule=HostSNI(`*`)
         traefik.tcp.services.s.loadbalancer.server.port=5432
         traefik.tcp.services.s.loadbalancer.server.tls=true",
        &[
            r#"tcp.routers.r {"service":"s","rule":"HostSNI(`*`)"}"#,
            r#"tcp.services.s {"loadBalancer":{"servers":[{"address":"10.0.0.2:5432","tls":true}]}}"#,
        ],
    );
    check(
        "traefik.udp.routers.r.entrypoints=dns",
        &[
            r#"udp.routers.r {"entryPoints":["dns"],"service":"a"}"#,
            r#"udp.services.a {"loadBalancer":{"servers":[{"address":"10.0.0.2:80"}]}}"#,
        ],
    );
    let both =
        read_of("a", "traefik.tcp.routers.r.rule=HostSNI(`*`)\ntraefik.http.middlewares.m.compress=true");
    assert_eq!((both.tcp.services.len(), both.http.routers.len(), both.http.services.len()), (1, 1, 1));
    check(
        "traefik.tcp.routers.r.entrypoints=x",
        &[
            r#"tcp.services.a {"loadBalancer":{"servers":[{"address":"10.0.0.2:80"}]}}"#,
            "labels of container a: traefik.tcp.routers.r.entrypoints: error: router `r` has no rule, and there is no default one for TCP; set traefik.tcp.routers.r.rule",
        ],
    );
}

#[test]
fn a_router_with_several_services_to_choose_from_has_to_name_one() {
    let config = read_of(
        "a",
        "traefik.http.services.s.loadbalancer.server.port=81
         traefik.http.services.t.loadbalancer.server.port=82
         traefik.http.routers.r.rule=Path(`/r`)
         traefik.http.routers.q.rule=Path(`/q`)
         traefik.http.routers.q.service=t",
    );
    assert_eq!(config.http.routers.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["q"]);
    assert_eq!(
        objects(&config)[3..],
        [
            "closed r",
            "labels of container a: traefik.http.routers.r.rule: error: router `r` names no service, and there are several: s, t; set traefik.http.routers.r.service"
        ]
    );
    let none = read_of(
        "a",
        "traefik.http.services.s.loadbalancer.server.port=81\ntraefik.http.services.t.loadbalancer.server.port=82",
    );
    assert!(none.http.routers.is_empty() && none.http.services.len() == 2);
    assert!(
        none.problems[0].to_string().contains("there are 2 services and no router"),
        "{:?}",
        none.problems
    );
}

#[test]
fn a_wrong_label_costs_its_object_only_and_says_what_was_meant() {
    let good = "traefik.http.routers.good.rule=Path(`/`)\ntraefik.http.routers.good.service=s\ntraefik.http.services.s.loadbalancer.server.port=80";
    let cases = [
        (
            "traefik.http.routers.bad.rule=Path(`/b`)\ntraefik.http.routers.bad.entrypoint=web",
            "traefik.http.routers.bad.entrypoint: error: unknown field `entrypoint`",
            Some("entryPoints"),
            Some("bad"),
        ),
        (
            "traefik.http.services.t.loadbalancer.server.prot=80",
            "traefik.http.services.t.loadbalancer.server.prot: error: unknown field `prot`",
            Some("port"),
            None,
        ),
        (
            "traefik.http.services.t.loadbalancer.sever.port=80",
            "traefik.http.services.t.loadbalancer.sever.port: error: unknown field `sever`",
            Some("server"),
            None,
        ),
        (
            "traefik.http.services.t.loadbalancer.servers[0].url=http://a",
            "traefik.http.services.t.loadbalancer.servers[0].url: error: unknown field `servers[]`",
            Some("server"),
            None,
        ),
        (
            "traefik.http.services.t.loadbalancer.server.url=http://a\ntraefik.http.services.t.loadbalancer.server.port=1",
            "traefik.http.services.t.loadbalancer.server.port: error: server.url of service `t` holds scheme and port; remove server.port and server.scheme",
            None,
            None,
        ),
        (
            "traefik.http.routers.bad..rule=Path(`/b`)",
            "traefik.http.routers.bad..rule: error: unknown field `..rule`",
            Some("rule"),
            Some("bad"),
        ),
        (
            "traefik.http.routers.bad.priority=high\ntraefik.http.routers.bad.rule=Path(`/b`)",
            "traefik.http.routers.bad.priority: error: ",
            None,
            Some("bad"),
        ),
        (
            "traefik.http.services.t.weighted.services[0].name=x",
            "traefik.http.services.t.weighted.services[0].name: error: labels cannot declare a service of kind weighted; write `t` into a routing file",
            None,
            None,
        ),
        (
            "traefik.http.middlewares.m.compress=false",
            "traefik.http.middlewares.m.compress: error: middleware has no type",
            None,
            None,
        ),
    ];
    for (wrong, expected, nearest, closed) in cases {
        let config = read_of("a", &format!("{good}\n{wrong}"));
        let [problem] = config.problems.as_slice() else { panic!("{wrong}: {:?}", config.problems) };
        let text = problem.to_string();
        assert!(text.starts_with(&format!("labels of container a: {expected}")), "{wrong}: {text}");
        assert_eq!(problem.nearest.as_deref(), nearest, "{wrong}");
        assert!(config.http.routers.contains_key("good") && config.http.routers.len() == 1, "{wrong}");
        assert_eq!(config.http.closed.keys().map(AsRef::as_ref).next(), closed, "{wrong}");
    }
}

#[test]
fn a_label_that_belongs_to_no_object_closes_all_of_its_workload() {
    for wrong in [
        "traefik.http.router.r.middlewares=auth",
        "traefik.httpx.routers.r.middlewares=auth",
        "traefik.http..routers.r.middlewares=auth",
        "traefik.http.routers=auth",
    ] {
        let config = read_of("a", &format!("{wrong}\ntraefik.http.routers.r.rule=Path(`/r`)"));
        let is_closed = config.http.closed.contains_key("r");
        // Where the section itself is text, nothing of it can be read.
        assert!(is_closed || wrong.ends_with("routers=auth"), "{wrong}: {:?}", config.http);
        assert!(config.http.routers.is_empty() && config.http.services.is_empty(), "{wrong}");
        assert!(!config.problems.is_empty(), "{wrong}");
    }
    let slip = read_of("a", "traefik.http.router.r.rule=x");
    assert_eq!(slip.problems[0].nearest.as_deref(), Some("routers"));
}

#[test]
fn a_label_that_constraints_ask_for_is_not_told() {
    let text = "!(Label(`traefik.htp`, `a`)) && LabelRegex(`traefik.constraint-label`, `.`)";
    let constraints = Constraints::parse(text, Subject::Labels).unwrap();
    let labels = ["traefik.htp", "traefik.constraint-label", "traefik.port"];
    let labels = labels.map(|name| (name.to_owned(), "public".to_owned())).into();
    let rule = DefaultRule { template: "", option: "defaultRule", data: &[] };
    let workload = Workload {
        owner: "container a",
        name: "a",
        labels: &labels,
        servers: Servers::None,
        rule,
        constraints: &constraints,
    };
    let problems = others::problems(&workload);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.starts_with("label `traefik.port` does nothing"), "{problems:?}");
}

#[test]
fn labels_that_are_none_are_told_and_slips_of_the_pen_close() {
    let config =
        read_of("a", "traefik.port=80\ntraefik.frontend.rule=Host:x\ntraefik.nomad.canary=true\nother=x");
    assert_eq!(
        objects(&config)[2..],
        [
            "labels of container a: traefik.frontend.rule: warning: labels `traefik.frontend.rule`, `traefik.port` do nothing: nothing but enable, docker, swarm, http, tcp, udp, tls may follow `traefik.`; remove what is left of Traefik 1"
        ]
    );
    for (wrong, meant) in
        [("traefik.htp.routers.r.middlewares=auth", "http"), ("traefik.enabel=false", "enable")]
    {
        let config = read_of("a", &format!("{wrong}\ntraefik.http.routers.r.rule=Path(`/`)"));
        assert!(config.http.routers.is_empty() && config.http.closed.contains_key("r"), "{wrong}");
        assert_eq!(config.problems[0].nearest.as_deref(), Some(meant), "{wrong}");
    }
}

#[test]
fn what_labels_cannot_say_is_ignored_and_told() {
    let config =
        read_of("a", "traefik.http.serverstransports.t.servername=x\ntraefik.tls.options.o.snistrict=true");
    assert_eq!(
        objects(&config)[2..],
        [
            "labels of container a: traefik.http.serverstransports.t.servername: warning: labels cannot declare http.serversTransports, it is ignored; write it into a routing file"
        ]
    );
}

#[test]
fn a_workload_that_does_not_listen_keeps_its_services_without_servers() {
    let config = read_at("a", "traefik.http.services.s.loadbalancer.server.port=81", Servers::None);
    assert_eq!(
        objects(&config)[1],
        r#"http.services.s {"loadBalancer":{"strategy":"wrr","passHostHeader":true}}"#
    );
    let nobody = |_: Option<&str>| Err("the container exposes no port".to_owned());
    let config = read_at("a", "traefik.http.routers.r.rule=Path(`/`)", Servers::At(&nobody));
    assert_eq!(
        objects(&config),
        [
            r#"http.routers.r {"service":"a","rule":"Path(`/`)"}"#,
            "labels of container a: error: the container exposes no port; set traefik.http.services.a.loadbalancer.server.port"
        ]
    );
    // Nobody asked for a router of a workload that listens nowhere.
    assert_eq!(
        objects(&read_at("a", "", Servers::At(&nobody))),
        [
            "labels of container a: warning: the container exposes no port; set traefik.http.services.a.loadbalancer.server.port, or traefik.enable=false"
        ]
    );
    // Nor for a service, where all routers lead elsewhere.
    let api = "traefik.http.routers.r.rule=Path(`/`)\ntraefik.http.routers.r.service=api@internal";
    assert_eq!(
        objects(&read_at("a", api, Servers::At(&nobody))),
        [r#"http.routers.r {"service":"api@internal","rule":"Path(`/`)"}"#]
    );
}

#[test]
fn a_default_rule_that_makes_none_costs_the_router() {
    for (template, words) in [("", "makes no rule"), ("{{ .None }}", "the template does not render")] {
        let all = labels("traefik.http.routers.q.rule=Path(`/q`)\ntraefik.http.routers.r.priority=1");
        let find = |_: Option<&str>| Ok(vec![Address::new("::1", "80")]);
        let rule = DefaultRule { template, option: "providers.docker.defaultRule", data: &[] };
        let servers = Servers::At(&find);
        let config = read(
            &Workload {
                owner: "task a.1",
                name: "a",
                labels: &all,
                servers,
                rule,
                constraints: &Constraints::default(),
            },
            &[],
        );
        let text = config.problems[0].to_string();
        let start = "labels of task a.1: traefik.http.routers.r.priority: error: providers.docker.defaultRule makes no rule for router `r`";
        assert!(text.starts_with(start) && text.contains(words), "{text}");
        assert_eq!(config.http.routers.len(), 1);
        assert!(shown(&config).to_string().contains("http://[::1]:80"));
    }
}

#[test]
fn servers_of_equal_services_are_joined_and_the_older_stays_where_they_differ() {
    let find = |host: &'static str| move |_: Option<&str>| Ok(vec![Address::new(host, "80")]);
    let text =
        "traefik.http.routers.r.rule=Path(`/`)\ntraefik.http.services.s.loadbalancer.passhostheader=false";
    let (one, two, three) = (find("10.0.0.1"), find("10.0.0.2"), find("10.0.0.2"));
    let old = read_at("old", text, Servers::At(&one));
    let same = read_at("same", text, Servers::At(&two));
    let twin = read_at("twin", text, Servers::At(&three));
    let other = read_of(
        "other",
        "traefik.http.routers.r.rule=Path(`/x`)\ntraefik.http.services.s.loadbalancer.strategy=p2c",
    );
    let all = merge([&old, &same, &twin, &other]);
    assert_eq!(
        objects(&all),
        [
            r#"http.routers.r {"service":"s","rule":"Path(`/`)"}"#,
            r#"http.services.s {"loadBalancer":{"servers":[{"url":"http://10.0.0.1:80"},{"url":"http://10.0.0.2:80"}],"strategy":"wrr","passHostHeader":false}}"#,
            "labels of container other: traefik.http.routers.r.rule: error: `r` in http.routers is declared by container old and, differently, by container other: that of container old, which is older, stays, this one is left out; give both the same labels, or rename one of them",
            "labels of container other: traefik.http.services.s.loadbalancer.strategy: error: `s` in http.services is declared by container old and, differently, by container other: that of container old, which is older, stays, this one is left out; give both the same labels, or rename one of them",
        ]
    );
    // What nothing was joined with is shared.
    assert!(Arc::ptr_eq(&merge([&old]).http.services["s"], &old.http.services["s"]));
}

#[test]
fn a_middleware_that_an_older_workload_lost_is_nobody_elses() {
    let broken = read_of("old", "traefik.http.middlewares.auth.compress=false");
    let lax = read_of("new", "traefik.http.middlewares.auth.compress=true");
    let all = merge([&broken, &lax]);
    assert!(all.http.middlewares.is_empty(), "{all:?}");
    assert!(all.problems[1].to_string().contains("declared by an older one"), "{:?}", all.problems);
    assert_eq!(merge([&lax, &broken]).http.middlewares.len(), 1);
}

#[test]
fn a_router_that_an_older_workload_lost_keeps_its_name_and_its_place() {
    let cases = [
        (
            "traefik.http.routers.r.rule=Host(`shop`)\ntraefik.http.routers.r.entrypoint=web",
            "traefik.http.routers.r.rule=Host(`other`)",
        ),
        (
            "traefik.tcp.routers.r.rule=HostSNI(`shop`)\ntraefik.tcp.routers.r.entrypoint=web",
            "traefik.tcp.routers.r.rule=HostSNI(`other`)",
        ),
        (
            "traefik.udp.routers.r.entrypoints=dns\ntraefik.udp.routers.r.sevice=x",
            "traefik.udp.routers.r.entrypoints=other",
        ),
    ];
    /// Routers and closed places, by name and where they are.
    fn places(config: &DynamicConfig) -> (Vec<String>, Vec<String>) {
        let (http, tcp, udp) = (&config.http, &config.tcp, &config.udp);
        let routers = http.routers.values().map(|router| router.rule.value.to_string());
        let routers = routers.chain(tcp.routers.values().map(|router| router.rule.value.to_string()));
        let points =
            |router: &windrose_config::dynamic_config::UdpRouter| format!("{:?}", router.entry_points);
        let routers = routers.chain(udp.routers.values().map(|router| points(router)));
        let closed = http.closed.values().map(|router| router.rule.value.to_string());
        let closed = closed.chain(tcp.closed.values().map(|router| router.rule.value.to_string()));
        let closed = closed.chain(udp.closed.values().map(|router| points(router)));
        (routers.collect(), closed.collect())
    }
    for (wrong, good) in cases {
        let (broken, whole) = (read_of("broken", wrong), read_of("whole", good));
        assert_eq!(broken.problems.len(), 1, "{wrong}");
        // The older one is broken: its place stays closed, and both are told.
        let all = merge([&broken, &whole]);
        assert_eq!(places(&all), (Vec::new(), places(&broken).1), "{wrong}");
        assert_eq!(places(&all).1.len(), 1, "{wrong}");
        let told: Vec<String> = all.problems.iter().map(ToString::to_string).collect();
        assert!(told[0].contains("container broken") && told[1].contains("container whole"), "{told:?}");
        assert!(told[1].contains("declared by an older one"), "{told:?}");
        // The newer one is broken: the older one stays as it is.
        let all = merge([&whole, &broken]);
        assert_eq!(places(&all), (places(&whole).0, Vec::new()), "{wrong}");
        assert_eq!(all.problems, broken.problems, "{wrong}");
        // A third one cannot open what the second one closed, nor close what the first one has.
        assert_eq!(places(&merge([&broken, &whole, &whole])), (Vec::new(), places(&broken).1), "{wrong}");
    }
}

#[test]
fn a_tcp_or_udp_router_that_misses_something_is_closed() {
    let services = |kind: &str| {
        format!(
            "traefik.{kind}.services.s.loadbalancer.server.port=1\ntraefik.{kind}.services.t.loadbalancer.server.port=2"
        )
    };
    let tcp = read_of("a", &format!("traefik.tcp.routers.r.rule=HostSNI(`a`)\n{}", services("tcp")));
    assert!(tcp.tcp.routers.is_empty() && tcp.tcp.closed.contains_key("r"), "{tcp:?}");
    let udp = read_of("a", &format!("traefik.udp.routers.r.entrypoints=dns\n{}", services("udp")));
    assert!(udp.udp.routers.is_empty() && udp.udp.closed.contains_key("r"), "{udp:?}");
    let slip = read_of("a", "traefik.enabel=true\ntraefik.tcp.routers.r.rule=HostSNI(`a`)");
    assert!(slip.tcp.closed.contains_key("r"), "{slip:?}");
}

/// Each router was compared with all others, and each service with all others.
#[test]
fn many_objects_of_one_workload_take_no_longer_for_each() {
    let begun = std::time::Instant::now();
    let all: String = (0..15_000)
        .map(|index| {
            format!(
                "traefik.http.routers.r{index}.rule=Host(`h{index}`)\ntraefik.http.services.s{index}.loadbalancer.server.port=1\n"
            )
        })
        .collect();
    let config = read_of("a", &all);
    assert_eq!((config.http.services.len(), config.http.closed.len()), (15_000, 15_000));
    assert!(config.problems.iter().all(|problem| problem.message.len() < 300));
    let routers: String =
        (0..15_000).map(|index| format!("traefik.http.routers.r{index}.rule=Host(`h`)\n")).collect();
    assert_eq!(read_of("a", &routers).http.routers.len(), 15_000);
    assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn names_are_normalized_as_in_go() {
    for (name, expected) in [("/web_1.x", "web-1-x"), ("--a--", "a"), ("é_b", "é-b"), ("", "")] {
        assert_eq!(normalize(name), expected);
    }
}

#[test]
fn a_parent_has_no_service_and_is_never_its_own() {
    let service = |text: &str, name: &str| {
        read_of("w", text).http.routers[name].service.as_ref().map(|service| service.value.to_string())
    };
    let child = "traefik.http.routers.child.rule=Path(`/`)\ntraefik.http.routers.child.parentrefs=above\n";
    let above = "traefik.http.routers.above.rule=Host(`a.test`)\n";
    assert_eq!(service(&format!("{child}{above}"), "above"), None);
    assert_eq!(service("traefik.http.routers.a.parentrefs=a, b\n", "a").as_deref(), Some("w"));
}
