//! Sends a case and reads what comes back.
//!
//! Must not help: no header is added, no redirect followed, no connection opened twice.

mod stream;

use std::{
    io::{self, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    time::Duration,
};

use socket2::{Domain, Socket, Type};

use stream::Stream;

use crate::{
    backend::Servers,
    group::{Case, Step},
    message::{Fault, Kind, Message, Wire},
    text::{self, Names},
};

mod digest;

/// Something that came back on the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An interim or final answer.
    Answer(Message),
    /// Bytes read as they are.
    Bytes(Vec<u8>),
    /// No answer where one was due.
    Fault(Fault),
    /// Bytes after the last answer.
    Extra(Vec<u8>),
}

/// Runs the steps of a case on a new connection.
///
/// # Errors
/// When the connection cannot be opened.
pub fn converse(case: &Case, servers: &Servers, names: &Names, host: &str) -> io::Result<Vec<Heard>> {
    let patience = Duration::from_millis(case.patience.unwrap_or(PATIENCE));
    let _beside = beside(case, servers, names, host)?;
    let stream = connect(case, names)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.set_nodelay(true)?;
    let stream = match &case.tls {
        None => Stream::Plain(stream),
        Some(tls) => match Stream::secure(stream, tls, names, host) {
            Ok(stream) => stream,
            // Who refuses a handshake says so in a way of its own.
            Err(_) => return Ok(vec![Heard::Fault(Fault::Closed)]),
        },
    };
    let mut wire = Wire::new(stream);
    let mut heard = Vec::new();
    for step in case.all_steps() {
        let bytes = digest::answer(bytes_of(&step, names, host), &heard);
        // A server may refuse while we still write; its answer is what counts.
        wire.stream().write_all(&bytes).ok();
        if let Some(length) = step.read {
            heard.push(Heard::Bytes(wire.up_to(length)));
            continue;
        }
        let to_head = bytes.starts_with(b"HEAD ");
        for _ in 0..step.answers.unwrap_or(1) {
            if let Err(fault) = answer(&mut wire, to_head, &mut heard) {
                heard.push(Heard::Fault(fault));
                return Ok(heard);
            }
        }
    }
    wire.stream().end();
    let extra = wire.up_to(usize::MAX);
    if !extra.is_empty() {
        heard.push(Heard::Extra(extra));
    }
    Ok(heard)
}

/// The bytes of a step: a text of one line without a version is a request for the host of the case.
fn bytes_of(step: &Step, names: &Names, host: &str) -> Vec<u8> {
    if let Some(raw) = &step.raw {
        return text::exact(&names.fill(raw, host));
    }
    let Some(written) = &step.send else { return Vec::new() };
    let mut filled = names.fill(written, host);
    let first = filled.lines().next().unwrap_or_default();
    if !first.contains(" HTTP/") {
        filled = filled.replacen(first, &format!("{first} HTTP/1.1\nHost: {host}"), 1);
    }
    text::lines(&filled)
}

/// A connection whose request a server has, and which stays open.
fn beside(case: &Case, servers: &Servers, names: &Names, host: &str) -> io::Result<Option<TcpStream>> {
    let Some(send) = &case.beside else { return Ok(None) };
    let mut stream = connect(case, names)?;
    let step = Step { send: Some(send.clone()), ..Step::default() };
    stream.write_all(&bytes_of(&step, names, host))?;
    servers.wait_for(1);
    Ok(Some(stream))
}

fn answer(wire: &mut Wire<Stream>, to_head: bool, heard: &mut Vec<Heard>) -> Result<(), Fault> {
    loop {
        let mut message = wire.head()?;
        wire.body(&mut message, Kind::Answer { to_head });
        let interim = matches!(message.status(), Some(100 | 102..=199));
        heard.push(Heard::Answer(message));
        if !interim {
            return Ok(());
        }
    }
}

fn connect(case: &Case, names: &Names) -> io::Result<TcpStream> {
    let entry_point = case.to.as_deref().unwrap_or("web");
    let unknown = || io::Error::other(format!("no entry point named {entry_point}"));
    let port = names.port(entry_point).ok_or_else(unknown)?;
    let from: IpAddr = case.from.as_deref().unwrap_or("127.0.0.1").parse().map_err(io::Error::other)?;
    let to: IpAddr = if from.is_ipv6() { from } else { IpAddr::from([127, 0, 0, 1]) };
    let domain = if from.is_ipv6() { Domain::IPV6 } else { Domain::IPV4 };
    let socket = Socket::new(domain, Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(from, 0).into())?;
    socket.connect(&SocketAddr::new(to, port).into())?;
    Ok(socket.into())
}

const PATIENCE: u64 = 5_000;
