//! Running without a configuration.

use windrose_kit::peer::h1::Server;
use windrose_kit::program::{Program, Settings};

use super::{END, get};

/// What stands behind `--` is ignored, as is the configuration that the harness passes.
async fn started(arguments: &[&str]) -> Program {
    let settings = Settings { entry_points: &["web"], arguments, static_config: "x", ..Settings::default() };
    Program::start(settings).await
}

#[tokio::test]
async fn one_server_gets_everything() {
    let server = Server::fixed("from the server").await;
    let program = started(&["run", "--to", &server.url(), "--listen", "${web}", "--"]).await;
    let answer = get(program.entry_point("web"), "/any/path").await;
    assert_eq!((answer.status(), answer.text().as_str()), (200, "from the server"));
    let log = program.stop(END).await;
    assert!(log.contains("forwards to http://127.0.0.1"), "{log}");
}

#[tokio::test]
async fn the_demo_answers_with_the_request() {
    let program = started(&["run", "--demo", "--listen=${web}", "--"]).await;
    let web = program.entry_point("web");
    let answer = get(web, "/hello?a=b").await;
    assert_eq!(answer.status(), 200);
    let text = answer.text();
    for expected in ["GET /hello?a=b HTTP/1.1\n", "Host: test\n", "X-Forwarded-For: 127.0.0.1\n"] {
        assert!(text.contains(expected), "no {expected:?} in:\n{text}");
    }
    let log = program.stop(END).await;
    assert!(log.contains(&format!("curl -i http://{web}/hello")), "{log}");
}

#[tokio::test]
async fn a_target_that_is_no_url_is_refused() {
    let settings = Settings {
        entry_points: &["web"],
        arguments: &["run", "--to", "ftp://x", "--listen", "${web}", "--"],
        ..Settings::default()
    };
    let (status, printed) = Program::spawn(settings).wait(END).await;
    assert_eq!(status.code(), Some(1), "{printed}");
    assert!(printed.starts_with("error: --to \"ftp://x\": a server URL starts with http://"), "{printed}");
    assert_eq!(printed.lines().count(), 1, "{printed}");
}
