//! A program between a test's clients and servers.
//!
//! Owns the configuration that all tests share: one entry point `web`, which takes requests with and without TLS, and
//! the file provider. A router of the host `ready.test` tells when a configuration is in force.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use tokio::time::interval;
use windrose_kit::peer::h1::Client;
use windrose_kit::peer::tls::{ClientOptions, Connector};
use windrose_kit::program::{Program, Settings};
use windrose_kit::soon;

/// A running program whose entry point is called `web`.
pub(crate) struct Gateway(Program);

/// What a program is started with.
#[derive(Debug, Default)]
pub(crate) struct Setup<'a> {
    /// Fields of the entry point, as YAML on one line: `transport: {keepAliveMaxRequests: 2}`.
    pub(crate) entry_point: &'a str,
    /// Further entry points: names, and all of their options as YAML on one line. Those whose address is `${name}` are
    /// waited for.
    pub(crate) entry_points: &'a [(&'a str, &'a str)],
    /// Further parts of the install configuration.
    pub(crate) more: &'a str,
    /// The routing configuration; see [`dynamic`] and [`to`].
    pub(crate) dynamic: &'a str,
    /// Files of the configuration: names and contents.
    pub(crate) files: &'a [(&'a str, &'a str)],
}

impl Gateway {
    /// Starts a program that sends everything to one server.
    pub(crate) async fn to(url: &str) -> Self {
        Self::start(Setup { dynamic: &to(url), ..Setup::default() }).await
    }

    /// Starts a program that sends everything to one server, its entry point having these fields.
    pub(crate) async fn with(entry_point: &str, url: &str) -> Self {
        Self::start(Setup { entry_point, dynamic: &to(url), ..Setup::default() }).await
    }

    /// Starts a program and waits until its configuration is in force.
    pub(crate) async fn start(setup: Setup<'_>) -> Self {
        let Setup { entry_point, entry_points, more, dynamic, files } = setup;
        let others: String =
            entry_points.iter().map(|(name, options)| format!("  {name}: {options}\n")).collect();
        let is_named = |(name, options): &&(&str, &str)| options.contains(&format!("${{{name}}}"));
        let names: Vec<&str> = std::iter::once("web")
            .chain(entry_points.iter().filter(is_named).map(|(name, _)| *name))
            .collect();
        let static_config = format!(
            "entryPoints:\n  web: {{address: '${{web}}', {entry_point}}}\n{others}\
             providers: {{providersThrottleDuration: 1ms, file: {{filename: '${{dir}}/dynamic.yml'}}}}\n\
             log: {{level: DEBUG}}\n{more}"
        );
        let program = Program::spawn(Settings {
            entry_points: &names,
            static_config: &static_config,
            dynamic_config: "{}",
            ..Settings::default()
        });
        for (name, content) in files {
            program.folder().write(name, content);
        }
        let mut gateway = Self(program);
        gateway.wait_ready().await;
        gateway.apply(dynamic).await;
        gateway
    }

    /// The address of the entry point.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.entry_point("web")
    }

    /// Connects a client.
    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.addr()).await
    }

    /// Connects an HTTP/2 client that knows what it will meet.
    pub(crate) async fn h2_client(&self) -> windrose_kit::peer::h2::Client {
        windrose_kit::peer::h2::Client::connect(self.addr()).await
    }

    /// Connects an HTTP/2 client by TLS.
    pub(crate) async fn h2_tls_client(&self, name: &str) -> windrose_kit::peer::h2::Client {
        windrose_kit::peer::h2::Client::connect_tls(self.addr(), &offering(&["h2"]), name).await
    }

    /// Puts a routing configuration in force.
    pub(crate) async fn apply(&self, dynamic: &str) {
        self.write_dynamic(dynamic);
        let marker = dynamic.split('`').find(|name| name.ends_with(".ready.test"));
        let marker = marker.unwrap_or_else(|| panic!("made without `dynamic`: {dynamic}"));
        let get = format!("GET / HTTP/1.1\r\nHost: {marker}\r\nConnection: close\r\n\r\n");
        let in_force = async {
            let mut retry = interval(Duration::from_millis(5));
            loop {
                retry.tick().await;
                let mut client = self.client().await;
                client.send(&get).await;
                if client.read_response().await.status() == 503 {
                    return;
                }
            }
        };
        let (result, log) = (tokio::time::timeout(windrose_kit::DEADLINE, in_force).await, self.log());
        assert!(result.is_ok(), "the configuration did not come into force:\n{dynamic}\n{log}");
    }

    /// The memory it holds now, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.of_status("VmRSS:")
    }

    /// The most memory it has held since [`Gateway::forget_peak`], in bytes.
    pub(crate) fn peak_memory(&self) -> usize {
        self.of_status("VmHWM:")
    }

    /// Lets the measuring of the peak begin now.
    pub(crate) fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.pid()), "5").unwrap();
    }

    fn of_status(&self, field: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// The program, to be signalled and waited for.
    pub(crate) fn into_program(self) -> Program {
        self.0
    }
}

