use windrose_config::source::yaml;

use super::*;

#[test]
fn wrong_options_are_told() {
    let source = Source::file("windrose.yml");
    for (text, told) in [
        ("endpoints: ['a b']", "HOST:PORT"),
        ("password: a", "belong together"),
        ("rootKey: //", "rootKey is empty"),
        ("tls: {}", "unknown field"),
    ] {
        let tree = yaml::parse(text, &source).unwrap();
        let wrong = Options::decode(&tree, &source).unwrap_err();
        assert!(wrong[0].to_string().contains(told), "{text}: {wrong:?}");
    }
    let tree = yaml::parse("{username: u, password: abc}", &source).unwrap();
    let read = Options::decode(&tree, &source).unwrap();
    assert!(!format!("{read:?}").contains("abc") && &*read.root_key == "traefik");
}
