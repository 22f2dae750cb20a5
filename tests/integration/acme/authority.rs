//! An authority to obtain certificates from (Pebble), and the DNS that it asks.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;
use tokio::time::interval;
use windrose_kit::peer::tls::Authority;
use windrose_kit::port::free_port;
use windrose_kit::soon;
use windrose_kit::temp::TempDir;

/// Where the authority comes to look for proofs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ports {
    pub(super) http: u16,
    pub(super) tls: u16,
}

/// A running authority. Both programs are killed when this is dropped.
pub(super) struct Pebble {
    folder: TempDir,
    port: u16,
    dns_management: SocketAddr,
    _programs: Vec<Child>,
}

impl Pebble {
    pub(super) async fn start(ports: Ports) -> Self {
        Self::with(ports, &json!({}), None).await
    }

    /// With more options, and with another DNS server to ask.
    pub(super) async fn with(ports: Ports, options: &Value, dns: Option<&str>) -> Self {
        let folder = TempDir::new();
        let own = Authority::new("pebble's own");
        let identity = own.issue(&["localhost", "127.0.0.1"]);
        folder.write("ca.pem", own.pem());
        let [port, management] = [free_port(), free_port()];
        let mut pebble = json!({
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": folder.write("cert.pem", identity.certificate_pem()),
            "privateKey": folder.write("key.pem", identity.key_pem()),
            "httpPort": ports.http,
            "tlsPort": ports.tls,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "profiles": {"default": {"description": "as ever", "validityPeriod": 7_776_000}},
        });
        pebble.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let config = folder.write("pebble.json", json!({"pebble": pebble}).to_string());

        let (dns_port, dns_management) = (free_port(), free_port());
        let mut programs = vec![
            command("challtestsrv")
                .await
                .args(["-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""])
                .args(["-dnsserver", &format!("127.0.0.1:{dns_port}")])
                .args(["-management", &format!("127.0.0.1:{dns_management}")])
                .spawn()
                .unwrap(),
        ];
        let own_dns = format!("127.0.0.1:{dns_port}");
        programs.push(
            command("pebble")
                .await
                .arg("-config")
                .arg(config)
                .args(["-strict", "-dnsserver", dns.unwrap_or(&own_dns)])
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_WFE_NONCEREJECT", "20")
                .env("PEBBLE_AUTHZREUSE", "0")
                .spawn()
                .unwrap(),
        );
        for port in [port, management, dns_management] {
            soon(format!("a listener on {port}"), accepts(port)).await;
        }
        let dns_management = SocketAddr::from(([127, 0, 0, 1], dns_management));
        Self { folder, port, dns_management, _programs: programs }
    }

    /// What a resolver writes to use it.
    pub(super) fn options(&self) -> String {
        format!(
            "email: a@b.test, storage: '{}', caServer: 'https://127.0.0.1:{}/dir', caCertificates: ['{}']",
            self.folder.path().join("acme.json").display(),
            self.port,
            self.folder.path().join("ca.pem").display()
        )
    }

    /// What programs have kept: they all use one file, one after the other.
    pub(super) fn kept(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.folder.path().join("acme.json")).unwrap()).unwrap()
    }

    /// Where files are.
    pub(super) fn folder(&self) -> &TempDir {
        &self.folder
    }

    /// The address at which its DNS server is told things.
    pub(super) fn dns_management(&self) -> SocketAddr {
        self.dns_management
    }
}

async fn accepts(port: u16) {
    let mut retry = interval(Duration::from_millis(10));
    loop {
        retry.tick().await;
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return;
        }
    }
}

/// A program of others, which is installed first if it is missing.
pub(super) async fn command(name: &str) -> Command {
    let mut command = Command::new(program(name).await);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// Where such a program is.
pub(super) async fn program(name: &str) -> PathBuf {
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let install = async || {
        let programs = ["pebble", "challtestsrv", "named", "traefik"];
        if programs.iter().all(|program| root.join(".peers/bin").join(program).exists()) {
            return;
        }
        let output = Command::new(root.join("tests/peers/install")).arg("acme").output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    INSTALLED.get_or_init(install).await;
    root.join(".peers/bin").join(name)
}
