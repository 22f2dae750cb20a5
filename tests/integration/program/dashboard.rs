//! The dashboard is there when it is wanted, where it is wanted, and browsers keep it.

use windrose_kit::peer::h1::{Client, Message};
use windrose_kit::program::{Program, Settings};

async fn started(api: &str) -> Program {
    let static_config = &format!(
        "entryPoints: {{web: {{address: '${{web}}'}}, traefik: {{address: '${{traefik}}'}}}}
api: {api}
providers: {{file: {{filename: '${{dir}}/dynamic.yml'}}}}
"
    );
    let dynamic_config = "\
http:
  routers:
    api: {rule: 'PathPrefix(`/in`)', service: api@internal, middlewares: [in], entryPoints: [web]}
  middlewares: {in: {stripPrefix: {prefixes: [/in]}}}
";
    let settings =
        Settings { entry_points: &["web", "traefik"], static_config, dynamic_config, ..Settings::default() };
    Program::start(settings).await
}

async fn ask(program: &Program, entry_point: &str, request: &str, fields: &str) -> Message {
    let mut client = Client::connect(program.entry_point(entry_point)).await;
    client.send(format!("{request} HTTP/1.1\r\nHost: test\r\n{fields}\r\n")).await;
    client.read_response_to(request.split(' ').next().unwrap()).await
}

#[tokio::test]
async fn entry_point_traefik_leads_to_the_page() {
    let program = started("{insecure: true}").await;
    let root = ask(&program, "traefik", "GET /", "").await;
    assert_eq!((root.status(), root.header("location")), (301, Some("http://test/dashboard/")));
    let page = ask(&program, "traefik", "GET /dashboard/", "").await;
    assert_eq!((page.status(), page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    let head = ask(&program, "traefik", "HEAD /dashboard/", "").await;
    assert_eq!((head.status(), head.body.len()), (200, 0));
    assert_eq!(ask(&program, "traefik", "POST /dashboard/", "").await.status(), 405);
    assert_eq!(ask(&program, "traefik", "GET /dashboard/nope.js", "").await.status(), 404);
    assert_eq!(ask(&program, "traefik", "GET /debug/vars", "").await.status(), 404);
}

#[tokio::test]
async fn a_browser_asks_whether_its_copy_is_good() {
    let program = started("{insecure: true}").await;
    let script = ask(&program, "traefik", "GET /dashboard/app.js", "").await;
    assert_eq!((script.status(), script.header("cache-control")), (200, Some("no-cache")));
    let tag = script.header("etag").unwrap();
    for (known, expected) in [
        (tag.to_owned(), 304),
        (format!("\"x\", W/{tag}"), 304),
        ("*".to_owned(), 304),
        ("\"x\"".to_owned(), 200),
    ] {
        let fields = format!("If-None-Match: {known}\r\n");
        let answer = ask(&program, "traefik", "GET /dashboard/app.js", &fields).await;
        assert_eq!((answer.status(), answer.header("etag")), (expected, Some(tag)), "{known}");
        assert_eq!(answer.body.is_empty(), expected == 304, "{known}");
    }
}

#[tokio::test]
async fn the_base_path_and_a_stripped_prefix_are_put_before() {
    let program = started("{basePath: /base, insecure: true}").await;
    for (path, status, location) in [
        ("/in/base", 302, Some("/in/base/dashboard/")),
        ("/in/base/dashboard/", 200, None),
        ("/in/base/dashboard/pages/list.js", 200, None),
        ("/in/base/api/version", 200, None),
        ("/in/dashboard/", 404, None),
    ] {
        let answer = ask(&program, "web", &format!("GET {path}"), "").await;
        assert_eq!((answer.status(), answer.header("location")), (status, location), "{path}");
    }
    // What a client claims is not believed.
    let fields = "X-Forwarded-Prefix: //evil.test\r\n";
    let answer = ask(&program, "web", "GET /in/base", fields).await;
    assert_eq!(answer.header("location"), Some("/in/base/dashboard/"));
    for (path, status) in [
        ("/", 301),
        ("/base", 301),
        ("/base/", 301),
        ("/base/dashboard/app.js", 200),
        ("/base/api/overview", 200),
    ] {
        assert_eq!(ask(&program, "traefik", &format!("GET {path}"), "").await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_wanted_is_not_there() {
    let program = started("{insecure: true, dashboard: false, debug: true}").await;
    for (path, status) in [
        ("/", 404),
        ("/dashboard/", 404),
        ("/api/version", 200),
        ("/debug/vars", 200),
        ("/debug/pprof/", 200),
    ] {
        assert_eq!(ask(&program, "traefik", &format!("GET {path}"), "").await.status(), status, "{path}");
    }
    let vars = ask(&program, "traefik", "GET /debug/vars", "").await;
    let vars: serde_json::Value = serde_json::from_slice(&vars.body).unwrap();
    assert!(vars["memory"]["residentBytes"].as_u64().unwrap() > 1 << 20, "{vars}");
    assert!(!vars["workers"].as_array().unwrap().is_empty(), "{vars}");
}

#[tokio::test]
async fn the_support_dump_is_an_archive() {
    let program = started("{insecure: true}").await;
    let dump = ask(&program, "traefik", "GET /api/support-dump", "").await;
    assert_eq!((dump.status(), dump.header("content-type")), (200, Some("application/gzip")));
    let path = program.folder().path().join("dump.tar.gz");
    std::fs::write(&path, &dump.body).unwrap();
    let tar =
        std::process::Command::new("tar").arg("xzOf").arg(&path).arg("runtime-config.json").output().unwrap();
    assert!(tar.status.success(), "{}", String::from_utf8_lossy(&tar.stderr));
    let runtime: serde_json::Value = serde_json::from_slice(&tar.stdout).unwrap();
    assert!(runtime["routers"]["api@file"].is_object(), "{runtime}");
}