impl Deref for Gateway {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.0
    }
}

impl DerefMut for Gateway {
    fn deref_mut(&mut self) -> &mut Program {
        &mut self.0
    }
}

/// A routing configuration of these parts below `http:`, indented by two, and these at the top.
pub(crate) fn dynamic(http: &Http<'_>) -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut text = String::from("http:\n  routers:\n");
    let part = |text: &mut String, lines: &[(&str, &str)]| {
        for (name, value) in lines {
            writeln!(text, "    {name}: {value}").unwrap();
        }
    };
    let ready = format!("{{rule: 'Host(`{number}.ready.test`)', service: nobody, priority: 100000}}");
    // What asks for a later configuration must not reach the servers of this one.
    let early = "{rule: 'HostRegexp(`^[0-9]+[.]ready[.]test$`)', service: noop@internal, priority: 99999}";
    part(&mut text, &[("ready", &ready), ("early", early)]);
    part(&mut text, http.routers);
    text.push_str("  services:\n");
    part(&mut text, &[("nobody", "{loadBalancer: {servers: []}}")]);
    part(&mut text, http.services);
    if !http.transports.is_empty() {
        text.push_str("  serversTransports:\n");
        part(&mut text, http.transports);
    }
    text.push_str(http.more);
    text
}

/// The parts of a routing configuration: names and values, the values as YAML on one line.
#[derive(Debug, Default)]
pub(crate) struct Http<'a> {
    pub(crate) routers: &'a [(&'a str, &'a str)],
    pub(crate) services: &'a [(&'a str, &'a str)],
    pub(crate) transports: &'a [(&'a str, &'a str)],
    pub(crate) more: &'a str,
}

/// Sends everything to one server, with and without TLS.
pub(crate) fn to(url: &str) -> String {
    to_service(&format!("loadBalancer: {{servers: [{{url: '{url}'}}]}}"))
}

/// Sends everything to one server by this transport.
pub(crate) fn to_by(url: &str, transport: &str) -> String {
    dynamic(&Http {
        routers: EVERYTHING,
        services: &[(
            "app",
            &format!("{{loadBalancer: {{serversTransport: way, servers: [{{url: '{url}'}}]}}}}"),
        )],
        transports: &[("way", &format!("{{{transport}}}"))],
        more: "",
    })
}

/// Sends everything to one service, with and without TLS.
pub(crate) fn to_service(service: &str) -> String {
    dynamic(&Http { routers: EVERYTHING, services: &[("app", &format!("{{{service}}}"))], ..Http::default() })
}

/// Routers that send everything to the service `app`.
pub(crate) const EVERYTHING: &[(&str, &str)] = &[
    ("plain", "{rule: 'PathPrefix(`/`)', service: app}"),
    ("secure", "{rule: 'PathPrefix(`/`)', service: app, tls: {}}"),
];

/// The client side of TLS that believes everybody.
pub(crate) fn offering(alpn: &[&str]) -> Connector {
    Connector::new(ClientOptions { alpn, ..ClientOptions::default() })
}

/// Waits until `condition` holds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let holds = async {
        let mut retry = interval(Duration::from_millis(5));
        while !condition() {
            retry.tick().await;
        }
    };
    soon(what, holds).await;
}
