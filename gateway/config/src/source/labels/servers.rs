//! The one server of a service, as labels write it: where it listens is known to whoever found the thing.

use serde::Deserialize;

/// `traefik.http.services.<name>.loadbalancer.server`
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpServer {
    /// The port; empty means the one that the thing says.
    pub port: Box<str>,
    /// `http`, `https` or `h2c`; empty means `http`.
    pub scheme: Box<str>,
    /// The whole URL, in place of everything else.
    pub url: Box<str>,
    /// Its share.
    pub weight: Option<i64>,
    /// Whether the path of the URL is put before that of the request.
    pub preserve_path: bool,
}

/// `traefik.tcp.services.<name>.loadbalancer.server`
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TcpServer {
    /// The port; empty means the one that the thing says.
    pub port: Box<str>,
    /// Speak TLS with it.
    pub tls: bool,
}

/// `traefik.udp.services.<name>.loadbalancer.server`
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UdpServer {
    /// The port; empty means the one that the thing says.
    pub port: Box<str>,
}
