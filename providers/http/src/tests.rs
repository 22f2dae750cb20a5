use windrose_config::source::yaml;
use windrose_providers_core::testing::{Reply, Running, Scripted, World, keeps_the_contract};

use super::*;

fn options(text: &str) -> Result<Options, String> {
    let place = Place::file("windrose.yml");
    let tree = yaml::parse(text, &place).unwrap();
    Options::decode(&tree, &place)
        .map_err(|wrong| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn ready_at(server: &Scripted, more: &str) -> Ready {
    let text = format!(
        "{{endpoint: 'http://{}/routes', pollInterval: 5ms, pollTimeout: 10s{more}}}",
        server.address()
    );
    let place = Place::file("windrose.yml");
    ready(&yaml::parse(&text, &place).unwrap(), &place).unwrap().remove(0)
}

struct Url(Scripted);

fn file(router: &str) -> String {
    format!(
        "{{\"http\": {{\"routers\": {{\"{router}\": {{\"rule\": \"Host(`{router}`)\", \"service\": \"s\"}}}}}}}}"
    )
}

impl World for Url {
    fn ready(&self) -> Ready {
        ready_at(&self.0, "")
    }

    async fn say(&mut self, router: &str) {
        let body = file(router);
        self.0.answer(move |_| Reply::ok(body.clone()));
    }

    async fn spoil(&mut self) -> &'static str {
        self.0.answer(|_| Reply::ok("{\"http\": "));
        "the answer of http://127.0.0.1"
    }

    async fn leave(&mut self) {
        self.0.leave().await;
    }

    async fn come_back(&mut self) {
        self.0.come().await;
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    keeps_the_contract(&mut Url(Scripted::new())).await;
}

#[tokio::test]
async fn the_question_has_the_fields_that_are_written() {
    let mut server = Scripted::new();
    server.answer(|_| Reply::ok(file("a")));
    server.come().await;
    let mut running =
        Running::start(ready_at(&server, ", headers: {X-Key: secret, Host: routes.example.org}"));
    running.until(&["a"]).await;
    let head = server.asked().remove(0).head;
    assert!(head.starts_with("GET /routes HTTP/1.1\r\n") && head.contains("X-Key: secret"), "{head}");
    assert_eq!(head.matches("Host:").count(), 1, "{head}");
    assert!(head.contains("Host: routes.example.org"), "{head}");
    running.stop().await;
}

#[tokio::test]
async fn only_200_comes_with_a_routing_file() {
    let mut server = Scripted::new();
    server.answer(|_| Reply { status: 201, ..Reply::ok(file("a")) });
    server.come().await;
    let mut running = Running::start(ready_at(&server, ""));
    assert!(running.next().await.is_empty());
    running.state(|state| format!("{state:?}").contains("answers 201")).await;
    running.stop().await;
}

#[test]
fn an_answer_is_yaml_or_json() {
    for text in [
        "http: {routers: {r: {rule: a, service: s}}}",
        "{http: {routers: {r: {rule: a, service: s}}}}",
        &file("r"),
    ] {
        let config = source::read("u", text.as_bytes()).unwrap();
        assert_eq!(config.http.routers.len(), 1, "{text}");
    }
    let told = source::read("https://u:p@h/", b"{\"http\": {]").unwrap_err().to_string();
    assert!(told.contains("the answer of"), "{told}");
}

#[test]
fn wrong_options_are_told() {
    for (text, told) in [
        ("{}", "set endpoint"),
        ("endpoint: file:///x", "endpoint is no URL"),
        ("{endpoint: 'http://a', pollInterval: 0}", "pollInterval"),
        ("{endpoint: 'http://a', pollTimeout: -1s}", "pollTimeout"),
        ("{endpoint: 'http://a', tls: {cert: a}}", "belong together"),
        ("{endpoint: 'http://a', maxResponseBodySize: 0}", "maxResponseBodySize"),
        ("{endpoint: 'http://a', header: {}}", "unknown field `header`"),
    ] {
        let wrong = options(text).unwrap_err();
        assert!(wrong.contains(told), "{text}: {wrong}");
    }
    let read = options("{endpoint: 'HTTPS://a', headers: {Key: abc}}").unwrap();
    assert!(!format!("{read:?}").contains("abc"), "{read:?}");
}

#[test]
fn an_answer_that_says_nothing_or_was_cut_changes_nothing() {
    for text in [
        "",
        " \n\n",
        "# nothing\n",
        "\u{feff}",
        "null",
        "---\n",
        "http:\n",
        "http:\n  routers:\n",
        "http:\n  routers:\n    a: {rule: Host(`a`), service: s}\n    b:\n",
        "http: {routers: {a: {rule: Host(`a`), service: s}}}\ntcp:\n",
    ] {
        let told = source::read("https://u", text.as_bytes()).map(|_| ()).unwrap_err().to_string();
        assert!(told.contains("changes nothing") && told.contains("https://u"), "{text:?}: {told}");
    }
    // What somebody writes who wants nothing to be routed.
    for text in ["{}", "http: {}", "{\"http\": {}}", "http:\n  routers: {}\n"] {
        assert!(source::read("u", text.as_bytes()).unwrap().is_empty(), "{text:?}");
    }
    // What may be empty at the end.
    for text in [
        "http:\n  routers:\n    a:\n      rule: Host(`a`)\n      service: s\n      tls:\n",
        "http: {routers: {a: {rule: Host(`a`), service: s}}}\ntls:\n  options:\n    default:\n",
        "{\"http\": {\"routers\": {\"a\": {\"rule\": \"Host(`a`)\", \"service\": \"s\"}}, \"services\": null}}",
    ] {
        assert_eq!(source::read("u", text.as_bytes()).unwrap().http.routers.len(), 1, "{text:?}");
    }
}

#[tokio::test]
async fn routing_stays_when_the_answer_is_empty_and_goes_when_it_says_so() {
    let mut server = Scripted::new();
    server.answer(|_| Reply::ok(file("a")));
    server.come().await;
    let mut running = Running::start(ready_at(&server, ""));
    running.until(&["a"]).await;
    server.answer(|_| Reply::ok(""));
    running.state(|state| format!("{state:?}").contains("says nothing")).await;
    server.answer(|_| Reply::ok("http:\n  routers:\n"));
    running.state(|state| format!("{state:?}").contains("`routers` has nothing behind it")).await;
    server.answer(|_| Reply::ok("{}"));
    assert!(running.next().await.is_empty());
    running.stop().await;
}
