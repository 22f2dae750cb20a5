//! Connections to an engine: a socket, TCP, TLS, or a command on another machine.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use data_encoding::BASE64;
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, Command};
use tokio_rustls::TlsConnector;
use windrose_config::redact::FileOrContent;
use windrose_tls::{ClientTls, ClientTlsOptions, Offer};

use super::answer::{Connection, Socket};
use super::error::EngineError;
use super::question::Question;
use crate::options::{self, Endpoint, Tls};

/// Makes connections.
pub(super) struct Connector {
    endpoint: Endpoint,
    tls: Option<ClientTls>,
    /// The value of `Authorization`.
    login: Option<String>,
}

impl Connector {
    /// A connector for what is written; as with Traefik, `DOCKER_HOST` of the environment counts
    /// more, and `DOCKER_CERT_PATH` holds the certificates where no TLS settings are written.
    pub(super) fn new(
        written: &options::Engine,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, EngineError> {
        let of_environment = |name: &str| environment(name).filter(|value| !value.is_empty());
        let settings = match (&written.tls, of_environment("DOCKER_CERT_PATH")) {
            (None, Some(folder)) => Some(Tls {
                ca: FileOrContent::new(format!("{folder}/ca.pem")),
                cert: FileOrContent::new(format!("{folder}/cert.pem")),
                key: FileOrContent::new(format!("{folder}/key.pem")),
                insecure_skip_verify: of_environment("DOCKER_TLS_VERIFY").is_none(),
            }),
            (written, _) => written.clone(),
        };
        let host = of_environment("DOCKER_HOST");
        let endpoint = match (host, &written.endpoint) {
            (Some(host), _) => Endpoint::parse(&host, settings.is_some())?,
            (None, Endpoint::Tcp { host, port, base, is_tls }) => Endpoint::Tcp {
                host: Arc::clone(host),
                port: *port,
                base: Arc::clone(base),
                is_tls: *is_tls || settings.is_some(),
            },
            (None, other) => other.clone(),
        };
        let tls = match (&endpoint, &settings) {
            (Endpoint::Tcp { is_tls: true, .. }, settings) => {
                Some(tls(&settings.clone().unwrap_or_default())?)
            }
            _ => None,
        };
        let login = written.login.as_ref().map(|(name, password)| {
            format!("Basic {}", BASE64.encode(format!("{name}:{}", password.expose()).as_bytes()))
        });
        Ok(Self { endpoint, tls, login })
    }

    /// The head of a question.
    pub(super) fn head(&self, question: &Question) -> Vec<u8> {
        let (host, base) = match &self.endpoint {
            Endpoint::Tcp { host, base, port, .. } if host.contains(':') => {
                (format!("[{host}]:{port}"), &**base)
            }
            Endpoint::Tcp { host, base, port, .. } => (format!("{host}:{port}"), &**base),
            Endpoint::Unix(_) | Endpoint::Ssh { .. } => ("docker".to_owned(), ""),
        };
        let login =
            self.login.as_ref().map_or_else(String::new, |login| format!("Authorization: {login}\r\n"));
        let path = &question.path;
        format!(
            "GET {base}{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: windrose\r\nAccept: application/json\r\n{login}\r\n"
        )
        .into_bytes()
    }

    /// A new connection.
    pub(super) async fn connect(&self) -> Result<Connection, EngineError> {
        let (socket, child) = self.socket().await.map_err(|source| self.unreachable(source))?;
        Ok(Connection::new(socket, child))
    }

    async fn socket(&self) -> io::Result<(Box<dyn Socket>, Option<Child>)> {
        match &self.endpoint {
            Endpoint::Unix(path) => Ok((Box::new(UnixStream::connect(path).await?), None)),
            Endpoint::Tcp { host, port, .. } => {
                let stream = TcpStream::connect((&**host, *port)).await?;
                stream.set_nodelay(true)?;
                let Some(tls) = &self.tls else { return Ok((Box::new(stream), None)) };
                let name = tls.server_name(host).map_err(io::Error::other)?;
                let connector = TlsConnector::from(Arc::clone(tls.http1_config()));
                Ok((Box::new(connector.connect(name, stream).await?), None))
            }
            Endpoint::Ssh { user, host, port, socket } => {
                let (stream, child) = ssh(user, host, *port, socket.as_deref())?;
                Ok((stream, Some(child)))
            }
        }
    }

    fn unreachable(&self, source: io::Error) -> EngineError {
        let hint = match (&self.endpoint, source.kind()) {
            (Endpoint::Unix(_), io::ErrorKind::NotFound) => {
                "; start it, or mount its socket into the container of the gateway"
            }
            (Endpoint::Unix(_), io::ErrorKind::PermissionDenied) => {
                "; let windrose docker-proxy hold it, or run the gateway as root or in the group of the socket"
            }
            (Endpoint::Ssh { .. }, io::ErrorKind::NotFound) => "; install the program ssh",
            _ => "",
        };
        EngineError::Unreachable { endpoint: self.endpoint.to_string(), hint, source }
    }
}

/// Docker's own way to reach an engine by SSH.
fn ssh(
    user: &str,
    host: &str,
    port: Option<u16>,
    socket: Option<&str>,
) -> io::Result<(Box<dyn Socket>, Child)> {
    let mut command = Command::new("ssh");
    command.args(["-o", "ConnectTimeout=30", "-o", "BatchMode=yes"]);
    if !user.is_empty() {
        command.args(["-l", user]);
    }
    if let Some(port) = port {
        command.args(["-p", &port.to_string()]);
    }
    command.args(["-T", "--", host, "docker"]);
    if let Some(socket) = socket {
        command.args(["--host", &format!("unix://{socket}")]);
    }
    command.args(["system", "dial-stdio"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    match (child.stdout.take(), child.stdin.take()) {
        (Some(output), Some(input)) => Ok((Box::new(tokio::io::join(output, input)), child)),
        _ => Err(io::Error::other("ssh has no standard output")),
    }
}

fn tls(written: &Tls) -> Result<ClientTls, EngineError> {
    let is_there = |value: &FileOrContent| !value.is_empty();
    let options = ClientTlsOptions {
        insecure_skip_verify: written.insecure_skip_verify,
        root_cas: Some(&written.ca).into_iter().filter(|ca| is_there(ca)).collect(),
        certificates: Some((&written.cert, &written.key))
            .into_iter()
            .filter(|(cert, _)| is_there(cert))
            .collect(),
        offer: Offer::Http1,
        ..ClientTlsOptions::default()
    };
    let read = |path: &str| windrose_sys::read_file(Path::new(path), LARGEST);
    Ok(ClientTls::compile(&options, &read)?.value)
}

/// No certificate is longer.
const LARGEST: u64 = 4 << 20;
