//! Requests that are proxied one after the other, on connections that are kept.

use windrose_kit::peer::h1::Client;
use windrose_kit::peer::h2;
use windrose_kit::peer::tls::{ClientOptions, Connector};

use crate::inside;
use crate::proxy::Proxy;

impl Proxy {
    /// Expects that the worker allocates so often for one request, in the best of several rounds.
    async fn expect(&mut self, what: &str, most: usize, mut request: impl AsyncFnMut()) {
        let (mut best, mut own) = (usize::MAX, usize::MAX);
        for _ in 0..ROUNDS {
            let before = inside::tally(&mut self.inside).await;
            let between = inside::tally(&mut self.inside).await;
            for _ in 0..REQUESTS {
                request().await;
            }
            let after = inside::tally(&mut self.inside).await;
            own = own.min(between.made - before.made);
            best = best.min(after.made - between.made);
        }
        let (count, rest) = ((best - own) / REQUESTS, (best - own) % REQUESTS);
        println!("{what}: {count} allocations for each request");
        if count > most || rest > 0 {
            inside::watch(&mut self.inside).await;
            request().await;
            let seen = inside::seen(&mut self.inside).await;
            panic!(
                "{what}: {count} allocations and {rest}/{REQUESTS} for each request, not {most}; one made\n{seen}"
            );
        }
    }
}

#[tokio::test]
async fn a_request_by_http1_allocates_so_often() {
    let mut proxy = Proxy::start().await;
    for (host, most) in [("plain.test", 1), ("filtered.test", 1)] {
        let mut client = Client::connect(proxy.gateway.address("web")).await;
        proxy.expect(host, most, async || assert_eq!(client.get(host, "/").await.text(), "hello")).await;
    }
}

#[tokio::test]
async fn a_request_by_http2_and_tls_allocates_so_often() {
    let mut proxy = Proxy::start().await;
    let connector = Connector::new(ClientOptions { alpn: &["h2"], ..ClientOptions::default() });
    for (host, most) in [("plain.test", 12), ("filtered.test", 15)] {
        let mut client = h2::Client::connect_tls(proxy.gateway.address("web"), &connector, host).await;
        let url = format!("https://{host}/");
        proxy.expect(&url, most, async || assert_eq!(client.get(&url).await.text(), "hello")).await;
    }
}

#[tokio::test]
async fn a_request_that_is_recorded_allocates_no_more_than_its_headers_need() {
    let metrics = "metrics: {prometheus: {addRoutersLabels: true, manualRouting: true}}\n";
    let log = "accessLog: {filePath: /dev/null, format: json}\n";
    let headers = "accessLog: {filePath: /dev/null, format: json, fields: {headers: {defaultMode: keep}}}\n";
    for (options, most) in [(metrics, 1), (log, 1), (&*format!("{metrics}{log}"), 1), (headers, 2)] {
        let mut proxy = Proxy::recording(options).await;
        let mut client = Client::connect(proxy.gateway.address("web")).await;
        let request = async || assert_eq!(client.get("plain.test", "/").await.text(), "hello");
        proxy.expect(options, most, request).await;
    }
}

const ROUNDS: usize = 8;
const REQUESTS: usize = 100;
