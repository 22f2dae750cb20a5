//! Golden cases: the objects of `golden/CASE/in.yaml` come to the files beside it.
//!
//! The first document of `in.yaml` has settings; all others are objects as an API server gives them. What comes out
//! is `topology.json` and `configuration.json` (as the API shows them), `shadows.json`, `subjects.json` (what names stand
//! for), and `problems.txt` where there are any. `WINDROSE_BLESS=1` writes what comes out; read it before it is kept.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_mesh_topology::facts::Table;
use windrose_mesh_topology::{Crossing, Fact, Facts, Mesh, Mode, Ports, Settings, Sources, Unruled, shadow};

#[test]
fn every_case_comes_to_what_is_written_beside_it() {
    let mut wrong = Vec::new();
    for case in cases() {
        let made = made(&objects(&case));
        for (file, text) in &made {
            let golden = case.join(file);
            if std::env::var_os("WINDROSE_BLESS").is_some() {
                write(&golden, text);
            } else if fs::read_to_string(&golden).unwrap_or_default() != *text {
                wrong.push(format!("{}:\n{text}", golden.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_order_of_objects_changes_what_they_come_to() {
    for case in cases() {
        let (settings, mut objects) = objects(&case);
        let forward = made(&(settings.clone(), objects.clone()));
        objects.reverse();
        assert_eq!(forward, made(&(settings, objects)), "{}", case.display());
    }
}

#[test]
fn every_rule_is_one_that_the_proxies_understand() {
    for case in cases() {
        let made = made(&objects(&case));
        let configuration: Value = serde_json::from_str(&made["configuration.json"]).unwrap();
        for (section, protocol) in
            [("http", windrose_rule::Protocol::Http), ("tcp", windrose_rule::Protocol::Tcp)]
        {
            for (name, router) in configuration[section]["routers"].as_object().into_iter().flatten() {
                let rule = router["rule"].as_str().unwrap();
                let parsed = windrose_rule::parse(rule, windrose_rule::Syntax::V2, protocol);
                assert!(parsed.is_ok(), "{}: {name}: {rule}: {:?}", case.display(), parsed.err());
            }
        }
    }
}

#[test]
fn every_name_leads_to_something() {
    for case in cases() {
        let made = made(&objects(&case));
        let configuration: Value = serde_json::from_str(&made["configuration.json"]).unwrap();
        for section in ["http", "tcp", "udp"] {
            let section = &configuration[section];
            for router in section["routers"].as_object().into_iter().flat_map(|routers| routers.values()) {
                assert!(section["services"][router["service"].as_str().unwrap()].is_object(), "{router}");
                for middleware in router["middlewares"].as_array().into_iter().flatten() {
                    assert!(section["middlewares"][middleware.as_str().unwrap()].is_object(), "{router}");
                }
            }
            for service in section["services"].as_object().into_iter().flat_map(|services| services.values())
            {
                for name in parts(service) {
                    assert!(section["services"][name].is_object(), "{service}");
                }
            }
            let middlewares = section["middlewares"].as_object();
            for middleware in middlewares.into_iter().flat_map(|middlewares| middlewares.values()) {
                for member in middleware["chain"]["middlewares"].as_array().into_iter().flatten() {
                    assert!(section["middlewares"][member.as_str().unwrap()].is_object(), "{middleware}");
                }
            }
        }
    }
}

/// The names of all services that one leads to.
fn parts(service: &Value) -> Vec<&str> {
    let shared = ["weighted", "highestRandomWeight"].map(|way| &service[way]["services"]);
    let lists = shared.into_iter().chain([&service["mirroring"]["mirrors"]]);
    let listed = lists.flat_map(|list| list.as_array().into_iter().flatten()).map(|part| &part["name"]);
    let alone = [("mirroring", "service"), ("failover", "service"), ("failover", "fallback")];
    let alone = alone.map(|(way, field)| &service[way][field]).into_iter().filter(|name| name.is_string());
    listed.chain(alone).map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn every_router_of_a_service_stands_for_something() {
    for case in cases() {
        let made = made(&objects(&case));
        let read = |file: &str| -> Value { serde_json::from_str(&made[file]).unwrap() };
        let (configuration, subjects) = (read("configuration.json"), read("subjects.json"));
        for section in ["http", "tcp", "udp"] {
            for (name, router) in configuration[section]["routers"].as_object().into_iter().flatten() {
                let subject = &subjects["routers"][name];
                if router["service"] == "readiness" {
                    assert!(subject.is_null(), "{}: {name}", case.display());
                    continue;
                }
                assert!(subject["service"].is_string(), "{}: {name}", case.display());
                // Who refuses anybody says by what.
                let refuses = router["middlewares"].to_string();
                let refuses = refuses.contains("whitelist") || refuses.contains("block-all");
                assert_eq!(refuses, subject["policy"].is_string(), "{}: {name}", case.display());
            }
        }
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    cases
}

/// Settings and objects of a case.
fn objects(case: &Path) -> (Value, Vec<Value>) {
    let text = fs::read_to_string(case.join("in.yaml")).unwrap();
    let mut documents = text.split("\n---\n").map(|text| serde_saphyr::from_str::<Value>(text).unwrap());
    let settings = documents.next().unwrap();
    assert!(settings.get("kind").is_none(), "{}: no settings", case.display());
    (settings, documents.collect())
}

/// What comes out, by file.
fn made((settings, objects): &(Value, Vec<Value>)) -> BTreeMap<&'static str, String> {
    let settings = settings_of(settings);
    let mut facts = Facts::default();
    objects.iter().for_each(|object| put(&mut facts, object));
    let shadows = objects.iter().filter(|object| object["metadata"]["labels"]["type"] == "shadow");
    let mut ports = Ports::restore(shadows, &settings);
    ports.settle(&facts, &settings);
    let mesh = Mesh::build(&facts, &ports, &settings);
    let (shadows, _) = shadow::wanted(&facts, &ports, &settings);
    let shadows: Vec<Value> = shadows.values().map(|shadow| shadow.object(&settings)).collect();
    let problems: Vec<String> = mesh.problems.iter().map(|problem| format!("{problem}\n")).collect();
    BTreeMap::from([
        ("topology.json", pretty(&json!(mesh.topology))),
        ("configuration.json", pretty(&json!(mesh.configuration))),
        ("shadows.json", pretty(&json!(shadows))),
        ("subjects.json", pretty(&json!(mesh.subjects))),
        ("problems.txt", problems.concat()),
    ])
}

fn put(facts: &mut Facts, object: &Value) {
    match object["kind"].as_str().unwrap() {
        "Service" => place(&mut facts.services, object),
        "EndpointSlice" => place(&mut facts.slices, object),
        "Pod" => place(&mut facts.pods, object),
        "TrafficSplit" => place(&mut facts.splits, object),
        "TrafficTarget" => place(&mut facts.targets, object),
        "HTTPRouteGroup" => place(&mut facts.http_groups, object),
        "TCPRoute" => place(&mut facts.tcp_routes, object),
        "UDPRoute" => place(&mut facts.udp_routes, object),
        "Middleware" => place(&mut facts.middlewares, object),
        "TraefikService" => place(&mut facts.traefik_services, object),
        other => panic!("unknown kind {other}"),
    }
}

fn place<T: Fact>(table: &mut Table<T>, object: &Value) {
    let name = |field: &str| Arc::from(object["metadata"][field].as_str().unwrap());
    let fact = T::read(object.clone()).unwrap_or_else(|| panic!("cannot be read: {object}"));
    table.insert((name("namespace"), name("name")), Arc::new(fact));
}

fn settings_of(written: &Value) -> Settings {
    let list =
        |value: &Value| value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().into()).collect();
    let mut settings = Settings::default();
    for (name, value) in written.as_object().unwrap() {
        match name.as_str() {
            "acl" => settings.acl = value == true,
            "defaultMode" => settings.default_mode = Mode::from_str(value.as_str().unwrap()).unwrap(),
            "namespace" => settings.mesh_namespace = value.as_str().unwrap().into(),
            "watchNamespaces" => settings.watch_namespaces = list(value),
            "ignoreNamespaces" => settings.ignore_namespaces = list(value),
            "limitHTTPPort" => settings.limits.http = value.as_u64().unwrap().try_into().unwrap(),
            "limitTCPPort" => settings.limits.tcp = value.as_u64().unwrap().try_into().unwrap(),
            "limitUDPPort" => settings.limits.udp = value.as_u64().unwrap().try_into().unwrap(),
            "targetsWithoutRules" if value == "allow" => settings.targets_without_rules = Unruled::Allow,
            "tcpSources" if value == "open" => settings.tcp_sources = Sources::Open,
            "udpSources" if value == "open" => settings.udp_sources = Sources::Open,
            "allowCrossNamespace" if value == true => settings.crossing = Crossing::Allowed,
            "windroseZone" => settings.windrose_zone = value == true,
            other => panic!("unknown setting {other}"),
        }
    }
    settings
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

/// What is empty has no file.
fn write(file: &Path, text: &str) {
    if text.is_empty() {
        let _ = fs::remove_file(file);
    } else {
        fs::write(file, text).unwrap();
    }
}
