//! The way of lines: datagrams, or a socket of this machine.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{UdpSocket, UnixDatagram, UnixStream};
use tokio::time::timeout;

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// `host:port`
    Udp(String),
    /// A socket for datagrams.
    Datagram(String),
    /// A socket for a stream, in which each packet has its length before it.
    Stream(String),
    /// `unix://`: whichever of both it is.
    Unix(String),
}

impl Wire {
    /// Reads an address; an empty host is this machine.
    pub(crate) fn new(address: &str) -> Option<Self> {
        let path = |path: &str| (!path.is_empty()).then(|| path.to_owned());
        if let Some(rest) = address.strip_prefix("unixgram://") {
            return path(rest).map(Self::Datagram);
        }
        if let Some(rest) = address.strip_prefix("unixstream://") {
            return path(rest).map(Self::Stream);
        }
        if let Some(rest) = address.strip_prefix("unix://") {
            return path(rest).map(Self::Unix);
        }
        let address = address.strip_prefix("udp://").unwrap_or(address);
        let (host, port) = address.rsplit_once(':')?;
        let port: u16 = port.parse().ok()?;
        let host = if host.is_empty() { "localhost" } else { host };
        Some(Self::Udp(format!("{host}:{port}")))
    }

    pub(crate) fn place(&self) -> &str {
        match self {
            Self::Udp(place) | Self::Datagram(place) | Self::Stream(place) | Self::Unix(place) => place,
        }
    }

    /// Sends lines, as many as fit into a packet together.
    pub(super) async fn send(&self, lines: &[String]) -> Result<(), String> {
        timeout(LONGEST, self.send_all(lines))
            .await
            .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
            .map_err(|error| error.to_string())
    }

    async fn send_all(&self, lines: &[String]) -> std::io::Result<()> {
        match self {
            Self::Udp(address) => {
                let mut found = tokio::net::lookup_host(address).await?;
                let to = found.next().ok_or(std::io::ErrorKind::AddrNotAvailable)?;
                let own = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(own).await?;
                socket.connect(to).await?;
                for packet in packets(lines, DATAGRAM) {
                    socket.send(packet.as_bytes()).await?;
                }
            }
            Self::Datagram(path) => datagrams(path, lines).await?,
            Self::Stream(path) => stream(path, lines).await?,
            Self::Unix(path) => match datagrams(path, lines).await {
                Err(error) if error.raw_os_error() == Some(OTHER_KIND) => stream(path, lines).await?,
                outcome => outcome?,
            },
        }
        Ok(())
    }
}

async fn datagrams(path: &str, lines: &[String]) -> std::io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    for packet in packets(lines, LOCAL) {
        socket.send(packet.as_bytes()).await?;
    }
    Ok(())
}

async fn stream(path: &str, lines: &[String]) -> std::io::Result<()> {
    let mut socket = UnixStream::connect(path).await?;
    for packet in packets(lines, LOCAL) {
        socket.write_u32_le(u32::try_from(packet.len()).unwrap_or(u32::MAX)).await?;
        socket.write_all(packet.as_bytes()).await?;
    }
    socket.flush().await
}

/// Lines with ends between them, together as long as they fit.
fn packets(lines: &[String], most: usize) -> Vec<String> {
    let mut packets: Vec<String> = Vec::new();
    for line in lines {
        match packets.last_mut().filter(|packet| packet.len() + line.len() < most) {
            Some(packet) => {
                packet.push('\n');
                packet.push_str(line);
            }
            None => packets.push(line.clone()),
        }
    }
    packets
}

/// What every network carries in one piece.
const DATAGRAM: usize = 1432;
const LOCAL: usize = 8192;
const LONGEST: Duration = Duration::from_secs(5);
/// `EPROTOTYPE`: the socket is there, and is one of the other kind.
const OTHER_KIND: i32 = 91;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_traefik_takes() {
        for (address, expected) in [
            ("localhost:8125", Some(Wire::Udp("localhost:8125".into()))),
            (":8125", Some(Wire::Udp("localhost:8125".into()))),
            ("unix:///run/dd.sock", Some(Wire::Unix("/run/dd.sock".into()))),
            ("unixgram:///run/dd.sock", Some(Wire::Datagram("/run/dd.sock".into()))),
            ("unixstream:///run/dd.sock", Some(Wire::Stream("/run/dd.sock".into()))),
            ("localhost", None),
            ("unix://", None),
            ("localhost:x", None),
        ] {
            assert_eq!(Wire::new(address), expected, "{address}");
        }
    }

    #[test]
    fn a_packet_holds_as_many_lines_as_fit() {
        let lines: Vec<String> = ["aaaa", "bbbb", "cccc"].map(str::to_owned).into();
        assert_eq!(packets(&lines, 10), ["aaaa\nbbbb", "cccc"]);
        assert_eq!(packets(&lines, 3).len(), 3);
        assert!(packets(&[], 10).is_empty());
    }
}
