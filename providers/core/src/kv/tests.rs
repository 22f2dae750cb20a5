use super::*;

#[test]
fn keys_become_routing_and_one_that_is_wrong_costs_its_object() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.as_bytes().to_vec());
    let pairs = [
        pair("edge/http/routers/good/rule", "Host(`a`)"),
        pair("edge/http/routers/good/service", "s"),
        pair("edge/http/routers/bad/rule", "Host(`b`)"),
        pair("edge/http/routers/bad/priority", "much"),
        pair("edge/http/services/s/loadBalancer/servers/0/url", "http://127.0.0.1"),
    ];
    let Found { config, count } = read("etcd", "edge", &pairs);
    assert_eq!((config.http.routers.len(), config.http.services.len(), count), (1, 1, 5));
    let told = config.problems[0].to_string();
    assert!(told.starts_with("etcd: edge/http/routers/bad/priority: error: "), "{told}");
}

#[test]
fn endpoints_have_a_host_and_a_port() {
    let parse = |text| Endpoint::parse(text, "127.0.0.1:6379").map(|endpoint| endpoint.to_string());
    for (text, expected) in [
        ("redis:7000", "redis:7000"),
        ("redis", "redis:6379"),
        ("::1", "[::1]:6379"),
        ("[::1]:7", "[::1]:7"),
        (" 10.0.0.1:6379 ", "10.0.0.1:6379"),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
    }
    for text in ["", ":6379", "redis:0", "redis:x", "redis://a:1", "user@host:1", "[::1]x", "a b:1"] {
        assert!(parse(text).unwrap_err().to_string().contains("127.0.0.1:6379"), "{text}");
    }
}

#[test]
fn a_store_without_end_is_told_by_its_bound() {
    let mut budget = Budget::new();
    let keys = (0..2_000_000).find_map(|_| budget.take(1, 1).err()).unwrap();
    assert_eq!(keys, TooMuch::Keys);
    assert!(keys.to_string().contains("1000000 keys"), "{keys}");
    let mut budget = Budget::new();
    let bytes = (0..200).find_map(|_| budget.take(1, 1 << 20).err()).unwrap();
    assert_eq!(bytes, TooMuch::Bytes);
    assert!(bytes.to_string().contains("128 MiB"), "{bytes}");
    let mut budget = Budget::new();
    assert!((0..2_000_000).any(|_| budget.page().is_err()));
}
