//! New configurations under traffic: nothing fails, nothing is mixed, nothing is lost that did not change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;
use windrose_kit::peer::h1::{Backend, Client, Server};
use windrose_kit::{peer::h2, within};

use crate::gateway::{EVERYTHING, Gateway, Http, Setup, dynamic, to};

/// Everything to one server, with a header that tells the number of the configuration.
fn numbered(url: &str, number: usize) -> String {
    dynamic(&Http {
        routers: &[
            ("plain", "{rule: 'PathPrefix(`/`)', service: app, middlewares: [mark]}"),
            ("other", &format!("{{rule: 'Path(`/{number}`)', service: app}}")),
        ],
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}"))],
        more: &format!(
            "  middlewares:\n    mark: {{headers: {{customRequestHeaders: {{X-One: '{number}'}}, \
             customResponseHeaders: {{X-Two: '{number}'}}}}}}\n"
        ),
        ..Http::default()
    })
}

#[tokio::test]
async fn two_hundred_configurations_under_traffic_fail_no_request() {
    let server = Server::echo().await;
    let gateway = Gateway::start(Setup { dynamic: &numbered(&server.url(), 0), ..Setup::default() }).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..4 {
        let (addr, stop) = (gateway.addr(), Arc::clone(&stop));
        clients.spawn(async move {
            let mut client = Client::connect(addr).await;
            let (mut count, mut last) = (0, 0);
            while !stop.load(Ordering::Relaxed) {
                let response = client.get("a.test", "/p").await;
                assert_eq!(response.status(), 200);
                // The request and its answer passed the same configuration, and none comes back.
                let number: usize = response.header("x-two").unwrap().parse().unwrap();
                assert!(response.text().contains(&format!("X-One: {number}\r\n")), "{}", response.text());
                assert!(number >= last);
                (count, last) = (count + 1, number);
            }
            count
        });
    }
    for number in 1..=200 {
        gateway.apply(&numbered(&server.url(), number)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let counts = within(windrose_kit::DEADLINE, "the clients", clients.join_all()).await;
    assert!(counts.iter().all(|count| *count > 20), "{counts:?}");
}

#[tokio::test]
async fn a_request_under_way_stays_with_its_configuration() {
    let (old, new) = (Backend::bind().await, Server::fixed("new").await);
    let gateway = Gateway::to(&old.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = old.accept().await;
    conn.expect_request().await;
    gateway.apply(&to(&new.url())).await;
    assert_eq!(gateway.client().await.get("a.test", "/").await.text(), "new");
    conn.answer("old").await;
    assert_eq!(client.read_response().await.text(), "old");
    assert_eq!(client.get("a.test", "/").await.text(), "new", "the same connection sees the new one next");
}

#[tokio::test]
async fn connections_to_servers_outlive_a_configuration() {
    let server = Server::echo().await;
    let second = h2::Server::echo().await;
    let gateway = Gateway::start(Setup { dynamic: &numbered(&server.url(), 0), ..Setup::default() }).await;
    let mut client = gateway.client().await;
    for number in 1..5 {
        assert_eq!(client.get("a.test", "/").await.status(), 200);
        gateway.apply(&numbered(&server.url(), number)).await;
    }
    assert_eq!(client.get("a.test", "/").await.status(), 200);
    assert_eq!(server.connections(), 1);

    for number in 1..5 {
        gateway.apply(&numbered(&second.url(), number)).await;
        assert_eq!(client.get("a.test", "/").await.status(), 200);
    }
    assert_eq!(second.connections(), 1);
}

#[tokio::test]
async fn turns_go_on_after_a_configuration() {
    let (a, b) = (Server::fixed("a").await, Server::fixed("b").await);
    let service = format!("{{loadBalancer: {{servers: [{{url: '{}'}}, {{url: '{}'}}]}}}}", a.url(), b.url());
    let made = || dynamic(&Http { routers: EVERYTHING, services: &[("app", &service)], ..Http::default() });
    let gateway = Gateway::start(Setup { dynamic: &made(), ..Setup::default() }).await;
    let mut client = gateway.client().await;
    let mut order = String::new();
    for _ in 0..6 {
        order.push_str(&client.get("a.test", "/").await.text());
        gateway.apply(&made()).await;
    }
    assert!(order == "ababab" || order == "bababa", "{order}");
}

#[tokio::test]
async fn old_configurations_are_freed() {
    let server = Server::echo().await;
    let many: String = (0..2000)
        .map(|number| format!("    r{number}: {{rule: 'Host(`h{number}.test`)', service: app}}\n"))
        .collect();
    let made =
        |number| numbered(&server.url(), number).replace("  services:\n", &format!("{many}  services:\n"));
    let gateway = Gateway::start(Setup { dynamic: &made(0), ..Setup::default() }).await;
    let mut idle = gateway.client().await;
    idle.get("a.test", "/").await;
    for number in 1..10 {
        gateway.apply(&made(number)).await;
    }
    let before = gateway.memory();
    for number in 10..40 {
        gateway.apply(&made(number)).await;
    }
    let grown = gateway.memory().saturating_sub(before);
    // One such configuration takes some megabytes.
    assert!(grown < 10 << 20, "{grown} bytes more after 30 configurations");
}
