//! What a connection holds on the heap of its worker while it has nothing to do.
//!
//! Idle connections are the many, so each byte here counts ten thousand times. The sizes of the futures alone are
//! bounded beside their code; these bounds include buffers, TLS sessions and what libraries keep.

pub(crate) mod streams;

use std::ops::RangeInclusive;

use windrose_kit::peer::h1::Client;
use windrose_kit::peer::h2;
use windrose_kit::peer::tls::{ClientOptions, Connector};

use crate::inside;
use crate::proxy::Proxy;
use crate::until;

impl Proxy {
    /// Expects that a connection holds so many bytes, after a request. Fewer are an error, too: a bound that is far
    /// above what is held lets it grow unseen, so it follows every gain.
    async fn expect_held<C>(
        &mut self,
        what: &str,
        bytes: RangeInclusive<usize>,
        mut connect: impl AsyncFnMut() -> C,
    ) {
        // What comes with the first ones only: room in tables, spare buffers.
        let mut connections = Vec::new();
        let mut tallies = Vec::new();
        for count in [CONNECTIONS, 2 * CONNECTIONS] {
            while connections.len() < count {
                connections.push(connect().await);
            }
            // They are accepted later than they are connected.
            until("all connections", || self.gateway.status().open_connections() == count + 1).await;
            tallies.push(inside::tally(&mut self.inside).await);
        }
        let [before, after] = [tallies[0], tallies[1]];
        let held = usize::try_from(after.held - before.held).unwrap() / CONNECTIONS;
        println!("{what}: {held} bytes for each connection");
        assert!(bytes.contains(&held), "{what}: {held} bytes for each connection, not {bytes:?}");
        drop(connections);
        until("their end", || self.gateway.status().open_connections() == 1).await;
    }
}

#[tokio::test]
async fn an_idle_connection_holds_little() {
    let mut proxy = Proxy::start().await;
    let address = proxy.gateway.address("web");
    let host = "plain.test";
    proxy.expect_held("accepted", 2_500..=3_400, async || Client::connect(address).await).await;
    let plain = async || {
        let mut client = Client::connect(address).await;
        assert_eq!(client.get(host, "/").await.text(), "hello");
        client
    };
    proxy.expect_held("HTTP/1", 3_300..=4_300, plain).await;
    let connector = Connector::new(ClientOptions::default());
    let secure = async || {
        let mut client = Client::connect_tls(address, &connector, host).await;
        assert_eq!(client.get(host, "/").await.text(), "hello");
        client
    };
    proxy.expect_held("HTTP/1 by TLS", 13_500..=15_500, secure).await;
    let plain = async || {
        let mut client = h2::Client::connect(address).await;
        assert_eq!(client.get("http://plain.test/").await.text(), "hello");
        client
    };
    proxy.expect_held("HTTP/2", 36_000..=42_000, plain).await;
    let connector = Connector::new(ClientOptions { alpn: &["h2"], ..ClientOptions::default() });
    let secure = async || {
        let mut client = h2::Client::connect_tls(address, &connector, host).await;
        assert_eq!(client.get("https://plain.test/").await.text(), "hello");
        client
    };
    proxy.expect_held("HTTP/2 by TLS", 45_000..=51_400, secure).await;
}

const CONNECTIONS: usize = 100;
