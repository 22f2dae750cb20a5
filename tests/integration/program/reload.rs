//! Changes of the routing file: the good ones count, the bad ones change nothing.

use windrose_kit::peer::h1::Server;
use windrose_kit::program::{Program, Settings};

use super::{STATIC, everything_to, get, get_until, start};

async fn started() -> (Server, Program) {
    let server = Server::fixed("one").await;
    let program = start(&everything_to(&server.url())).await;
    (server, program)
}

#[tokio::test]
async fn the_first_configuration_is_in_force_when_it_accepts() {
    let (_server, program) = started().await;
    assert_eq!(get(program.entry_point("web"), "/").await.text(), "one");
}

#[tokio::test]
async fn a_good_change_counts() {
    let (_server, program) = started().await;
    let other = Server::fixed("two").await;
    program.write_dynamic(&everything_to(&other.url()));
    get_until(program.entry_point("web"), "/", |answer| answer.text() == "two").await;
}

#[tokio::test]
async fn a_broken_file_keeps_the_last_good_configuration() {
    let (_server, mut program) = started().await;
    let web = program.entry_point("web");
    program.write_dynamic("http: {routers: [\n");
    program.wait_for_log("dynamic.yml:").await;
    assert_eq!(get(web, "/").await.text(), "one");

    let other = Server::fixed("two").await;
    program.write_dynamic(&everything_to(&other.url()));
    get_until(web, "/", |answer| answer.text() == "two").await;
}

#[tokio::test]
async fn one_bad_object_disables_only_itself() {
    let (server, mut program) = started().await;
    let web = program.entry_point("web");
    let good = everything_to(&server.url());
    let bad = "    extra: {rule: 'PathPrefix(`/extra`)', service: gone}\n";
    let text = good.replace("  routers: {all:", "  routers:\n    all:").replace("app}}\n", "app}\n");
    let (head, tail) = text.split_once("  services").unwrap();
    program.write_dynamic(&format!("{head}{bad}  services{tail}"));
    program.wait_for_log("gone").await;
    // Its place stays its own: what it might have protected is not left to the other one.
    get_until(web, "/extra/x", |answer| answer.status() == 404).await;
    assert_eq!(get(web, "/").await.text(), "one");
}

#[tokio::test]
async fn an_empty_file_takes_everything_away() {
    let (_server, program) = started().await;
    program.write_dynamic("");
    get_until(program.entry_point("web"), "/", |answer| answer.status() == 404).await;
}

#[tokio::test]
async fn a_file_may_come_later() {
    let server = Server::fixed("one").await;
    let static_config = STATIC.replace("dynamic.yml", "later.yml");
    let settings = Settings { entry_points: &["web"], static_config: &static_config, ..Settings::default() };
    let program = Program::start(settings).await;
    let web = program.entry_point("web");
    assert_eq!(get(web, "/").await.status(), 404);
    program.folder().write("later.yml", everything_to(&server.url()));
    get_until(web, "/", |answer| answer.text() == "one").await;
}

#[tokio::test]
async fn a_file_that_nobody_watches_and_is_not_there_stops_nothing() {
    let static_config = STATIC.replace("dynamic.yml'", "later.yml', watch: false");
    let settings = Settings { entry_points: &["web"], static_config: &static_config, ..Settings::default() };
    let mut program = Program::start(settings).await;
    program.wait_for_log("provider ended").await;
    assert_eq!(get(program.entry_point("web"), "/").await.status(), 404);
}
