//! Every entry point stops in its own time, and how far it has come can be seen.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use windrose_engine::Status;
use windrose_engine::drain::Stage;
use windrose_kit::gateway::{Gateway, Settings};
use windrose_kit::peer::h1::{Backend, Client, Conn};
use windrose_kit::peer::h2;
use windrose_kit::{soon, within};

use super::{SHORT, SOON, UPGRADE, UPGRADED};
use crate::until;

/// A gateway of two workers with two entry points, whose `lifeCycle` is this.
async fn started(one: &str, other: &str) -> (Gateway, Backend) {
    let entry = |times: &str| format!("{{address: '127.0.0.1:0', transport: {{lifeCycle: {{{times}}}}}}}");
    let static_config = format!("entryPoints: {{one: {}, other: {}}}", entry(one), entry(other));
    let gateway =
        Gateway::with(Settings { static_config: &static_config, workers: 2, ..Settings::default() });
    let backend = Backend::bind().await;
    let dynamic = format!(
        "http:\n  routers: {{all: {{rule: 'PathPrefix(`/`)', service: app}}}}\n  \
         services: {{app: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}}}",
        backend.url()
    );
    gateway.publish("test", &dynamic).await;
    (gateway, backend)
}

/// A request by way of an entry point that the server has and does not answer.
async fn busy(gateway: &Gateway, backend: &Backend, entry_point: &str) -> (Client, Conn) {
    let mut client = Client::connect(gateway.address(entry_point)).await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    (client, conn)
}

fn stages(status: &Status) -> [Stage; 3] {
    [status.stage(), status.stage_of("one").unwrap(), status.stage_of("other").unwrap()]
}

#[tokio::test]
async fn the_grace_time_of_an_entry_point_is_that_of_its_connections_alone() {
    let (gateway, backend) = started("graceTimeOut: 300ms", "graceTimeOut: 60s").await;
    // An answer that does not come, an upgrade, and a stream.
    let (mut cut, _first) = busy(&gateway, &backend, "one").await;
    let mut upgraded = Client::connect(gateway.address("one")).await;
    upgraded.send(UPGRADE).await;
    let mut second = backend.accept().await;
    second.expect_request().await;
    second.send(UPGRADED).await;
    assert_eq!(upgraded.read_response().await.status(), 101);
    let mut client = h2::Client::connect(gateway.address("one")).await;
    let stream = client.open(http::Request::post("http://a.test/").body(()).unwrap()).await;
    let mut third = backend.accept().await;
    third.expect_head().await;
    let (mut patient, mut last) = busy(&gateway, &backend, "other").await;

    let (status, begun) = (gateway.status(), Instant::now());
    let watch = async {
        within(SOON, "the end of one", cut.read_rest()).await;
        within(SOON, "the end of an upgrade", upgraded.read_rest()).await;
        assert!(within(SOON, "the end of a stream", stream.try_reply()).await.is_err());
        assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
        assert_eq!(stages(&status), [Stage::Draining, Stage::Forced, Stage::Draining]);
        last.answer("at last").await;
        assert_eq!(patient.read_response().await.text(), "at last");
        patient.expect_close().await;
    };
    let (ended, ()) = soon("the end", async { tokio::join!(gateway.stop(), watch) }).await;
    assert!(!ended, "the other one was forced");
}

#[tokio::test]
async fn an_entry_point_accepts_for_its_own_time() {
    let (gateway, backend) =
        started("graceTimeOut: 60s", "requestAcceptGraceTimeout: 3s, graceTimeOut: 60s").await;
    let [one, other] = ["one", "other"].map(|name| gateway.address(name));
    let (mut under_way, mut first) = busy(&gateway, &backend, "one").await;
    let (status, begun) = (gateway.status(), Instant::now());
    let watch = async {
        until("the first one closes", || status.stage_of("one") == Some(Stage::Draining)).await;
        assert_eq!(stages(&status), [Stage::Unready, Stage::Draining, Stage::Unready]);
        assert!(TcpStream::connect(one).await.is_err(), "it is closed");
        let mut client = Client::connect(other).await;
        client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.answer("hello").await;
        let answer = client.read_response().await;
        // It is kept, as if nothing stopped.
        assert_eq!((answer.text().as_str(), answer.header("connection")), ("hello", None));
        first.answer("finished").await;
        assert_eq!(under_way.read_response().await.text(), "finished");
        client.expect_close().await;
        assert!(begun.elapsed() >= Duration::from_secs(3), "{:?}", begun.elapsed());
    };
    let (ended, ()) = soon("the end", async { tokio::join!(gateway.stop(), watch) }).await;
    assert!(ended);
}

#[tokio::test]
async fn nothing_is_forced_where_nothing_is_left() {
    let (gateway, backend) = started("graceTimeOut: 1s", "graceTimeOut: 2s").await;
    let (mut client, _conn) = busy(&gateway, &backend, "other").await;
    let status = gateway.status();
    let (ended, _) = soon("the end", async { tokio::join!(gateway.stop(), client.read_rest()) }).await;
    assert!(!ended);
    assert_eq!(stages(&status), [Stage::Draining, Stage::Draining, Stage::Forced]);
}

#[tokio::test]
async fn every_stage_lasts_as_long_as_what_it_stands_for() {
    let times = "requestAcceptGraceTimeout: 200ms, graceTimeOut: 2s";
    let (gateway, backend) = started(times, times).await;
    let (mut client, _conn) = busy(&gateway, &backend, "one").await;
    // It has said nothing yet, and is given a moment to.
    let mut idle = Client::connect(gateway.address("one")).await;
    until("both", || gateway.status().open_connections() == 2).await;
    let status = gateway.status();
    let mut seen = vec![status.stage_of("one").unwrap()];
    let watch = async {
        let mut tick = tokio::time::interval(Duration::from_millis(1));
        while seen.last() != Some(&Stage::Forced) {
            tick.tick().await;
            let now = status.stage_of("one").unwrap();
            if seen.last() != Some(&now) {
                seen.push(now);
            }
        }
        idle.expect_close().await;
        client.read_rest().await;
    };
    let (ended, ()) = soon("the end", async { tokio::join!(gateway.stop(), watch) }).await;
    assert!(!ended);
    let all = [Stage::Running, Stage::Unready, Stage::Closing, Stage::Draining, Stage::Forced];
    assert_eq!(seen, all);
}
