//! What a filter wants.

use super::*;

fn line() -> Line {
    Line {
        status: 503,
        took: Duration::from_millis(300),
        method: "GET".to_owned(),
        host: "App.test:8080".to_owned(),
        path: "/api/users".to_owned(),
        client: "192.0.2.7".to_owned(),
        entry_point: "web".to_owned(),
        router: "api@file".to_owned(),
        service: "app@file".to_owned(),
        server: "http://10.0.0.1:80".to_owned(),
        ..Line::default()
    }
}

fn wants(text: &str) -> bool {
    Filter::parse(text).unwrap().wants(&line())
}

#[test]
fn all_words_must_be_true() {
    let yes = [
        "",
        "status:503",
        "status:5xx",
        "status:500-599",
        "!status:2xx",
        "method:get",
        "host:app",
        "path:/api",
        "router:API",
        "service:app@file",
        "server:10.0.0.1",
        "client:192.0.2.7",
        "client:192.0.2.",
        "entrypoint:web",
        "min:250ms",
        "min:0.3s",
        "error",
        "users",
        "/api",
        "app.test:8080",
        "!nothing",
        "status:5xx host:app !path:/health min:200ms",
    ];
    for text in yes {
        assert!(wants(text), "{text}");
    }
    let no = [
        "status:404",
        "!error",
        "path:/x",
        "min:1s",
        "method:POST",
        "nothing",
        "status:5xx host:other",
        "client:192.0.2.70",
    ];
    for text in no {
        assert!(!wants(text), "{text}");
    }
}

#[test]
fn requests_of_whoever_looks_are_left_out_unless_asked_for() {
    let own = Line { service: "api@internal".to_owned(), ..line() };
    assert!(!Filter::default().wants(&own));
    assert!(Filter::parse("internal").unwrap().wants(&own));
}

#[test]
fn what_cannot_be_understood_is_told() {
    for (text, expected) in [
        ("statsu:5xx", "unknown filter `statsu`"),
        ("status:x", "write 404, 5xx or 400-499"),
        ("status:9xx", "write 404"),
        ("status:500-400", "write 404"),
        ("min:fast", "write a time"),
        ("min:-1s", "write a time"),
        ("host:", "a value is missing"),
        ("!", "a word is missing"),
    ] {
        let told = Filter::parse(text).unwrap_err().to_string();
        assert!(told.contains(expected), "{text}: {told}");
    }
    assert_eq!(Filter::parse(&"x ".repeat(17)), Err(BadFilter::Many));
}
