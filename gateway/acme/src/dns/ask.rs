//! Questions to DNS servers, over UDP and, where the answer does not fit, TCP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;

use super::DnsError;

/// The servers that answer for the whole of DNS.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    servers: Arc<[String]>,
}

impl Resolver {
    /// These servers, each with or without port; those of the system when there are none.
    pub(crate) fn new(written: &[Arc<str>], system: &str) -> Self {
        let mut servers: Vec<String> = written.iter().map(|server| with_port(server)).collect();
        if servers.is_empty() {
            servers = of_system(system);
        }
        if servers.is_empty() {
            servers = PUBLIC.map(str::to_owned).into();
        }
        Self { servers: servers.into() }
    }

    pub(crate) fn servers(&self) -> &[String] {
        &self.servers
    }

    /// Asks one server after the other until one answers.
    pub(crate) async fn ask(&self, name: &str, kind: RecordType) -> Result<Message, DnsError> {
        let mut last = DnsError::Ask("there is no server".into());
        for server in self.servers() {
            match ask(server, name, kind, true).await {
                Ok(answer) if is_answer(&answer) => return Ok(answer),
                Ok(answer) => {
                    let code = answer.metadata.response_code;
                    last = DnsError::Ask(format!("{server} answers {code} for {name}"));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Whether a server has said what it knows.
fn is_answer(answer: &Message) -> bool {
    matches!(answer.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain)
}

/// Asks one server, `host:port`.
pub(crate) async fn ask(
    server: &str,
    name: &str,
    kind: RecordType,
    recursive: bool,
) -> Result<Message, DnsError> {
    let name = Name::from_ascii(name).map_err(|_| DnsError::Ask(format!("{name} is no name of DNS")))?;
    let mut question = Message::new(id()?, MessageType::Query, OpCode::Query);
    question.metadata.recursion_desired = recursive;
    question.add_query(Query::query(name, kind));
    let bytes = question.to_vec().map_err(|error| DnsError::Ask(error.to_string()))?;
    let answer = exchange(server, &bytes).await?;
    Message::from_vec(&answer).map_err(|error| DnsError::Ask(format!("{server}: {error}")))
}

/// A number that nobody guesses.
pub(super) fn id() -> Result<u16, DnsError> {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).map_err(|error| DnsError::Ask(error.to_string()))?;
    Ok(u16::from_be_bytes(bytes))
}

/// Sends a message and gives the answer to it. A server that is silent is asked twice.
pub(super) async fn exchange(server: &str, message: &[u8]) -> Result<Vec<u8>, DnsError> {
    let failed = |cause: String| DnsError::Ask(format!("{server}: {cause}"));
    let found = lookup_host(server).await.map_err(|error| failed(error.to_string()))?;
    let mut last = failed("its name has no address".into());
    for address in found.take(2) {
        for _ in 0..2 {
            match timeout(PATIENCE, over_udp(address, message)).await {
                Ok(Ok(answer)) if is_truncated(&answer) => {
                    let answer = timeout(PATIENCE, over_tcp(address, message)).await;
                    return answer
                        .map_err(|_| failed("no answer over TCP".into()))?
                        .map_err(|e| failed(e.to_string()));
                }
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => last = failed(error.to_string()),
                Err(_) => last = failed("no answer".into()),
            }
        }
    }
    Err(last)
}

async fn over_udp(server: SocketAddr, message: &[u8]) -> std::io::Result<Vec<u8>> {
    let local: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(server).await?;
    socket.send(message).await?;
    let mut answer = vec![0; 65_535];
    loop {
        let length = socket.recv(&mut answer).await?;
        if is_to(answer.get(..length).unwrap_or_default(), message) {
            answer.truncate(length);
            return Ok(answer);
        }
    }
}

async fn over_tcp(server: SocketAddr, message: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut tcp = TcpStream::connect(server).await?;
    let length = u16::try_from(message.len()).map_err(std::io::Error::other)?;
    tcp.write_all(&[&length.to_be_bytes(), message].concat()).await?;
    let length = tcp.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    tcp.read_exact(&mut answer).await?;
    if is_to(&answer, message) { Ok(answer) } else { Err(std::io::ErrorKind::InvalidData.into()) }
}

/// Whether it is an answer, and to this question.
fn is_to(answer: &[u8], question: &[u8]) -> bool {
    answer.get(..2) == question.get(..2) && answer.get(2).is_some_and(|flags| flags & 0x80 != 0)
}

fn is_truncated(answer: &[u8]) -> bool {
    answer.get(2).is_some_and(|flags| flags & 0x02 != 0)
}

/// The texts of a name in an answer.
pub(crate) fn texts(answer: &Message) -> Vec<String> {
    let text = |data: &RData| match data {
        RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
        _ => None,
    };
    answer.answers.iter().filter_map(|record| text(&record.data)).collect()
}

/// Where the name of an answer leads.
pub(crate) fn alias(answer: &Message, name: &str) -> Option<String> {
    let is_it = |of: &Name| of.to_ascii().eq_ignore_ascii_case(name);
    answer.answers.iter().find_map(|record| match &record.data {
        RData::CNAME(to) if is_it(&record.name) => Some(to.0.to_ascii()),
        _ => None,
    })
}

fn with_port(server: &str) -> String {
    let bare = server.trim_start_matches('[').trim_end_matches(']');
    if server.parse::<SocketAddr>().is_ok() {
        server.to_owned()
    } else if bare.parse::<std::net::Ipv6Addr>().is_ok() {
        format!("[{bare}]:53")
    } else if server.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        server.to_owned()
    } else {
        format!("{server}:53")
    }
}

/// The servers that `resolv.conf` names.
fn of_system(path: &str) -> Vec<String> {
    let bytes = windrose_sys::read_file(std::path::Path::new(path), 1 << 20).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let servers = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    servers.map(|server| with_port(server.split('%').next().unwrap_or_default().trim())).collect()
}

const PATIENCE: Duration = Duration::from_secs(5);
/// lego: the same.
const PUBLIC: [&str; 2] = ["google-public-dns-a.google.com:53", "google-public-dns-b.google.com:53"];
