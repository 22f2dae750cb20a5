//! The access log of the program while somebody moves it away, on a full disk, and at the end.

use std::fs;
use std::path::Path;
use std::time::Duration;

use windrose_kit::peer::h1::{Client, Server};
use windrose_kit::program::{Program, Settings, Signal};
use windrose_kit::soon;

use tokio::task::JoinSet;

use super::{STATIC, everything_to, get};

/// The program with a server behind it, and these options besides.
async fn program(options: &str, server: &Server) -> Program {
    let static_config = format!("{STATIC}\n{options}");
    let dynamic_config = &everything_to(&server.url());
    let settings = Settings {
        entry_points: &["web"],
        static_config: &static_config,
        dynamic_config,
        ..Settings::default()
    };
    Program::start(settings).await
}

#[tokio::test]
async fn no_line_is_lost_while_the_access_log_is_moved_away_under_load() {
    const CLIENTS: usize = 4;
    const EACH: usize = 300;
    let server = Server::fixed("hello").await;
    let program = program("accessLog: {filePath: '${dir}/access/log', format: json}", &server).await;
    let folder = program.folder().path().join("access");
    let log = folder.join("log");
    let web = program.entry_point("web");
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(async move {
            let mut connection = Client::connect(web).await;
            for number in 0..EACH {
                let answer = connection.get("a.test", &format!("/{client}/{number}")).await;
                assert_eq!(answer.status(), 200);
            }
        });
    }
    let mut moved = 0;
    while !clients.is_empty() {
        fs::rename(&log, folder.join(format!("log.{moved}"))).unwrap();
        moved += 1;
        program.signal(Signal::User1);
        let reopened = async {
            while !log.exists() {
                tokio::task::yield_now().await;
            }
        };
        soon("a new access log", reopened).await;
        while let Some(client) = clients.try_join_next() {
            client.unwrap();
        }
    }
    let all = async {
        while paths(&folder).len() < CLIENTS * EACH {
            tokio::task::yield_now().await;
        }
    };
    soon("all lines", all).await;
    let mut paths = paths(&folder);
    paths.sort_unstable();
    let mut expected: Vec<String> =
        (0..CLIENTS).flat_map(|client| (0..EACH).map(move |number| format!("/{client}/{number}"))).collect();
    expected.sort_unstable();
    assert!(moved > 1, "nothing was moved");
    assert_eq!(paths, expected);
}

/// The paths of all whole lines of all files in a folder.
fn paths(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let whole = |text: String| text.rsplit_once('\n').map_or(String::new(), |(whole, _)| whole.to_owned());
    files
        .flat_map(|text| {
            let lines = whole(text);
            lines
                .lines()
                .map(|line| {
                    let line: serde_json::Value = serde_json::from_str(line).unwrap();
                    line["RequestPath"].as_str().unwrap().to_owned()
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

#[tokio::test]
async fn a_full_disk_loses_lines_and_nothing_else() {
    let server = Server::fixed("hello").await;
    let options = "accessLog: {filePath: /dev/full}\nmetrics: {prometheus: {entryPoint: web}}";
    let program = program(options, &server).await;
    let web = program.entry_point("web");
    let mut client = Client::connect(web).await;
    for _ in 0..20 {
        assert_eq!(client.get("a.test", "/").await.text(), "hello");
    }
    let counted = async {
        let wanted = "windrose_access_log_dropped_lines_total{reason=\"unwritten\"} 20\n";
        while !get(web, "/metrics").await.text().contains(wanted) {
            tokio::task::yield_now().await;
        }
    };
    soon("the dropped lines", counted).await;
    let printed = program.stop(Duration::from_secs(10)).await;
    assert!(printed.contains("lines of the access log were dropped"), "{printed}");
}

#[tokio::test]
async fn lines_on_standard_output_are_there_at_the_end() {
    let server = Server::fixed("hello").await;
    let program = program("accessLog: {bufferingSize: 100}", &server).await;
    for number in 0..20 {
        get(program.entry_point("web"), &format!("/{number}")).await;
    }
    let printed = program.stop(Duration::from_secs(10)).await;
    assert_eq!(printed.matches(" HTTP/1.1\" 200 5 ").count(), 20, "{printed}");
}

#[tokio::test]
async fn what_cannot_be_recorded_as_it_is_written_stops_the_start() {
    for (options, wanted) in [
        ("accessLog: {format: clf}", "accessLog.format \"clf\" is unknown; use common, genericCLF or json"),
        ("accessLog: {filters: {statusCodes: [4xx]}}", "\"4xx\" is neither a status"),
        ("accessLog: {fields: {headers: {defaultMode: hide}}}", "mode \"hide\" is unknown"),
        ("accessLog: {filePath: /proc/nothing/log}", "cannot open the access log /proc/nothing/log"),
        ("metrics: {prometheus: {buckets: [2, 1]}}", "metrics.prometheus.buckets"),
        ("metrics: {prometheus: {headerLabels: {code: X}}}", "\"code\" cannot be a label"),
    ] {
        let static_config = format!("{STATIC}\n{options}");
        let settings =
            Settings { entry_points: &["web"], static_config: &static_config, ..Settings::default() };
        let (status, printed) = Program::spawn(settings).wait(Duration::from_secs(10)).await;
        assert_eq!(status.code(), Some(1), "{printed}");
        assert!(printed.contains(wanted), "{printed}");
    }
}
