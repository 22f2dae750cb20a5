//! The program under attack.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::interval;
use windrose_kit::program::{Program, Settings};
use windrose_kit::soon;

use crate::client::exchange;

/// A running program whose entry point takes requests of every protocol, with and without TLS.
pub(crate) struct Gateway(Program);

impl Gateway {
    /// Sends everything to one server.
    pub(crate) async fn to(url: &str) -> Self {
        Self::with("", url).await
    }

    /// Sends everything to one server; the entry point has these fields, as YAML on one line.
    pub(crate) async fn with(entry_point: &str, url: &str) -> Self {
        Self::routing(entry_point, &routes(url)).await
    }

    /// Routes as the configuration says, in which the host `ready.test` must not be found.
    pub(crate) async fn routing(entry_point: &str, dynamic: &str) -> Self {
        let static_config = format!(
            "entryPoints: {{web: {{address: '${{web}}', {entry_point}}}}}\n\
             providers: {{providersThrottleDuration: 1ms, file: {{filename: '${{dir}}/dynamic.yml'}}}}\n"
        );
        let settings = Settings {
            entry_points: &["web"],
            static_config: &static_config,
            dynamic_config: dynamic,
            ..Settings::default()
        };
        let gateway = Self(Program::start(settings).await);
        soon("the routing configuration", gateway.ready()).await;
        gateway
    }

    async fn ready(&self) {
        let mut retry = interval(Duration::from_millis(5));
        let probe = b"GET /ready HTTP/1.1\r\nHost: ready.test\r\nConnection: close\r\n\r\n";
        while exchange(self.addr(), probe).await.responses().first().is_none_or(|it| it.status == 404) {
            retry.tick().await;
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.0.entry_point("web")
    }

    /// The memory it holds, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.resident("VmRSS:")
    }

    /// The most memory it ever held, in bytes.
    pub(crate) fn peak(&self) -> usize {
        self.resident("VmHWM:")
    }

    fn resident(&self, name: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// The processor time it has used.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.pid())).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// Expects that it still answers, and that nothing in it has panicked.
    pub(crate) async fn expect_well(&self) {
        let probe = b"GET /well HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
        let seen = exchange(self.addr(), probe).await;
        let log = self.0.log();
        assert!(!log.contains("panicked"), "{log}");
        assert!(seen.responses().len() == 1, "no answer after the attack: {seen:?}\n{log}");
    }
}

/// Sends everything to one server, with and without TLS.
pub(crate) fn routes(url: &str) -> String {
    format!(
        "http:\n  routers:\n    plain: {{rule: 'PathPrefix(`/`)', service: app}}\n    \
         secure: {{rule: 'PathPrefix(`/`)', service: app, tls: {{}}}}\n  \
         services:\n    app: {{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}\n"
    )
}
