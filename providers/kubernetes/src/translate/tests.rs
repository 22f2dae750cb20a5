//! Golden cases: the objects of `cases/NAME.yaml` come to what `cases/NAME.json` says.
//!
//! `cases/base.yaml` has the Services, endpoints and Secrets that all cases share. The first line of a case may set
//! options: `# crd: {…}`, `# ingress: {…}` or `# nginx: {…}`. `WINDROSE_BLESS=1` writes what comes out; read it before it is kept.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use windrose_config::source::{Format, parse};
use windrose_config::{Source, Tree};

use super::{Translated, crd, ingress, names, nginx};
use crate::objects::{Change, Kind, World};
use crate::options::{CrdOptions, IngressOptions, NginxOptions};

#[test]
fn every_case_comes_to_what_is_written_beside_it() {
    let folder = folder();
    let base = fs::read_to_string(folder.join("base.yaml")).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_none_or(|ending| ending != "yaml") || file.ends_with("base.yaml") {
            continue;
        }
        count += 1;
        let text = fs::read_to_string(&file).unwrap();
        let made = serde_json::to_string_pretty(&shown(&translated(&base, &text))).unwrap() + "\n";
        let golden = file.with_extension("json");
        if std::env::var_os("WINDROSE_BLESS").is_some() {
            fs::write(&golden, &made).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != made {
            wrong.push(format!("{}:\n{made}", file.display()));
        }
    }
    assert!(count > 8, "only {count} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_those_of_traefik() {
    let naming = names::Naming::default();
    let rule = "Host(`foo.com`) && PathPrefix(`/bar`)";
    assert_eq!(&*naming.route("default", "test.route", rule, 0), "default-test-route-6b204d94623b3df4370c");
    assert_eq!(&*naming.port("", "ns", "web.v2", "http"), "ns-web-v2-http");
    assert_eq!(&*naming.plain("ns", "my.options"), "ns-my.options");
    assert_eq!(naming.object("team", "a-app"), naming.object("team-a", "app"));
    let safe = names::Naming { is_safe: true };
    assert_ne!(safe.object("team", "a-app"), safe.object("team-a", "app"));
}

#[test]
fn no_order_of_objects_changes_what_they_come_to() {
    let base = fs::read_to_string(folder().join("base.yaml")).unwrap();
    let text = fs::read_to_string(folder().join("references.yaml")).unwrap();
    let forward = shown(&translated(&base, &text));
    let mut parts: Vec<&str> = text.split("\n---\n").collect();
    let first = parts.remove(0);
    parts.reverse();
    let backward = format!("{first}\n---\n{}", parts.join("\n---\n"));
    assert_eq!(forward, shown(&translated(&base, &backward)));
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/translate/cases")
}

/// What objects come to, with the options of their first line.
fn translated(base: &str, text: &str) -> Translated {
    let mut world = World::default();
    for object in base.split("\n---\n").chain(text.split("\n---\n")) {
        put(&mut world, object);
    }
    let first = text.lines().next().unwrap_or_default();
    if let Some(options) = first.strip_prefix("# nginx: ") {
        return nginx::translate(&world, &options_of(options, NginxOptions::decode));
    }
    match first.strip_prefix("# ingress: ") {
        Some(options) => ingress::translate(&world, &options_of(options, IngressOptions::decode)),
        None => {
            let options = first.strip_prefix("# crd: ").unwrap_or("{}");
            crd::translate(&world, &options_of(options, CrdOptions::decode))
        }
    }
}

pub(super) fn options_of<T>(
    text: &str,
    decode: fn(&Tree, &std::sync::Arc<Source>) -> Result<T, Vec<windrose_config::Problem>>,
) -> T {
    let source = Source::file("options");
    decode(&parse(Format::Yaml, text, &source).unwrap(), &source).unwrap()
}

pub(super) fn put(world: &mut World, text: &str) {
    let Some(object) = object_of(text) else { return };
    let kind = kind_of(&object);
    (kind.take)(world, Change::Put(object));
}

fn kind_of(object: &Value) -> &'static Kind {
    let kind = Kind::find(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    kind.unwrap_or_else(|| panic!("unknown: {object}"))
}

/// The object of a document, as the API server has it.
pub(super) fn object_of(text: &str) -> Option<Value> {
    let mut object: Value = serde_saphyr::from_str(text).unwrap();
    if object.is_null() {
        return None;
    }
    let kind = kind_of(&object);
    if kind.namespaced && object["metadata"]["namespace"].is_null() {
        object["metadata"]["namespace"] = json!("default");
    }
    // As the API server does.
    if let Some(texts) = object["stringData"].as_object().cloned() {
        for (key, text) in texts {
            let text = text.as_str().unwrap();
            object["data"][key] = json!(data_encoding::BASE64.encode(text.as_bytes()));
        }
    }
    Some(object)
}

pub(super) fn shown(translated: &Translated) -> Value {
    let verdicts: Vec<String> = translated
        .verdicts
        .iter()
        .map(|verdict| {
            let subject = &verdict.subject;
            let (field, message) = (&verdict.field, &verdict.message);
            format!(
                "{}: {} {}/{} {field}: {message}",
                verdict.severity, subject.kind, subject.namespace, subject.name
            )
        })
        .collect();
    let closed: Vec<Value> = translated
        .config
        .http
        .closed
        .iter()
        .map(|(name, router)| json!({ &**name: &*router.rule.value }))
        .chain(
            translated.config.tcp.closed.iter().map(|(name, router)| json!({ &**name: &*router.rule.value })),
        )
        .collect();
    let mut config = serde_json::to_value(&translated.config).unwrap();
    config.sort_all_objects();
    let mut all = json!({"config": config, "closed": closed, "verdicts": verdicts});
    let wanted = &translated.wanted;
    if wanted.metrics.is_some() || wanted.tracing.is_some() {
        all["wanted"] = json!({"metrics": wanted.metrics, "tracing": wanted.tracing});
    }
    all
}
