//! What is told of a reload.

use windrose_config::source::yaml;
use windrose_config::{Source, StaticConfig, Update, refuse};

use super::*;
use crate::merge::{Place, Sources, merge};

fn merged(parts: &[(&str, &str)]) -> Merged {
    let settings = Arc::new(StaticConfig::default());
    let mut sources = Sources::new();
    for (provider, text) in parts {
        let source = Source::file("dynamic.yaml");
        let config = DynamicConfig::decode(yaml::parse(text, &source).unwrap(), &source, refuse::DYNAMIC);
        sources.take(Update { provider: (*provider).into(), config: Arc::new(config) });
    }
    merge(&settings, &Place::all(&settings), &sources)
}

fn reloads() -> crate::reload::Reloads {
    crate::reload::Reloads { count: 7, at: SystemTime::UNIX_EPOCH, took: Duration::from_millis(3) }
}

fn changes(before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<String> {
    let report = Report::default();
    let found = Reloaded::compare(&merged(before), &merged(after), &report, reloads(), 1);
    let told = |change: &Change| format!("{:?} {}.{}", change.became, change.section, change.name);
    found.changes.iter().map(told).collect()
}

fn routers(rules: &[(&str, &str)]) -> String {
    let routers: Vec<String> =
        rules.iter().map(|(name, host)| format!("{name}: {{rule: 'Host(`{host}`)', service: s}}")).collect();
    format!("http: {{routers: {{{}}}}}", routers.join(", "))
}

#[test]
fn objects_that_came_went_or_are_written_differently_are_told() {
    let before = routers(&[("a", "a.test"), ("b", "b.test"), ("c", "c.test"), ("z", "z.test")]);
    let after = routers(&[("a", "a.test"), ("c", "other.test"), ("d", "d.test"), ("z", "z.test")]);
    assert_eq!(
        changes(&[("file", &before)], &[("file", &after)]),
        ["Changed http.routers.c@file", "Added http.routers.d@file", "Removed http.routers.b@file"]
    );
}

#[test]
fn an_object_that_only_moved_is_not_told() {
    let text = routers(&[("a", "a.test"), ("b", "b.test")]);
    let moved = format!("\n\n{}", routers(&[("b", "b.test"), ("a", "a.test")]));
    assert_eq!(changes(&[("file", &text)], &[("file", &moved)]), Vec::<String>::new());
}

#[test]
fn a_provider_comes_and_goes_with_all_it_has() {
    let text = routers(&[("a", "a.test")]);
    assert_eq!(changes(&[], &[("docker", &text)]), ["Added http.routers.a@docker"]);
    assert_eq!(changes(&[("docker", &text)], &[]), ["Removed http.routers.a@docker"]);
}

#[test]
fn what_is_kept_is_bounded() {
    let names: Vec<String> = (0..MOST_CHANGES + 5).map(|number| format!("r{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "a.test")).collect();
    let text = routers(&many);
    let found =
        Reloaded::compare(&merged(&[]), &merged(&[("file", &text)]), &Report::default(), reloads(), 1);
    assert_eq!((found.changes.len(), found.more), (MOST_CHANGES, 5));
    let history = History::default();
    for count in 0..MOST_RELOADS as u64 + 3 {
        history.add(Reloaded { count, ..found.clone() });
    }
    let kept: Vec<u64> = history.list().iter().map(|reloaded| reloaded.count).collect();
    assert_eq!((kept.len(), kept[0]), (MOST_RELOADS, MOST_RELOADS as u64 + 2), "the newest first");
}
