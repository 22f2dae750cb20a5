//! The DNS server of the mesh: sockets in, answers out.
//!
//! Owns its connections. Must not know where names come from, nor who gave it the sockets. Invariants: one packet gets at
//! most one answer; what a client can make it hold is bounded ([`Options`]).

mod answer;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::Names;
use answer::{Carrier, answer};

/// A server that answers for the zones of the mesh, and for nothing else.
#[derive(Clone, Debug)]
pub struct Server {
    names: Names,
    options: Options,
}

/// How it answers.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long others may remember an answer, and that there is none; in whole seconds.
    pub ttl: Duration,
    /// How many TCP connections there may be; further ones are closed at once.
    pub connections: usize,
    /// How long a connection may take for a question, from its first byte to its last, and for taking an answer.
    pub idle: Duration,
}

impl Default for Options {
    /// Five seconds of memory, as CoreDNS has for services; 256 connections, ten seconds each.
    fn default() -> Self {
        Self { ttl: Duration::from_secs(5), connections: 256, idle: Duration::from_secs(10) }
    }
}

impl Server {
    /// A server for these names.
    #[must_use]
    pub const fn new(names: Names, options: Options) -> Self {
        Self { names, options }
    }

    /// Answers whoever asks, until the future is dropped; that ends its connections too. A failure of a socket is
    /// waited out. May run several times, for sockets of several addresses.
    pub async fn run(&self, udp: UdpSocket, tcp: TcpListener) -> Infallible {
        tokio::select! {
            never = self.datagrams(udp) => never,
            never = self.connections(tcp) => never,
        }
    }

    async fn datagrams(&self, socket: UdpSocket) -> Infallible {
        let mut packet = [0; LONGEST_QUESTION];
        loop {
            match socket.recv_from(&mut packet).await {
                Ok((length, client)) => {
                    let asked = packet.get(..length).unwrap_or_default();
                    if let Some(answer) = self.answer(asked, Carrier::Datagram)
                        && let Err(error) = socket.send_to(&answer, client).await
                    {
                        tracing::debug!(%client, %error, "an answer was not sent");
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "no question could be read");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn connections(&self, listener: TcpListener) -> Infallible {
        // The set owns the connections: they end with it.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) if connections.len() < self.options.connections => {
                        drop(connections.spawn(self.clone().converse(stream)));
                    }
                    Ok((_, client)) => tracing::debug!(%client, "closed: there are too many connections"),
                    Err(error) => {
                        tracing::debug!(%error, "no connection could be accepted");
                        sleep(PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    /// Answers one client, question after question (RFC 7766).
    async fn converse(self, mut stream: TcpStream) {
        let idle = self.options.idle;
        // A client that ends, is silent, or asks for what cannot be a question is told nothing.
        while let Ok(Ok(Some(asked))) = timeout(idle, question(&mut stream)).await {
            let Some(answer) = self.answer(&asked, Carrier::Connection) else { return };
            let Ok(length) = u16::try_from(answer.len()) else { return };
            let mut message = length.to_be_bytes().to_vec();
            message.extend_from_slice(&answer);
            if !matches!(timeout(idle, stream.write_all(&message)).await, Ok(Ok(()))) {
                return;
            }
        }
    }

    fn answer(&self, packet: &[u8], carrier: Carrier) -> Option<Vec<u8>> {
        let ttl = u32::try_from(self.options.ttl.as_secs()).unwrap_or(u32::MAX);
        answer(packet, &self.names.load(), ttl, carrier)
    }
}

/// The next question on a connection; nothing for one that is too long.
async fn question(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let length = usize::from(stream.read_u16().await?);
    if length > LONGEST_QUESTION {
        return Ok(None);
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await?;
    Ok(Some(message))
}

/// A question is a name and a few options.
const LONGEST_QUESTION: usize = 4096;
/// What a socket that fails is given to recover.
const PAUSE: Duration = Duration::from_millis(100);
