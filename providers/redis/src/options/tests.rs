use windrose_config::source::yaml;

use super::*;

fn options(text: &str) -> Result<Options, String> {
    let source = Source::file("windrose.yml");
    let tree = yaml::parse(text, &source).unwrap();
    let told = |wrong: Vec<Problem>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Options::decode(&tree, &source).map_err(told)
}

#[test]
fn defaults_are_those_of_traefik() {
    let read = options("{}").unwrap();
    assert_eq!(
        (read.endpoints[0].to_string(), &*read.root_key, read.db),
        (ENDPOINT.to_owned(), "traefik", 0)
    );
    assert!(read.tls.is_none() && read.sentinel.is_none());
}

#[test]
fn sentinels_have_one_strategy() {
    let read = options("sentinel: {masterName: m, replicaStrategy: true, password: abc}").unwrap();
    let sentinel = read.sentinel.clone().unwrap();
    assert_eq!((&*sentinel.master_name, sentinel.choice), ("m", Choice::Replica));
    assert!(!format!("{read:?}").contains("abc"));
}

#[test]
fn wrong_options_are_told() {
    for (text, told) in [
        ("endpoints: ['redis://a:1']", "HOST:PORT"),
        ("endpoints: []", "no endpoint"),
        ("db: -1", "db is the number"),
        ("rootKey: /", "rootKey is empty"),
        ("sentinel: {}", "masterName is missing"),
        ("sentinel: {masterName: m, latencyStrategy: true, randomStrategy: true}", "only one"),
        ("tls: {key: a}", "belong together"),
        ("tokn: a", "unknown field"),
    ] {
        let wrong = options(text).unwrap_err();
        assert!(wrong.contains(told), "{text}: {wrong}");
    }
}
