//! Profiles: `go tool pprof` reads them, and they are there when `api.debug` says so.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use windrose_kit::peer::h1::{Client, Message, Server};
use windrose_kit::program::{Program, Settings};
use windrose_kit::within;

use super::{everything_to, get};

async fn started(api: &str, app: &Server) -> Program {
    let static_config = format!(
        "entryPoints: {{web: {{address: '${{web}}'}}, traefik: {{address: '${{traefik}}'}}}}\n\
         api: {api}\nproviders: {{file: {{filename: '${{dir}}/dynamic.yml'}}}}\n"
    );
    let settings = Settings {
        entry_points: &["web", "traefik"],
        static_config: &static_config,
        dynamic_config: &everything_to(&app.url()),
        arguments: &["--log.level=INFO"],
        ..Settings::default()
    };
    Program::start(settings).await
}

async fn ask(program: &Program, request: &str) -> Message {
    let mut client = Client::connect(program.entry_point("traefik")).await;
    client.send(format!("{request} HTTP/1.1\r\nHost: test\r\n\r\n")).await;
    within(Duration::from_secs(30), request, client.read_response()).await
}

/// What `go tool pprof -top` says of a profile.
fn top(program: &Program, profile: &Message, index: &str) -> String {
    assert_eq!(
        (profile.status(), profile.header("content-type")),
        (200, Some("application/octet-stream")),
        "{}",
        profile.text()
    );
    let path = program.folder().path().join("profile");
    std::fs::write(&path, &profile.body).unwrap();
    let output = Command::new("go")
        .args([
            "tool",
            "pprof",
            "-top",
            "-nodecount=500",
            "-symbolize=none",
            &format!("-sample_index={index}"),
        ])
        .arg(&path)
        .env("PPROF_TMPDIR", program.folder().path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_profile_of_cpu_time_shows_functions_of_the_program() {
    let app = Server::fixed("hello").await;
    let program = started("{insecure: true, debug: true}", &app).await;
    let load = async {
        let mut client = Client::connect(program.entry_point("web")).await;
        loop {
            assert_eq!(client.get("a.test", "/").await.status(), 200);
        }
    };
    let profile = tokio::select! {
        profile = ask(&program, "GET /debug/pprof/profile?seconds=2") => profile,
        () = load => unreachable!("there is always more to ask"),
    };
    if is_forbidden(&profile) {
        return;
    }
    let top = top(&program, &profile, "cpu");
    assert!(top.contains("Type: cpu") && top.contains("Duration: 2"), "{top}");
    assert!(top.contains("windrose_engine::serve") && top.contains("tokio::"), "{top}");
    // Nothing was taken out of names.
    assert!(!top.lines().any(|line| line.contains(" ::")), "{top}");
}

/// Where the system does not allow it, it is said what would.
fn is_forbidden(profile: &Message) -> bool {
    assert!(profile.status() != 501 || profile.text().contains("perf_event_paranoid"), "{}", profile.text());
    profile.status() == 501
}

#[tokio::test]
async fn there_is_one_profile_at_a_time() {
    let app = Server::fixed("hello").await;
    let program = started("{insecure: true, debug: true}", &app).await;
    let ask = || ask(&program, "GET /debug/pprof/profile?seconds=1");
    let (one, other) = tokio::join!(ask(), ask());
    if is_forbidden(&one) || is_forbidden(&other) {
        return;
    }
    let mut statuses = [one.status(), other.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 503]);
    assert_eq!(ask().await.status(), 200);
}

#[tokio::test]
async fn a_profile_ends_with_whoever_wants_it() {
    let app = Server::fixed("hello").await;
    let program = started("{insecure: true, debug: true}", &app).await;
    let mut client = Client::connect(program.entry_point("traefik")).await;
    client.send("GET /debug/pprof/profile?seconds=60 HTTP/1.1\r\nHost: test\r\n\r\n".to_owned()).await;
    // The next one may begin when the first has ended.
    drop(client);
    within(Duration::from_secs(10), "the end of the first profile", async {
        while ask(&program, "GET /debug/pprof/profile?seconds=1").await.status() == 503 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn tables_are_read_by_people_and_by_pprof() {
    let app = Server::fixed("hello").await;
    let program = started("{insecure: true, debug: true}", &app).await;
    get(program.entry_point("web"), "/").await;
    for (name, index, shown) in [
        ("heap", "resident", "[anonymous]"),
        ("heap", "private", "[anonymous]"),
        ("goroutine", "tasks", "worker 0"),
        ("threadcreate", "threads", "windrose"),
    ] {
        let profile = ask(&program, &format!("GET /debug/pprof/{name}")).await;
        let top = top(&program, &profile, index);
        assert!(top.contains(&format!("Type: {index}")) && top.contains(shown), "{name}: {top}");
        let text = ask(&program, &format!("GET /debug/pprof/{name}?debug=1")).await;
        assert!(text.text().contains(shown), "{name}: {}", text.text());
    }
    let index = ask(&program, "GET /debug/pprof/").await;
    assert!(index.status() == 200 && index.text().contains("threadcreate"), "{}", index.text());
}

#[tokio::test]
async fn the_program_is_told_without_its_arguments() {
    let app = Server::fixed("hello").await;
    let program = started("{insecure: true, debug: true}", &app).await;
    let told = ask(&program, "GET /debug/pprof/cmdline").await.text();
    assert!(Path::new(&told).ends_with("windrose"), "{told}");
    for (request, status) in [
        ("GET /debug/pprof/trace", 404),
        ("GET /debug/pprof/block", 404),
        ("GET /debug/pprof/profile?seconds=61", 400),
        ("DELETE /debug/pprof/profile", 405),
        ("POST /debug/pprof/heap", 405),
    ] {
        assert_eq!(ask(&program, request).await.status(), status, "{request}");
    }
    assert_eq!(ask(&program, "GET /debug/pprof/symbol").await.text(), "num_symbols: 1\n");
}

#[tokio::test]
async fn without_debug_there_are_none() {
    let app = Server::fixed("hello").await;
    let program = started("{insecure: true}", &app).await;
    for path in ["", "profile", "heap", "cmdline", "symbol"] {
        assert_eq!(ask(&program, &format!("GET /debug/pprof/{path}")).await.status(), 404, "{path}");
    }
}
