use super::*;
use crate::DynamicConfig;
use crate::refuse::DYNAMIC;

fn keys(root: &str, pairs: &[(&str, &str)]) -> Keys {
    parse("redis", root, pairs.iter().map(|(key, value)| (*key, value.as_bytes())))
}

fn read(pairs: &[(&str, &str)]) -> serde_json::Value {
    serde_json::to_value(keys("traefik", pairs).tree).unwrap()
}

#[test]
fn keys_are_paths_in_a_tree() {
    let tree = read(&[
        ("traefik/http/routers/Web/rule", "Host(`a`)"),
        ("traefik/http/routers/Web/entryPoints/0", "web"),
        ("traefik/http/routers/Web/entryPoints/1", "websecure"),
        ("/traefik/http/routers/Web/tls", "true"),
        ("traefik/http/routers/Web/tls/domains/0/main", "a"),
        ("traefik/http/services/s/loadBalancer/servers/0/url", "http://1"),
        ("traefik/tls/certificates/0/certFile", "c"),
        ("traefik/udp", ""),
        ("traefik/acme/account", "{}"),
        ("other/http/routers/r/rule", "x"),
    ]);
    let expected = serde_json::json!({
        "http": {
            "routers": {"Web": {
                "entryPoints": ["web", "websecure"],
                "rule": "Host(`a`)",
                "tls": {"domains": [{"main": "a"}]},
            }},
            "services": {"s": {"loadBalancer": {"servers": [{"url": "http://1"}]}}},
        },
        "tls": {"certificates": [{"certFile": "c"}]},
    });
    assert_eq!(tree, expected);
}

#[test]
fn lists_are_in_the_order_of_their_keys() {
    let tree = read(&[
        ("traefik/http/middlewares/c/chain/middlewares/10", "third"),
        ("traefik/http/middlewares/c/chain/middlewares/2", "second"),
        ("traefik/http/middlewares/c/chain/middlewares/1", "first"),
    ]);
    let order = &tree["http"]["middlewares"]["c"]["chain"]["middlewares"];
    // As text, `10` stands between `1` and `2`.
    assert_eq!(*order, serde_json::json!(["first", "third", "second"]));
}

#[test]
fn objects_may_be_called_by_numbers() {
    let tree = read(&[("traefik/http/routers/1/rule", "a"), ("traefik/http/routers/1/service", "2")]);
    assert_eq!(tree["http"]["routers"]["1"]["rule"], "a");
}

#[test]
fn the_root_may_have_several_parts_and_a_folder_says_nothing() {
    let Keys { tree, .. } = keys(
        "/team/edge/",
        &[("team/edge/http/", ""), ("team/edge/http/routers/r/rule", "a"), ("team/http/x", "")],
    );
    assert_eq!(
        serde_json::to_value(tree).unwrap(),
        serde_json::json!({"http": {"routers": {"r": {"rule": "a"}}}})
    );
    assert!(keys("traefik", &[]).tree.is_null());
}

#[test]
fn what_is_wrong_names_its_key() {
    let Keys { tree, source, .. } = keys("traefik", &[("traefik/http/routers/r/rul", "a")]);
    let config = DynamicConfig::decode(tree, &source, DYNAMIC);
    let told = config.problems[0].to_string();
    assert!(told.starts_with("redis: traefik/http/routers/r/rul: error: unknown field `rul`"), "{told}");
    let bad: [(&str, &[u8]); 1] = [("traefik/http/routers/r/rule", b"\xff")];
    let told = parse("redis", "traefik", bad).problems[0].to_string();
    assert!(told.starts_with("redis: traefik/http/routers/r/rule: error: the value is no UTF-8"), "{told}");
}

#[test]
fn a_key_of_very_many_parts_is_told_and_read_no_deeper() {
    let key = format!("traefik/http/{}", "a/".repeat(100_000));
    let keys = parse("redis", "traefik", [(key.as_str(), &b"x"[..]), ("traefik/http/routers/r/rule", b"y")]);
    assert_eq!(keys.problems.len(), 1, "{:?}", keys.problems);
    assert!(keys.problems[0].message.contains("more than 40 parts"), "{:?}", keys.problems);
    assert_eq!(keys.tree.entries()[0].value.entries().len(), 1);
}
