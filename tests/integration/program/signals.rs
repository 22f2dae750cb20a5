//! Signals that do not stop.

use std::fs;

use windrose_kit::peer::h1::Server;
use windrose_kit::program::{Program, Settings, Signal};
use windrose_kit::soon;

use super::{STATIC, everything_to, get, get_until};

#[tokio::test]
async fn user1_opens_the_log_file_anew() {
    let static_config = STATIC.replace("level: INFO", "filePath: '${dir}/windrose.log', level: INFO");
    let settings = Settings { entry_points: &["web"], static_config: &static_config, ..Settings::default() };
    let program = Program::start(settings).await;
    let log = program.folder().path().join("windrose.log");
    let moved = program.folder().path().join("windrose.log.1");
    fs::rename(&log, &moved).unwrap();
    program.signal(Signal::User1);
    let reopened = async {
        while !log.exists() {
            tokio::task::yield_now().await;
        }
    };
    soon("a new log file", reopened).await;
    program.signal(Signal::Terminate);
    let written = async {
        while !fs::read_to_string(&log).unwrap().contains("stopping") {
            tokio::task::yield_now().await;
        }
    };
    soon("the end in the new log file", written).await;
    assert!(!fs::read_to_string(&moved).unwrap().contains("stopping"));
}

#[tokio::test]
async fn hangup_reads_the_files_again() {
    let (one, two) = (Server::fixed("one").await, Server::fixed("two").await);
    let static_config = STATIC.replace("file: {", "file: {watch: false, ");
    let dynamic_config = &everything_to(&one.url());
    let settings = Settings {
        entry_points: &["web"],
        static_config: &static_config,
        dynamic_config,
        ..Settings::default()
    };
    let program = Program::start(settings).await;
    let web = program.entry_point("web");
    assert_eq!(get(web, "/").await.text(), "one");
    program.write_dynamic(&everything_to(&two.url()));
    assert_eq!(get(web, "/").await.text(), "one");
    program.signal(Signal::Hangup);
    get_until(web, "/", |answer| answer.text() == "two").await;
}
