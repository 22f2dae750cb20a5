//! TCP that is not looked into: who gets a connection, and how it is carried.

mod database;
mod dispatch;
mod gates;
mod health;
mod life;
mod proxied;
mod relayed;
mod secure;

use std::net::SocketAddr;

use windrose_kit::peer::h2::Backend;
use windrose_kit::peer::tls::{Acceptor, Authority, Connector, Identity, ServerOptions};
use windrose_kit::peer::wire::Wire;

use crate::gateway::{Gateway, Http, Setup, dynamic, offering};

/// A routing configuration of these parts below `tcp:`: one line each, `section.name: value`.
fn tcp(lines: &[(&str, String)]) -> String {
    tcp_and(&[], lines, "")
}

/// The same with routers of HTTP, which lead nowhere and so answer 503, and with more at the top.
fn tcp_and(routers: &[(&str, &str)], lines: &[(&str, String)], more: &str) -> String {
    let mut text = String::from("tcp:\n");
    for section in ["routers", "services", "middlewares", "serversTransports"] {
        let of_section = lines.iter().filter_map(|(path, value)| Some((path.strip_prefix(section)?, value)));
        let of_section: Vec<_> = of_section.collect();
        if !of_section.is_empty() {
            text.push_str(&format!("  {section}:\n"));
        }
        for (name, value) in of_section {
            text.push_str(&format!("    {}: {value}\n", name.trim_start_matches('.')));
        }
    }
    text.push_str(more);
    dynamic(&Http { routers, more: &text, ..Http::default() })
}

/// A service with one server.
fn to(server: SocketAddr) -> String {
    format!("{{loadBalancer: {{servers: [{{address: '{server}'}}]}}}}")
}

/// A program with an entry point `raw` beside `web`, with these options and this routing.
async fn start(options: &str, dynamic: &str) -> Gateway {
    let raw = format!("{{address: '${{raw}}', {options}}}");
    Gateway::start(Setup { entry_points: &[("raw", &raw)], dynamic, ..Setup::default() }).await
}

/// Connects to the entry point `raw`.
async fn connect(gateway: &Gateway) -> Wire {
    Wire::connect(gateway.entry_point("raw")).await
}

/// What a client and a server send each other arrives.
async fn talk(client: &mut Wire, server: &mut Wire) {
    client.send("ping").await;
    server.expect("ping").await;
    server.send("pong").await;
    client.expect("pong").await;
}
