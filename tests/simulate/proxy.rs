//! A gateway to be measured: one worker, one server that always says the same, and a look inside.

use std::fmt::Write;
use std::sync::Arc;

use windrose_kit::gateway::{Gateway, Settings};
use windrose_kit::peer::h1::{Client, Server};
use windrose_kit::peer::tls::Authority;
use windrose_kit::temp::TempDir;

use crate::allocations;
use crate::inside::{self, Inside};
use crate::sizes::streams::{self, Waits};

/// A gateway of one worker, with a server behind it, and a client to look inside.
pub(crate) struct Proxy {
    pub(crate) gateway: Gateway,
    _server: Server,
    pub(crate) inside: Client,
    pub(crate) waits: Arc<Waits>,
    _folder: TempDir,
}

/// Three middlewares that change nothing but fields.
const FILTERS: &str = "  middlewares:
    one: {headers: {customRequestHeaders: {X-One: '1'}}}
    two: {headers: {customResponseHeaders: {X-Two: '2'}}}
    three: {headers: {customRequestHeaders: {X-Three: '3'}, customResponseHeaders: {X-Four: '4'}}}
";

impl Proxy {
    /// Starts it; the hosts `plain.test` and `filtered.test` lead to the server, with and without TLS.
    pub(crate) async fn start() -> Self {
        Self::recording("").await
    }

    /// The same, with more of an install configuration.
    pub(crate) async fn recording(options: &str) -> Self {
        allocations::start();
        let server = Server::fixed("hello").await;
        let folder = TempDir::new();
        let identity = Authority::new("ca").issue(&["plain.test", "filtered.test"]);
        let certificate = folder.write("cert.pem", identity.certificate_pem());
        let key = folder.write("key.pem", identity.key_pem());
        let waits = Arc::new(Waits::default());
        let gateway = Gateway::with(Settings {
            static_config: &format!("entryPoints: {{web: {{address: '127.0.0.1:0'}}}}\n{options}"),
            services: vec![("inside", Arc::new(Inside)), ("waits", Arc::clone(&waits) as _)],
            ..Settings::default()
        });
        let mut dynamic = format!("http:\n  routers:\n    {}\n    {}\n", inside::ROUTER, streams::ROUTER);
        for tls in ["", ", tls: {}"] {
            let suffix = tls.len();
            for (name, middlewares) in [("plain", ""), ("filtered", ", middlewares: [one, two, three]")] {
                writeln!(
                    dynamic,
                    "    {name}{suffix}: {{rule: 'Host(`{name}.test`)', service: app{middlewares}{tls}}}"
                )
                .unwrap();
            }
        }
        write!(
            dynamic,
            "  services: {{app: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}}}\n{FILTERS}tls:\n  certificates:\n    \
             - {{certFile: '{}', keyFile: '{}'}}\n",
            server.url(),
            certificate.display(),
            key.display()
        )
        .unwrap();
        gateway.publish("test", &dynamic).await;
        let inside = Client::connect(gateway.address("web")).await;
        Self { gateway, _server: server, inside, waits, _folder: folder }
    }
}
