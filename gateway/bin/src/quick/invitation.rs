//! What is printed once a quick gateway is ready: where it really listens, and what to try.

use std::fmt::Write;
use std::net::SocketAddr;

use super::To;
use crate::arguments::{Forward, Security};

/// The text.
pub(super) fn text(to: &To, security: Security, address: SocketAddr) -> String {
    let scheme = match security {
        Security::Plain => "http",
        Security::Tls => "https",
    };
    let mut out = format!("Windrose listens on {} ", place(address, scheme));
    match to {
        To::Demo(_) => out.push_str("and forwards to a demo that prints each request. "),
        To::Servers(forwards) => match forwards.as_slice() {
            [Forward { hosts, server }] if hosts.is_empty() => {
                let _ = write!(out, "and forwards to {server}. ");
            }
            forwards => {
                out.push_str("and forwards\n");
                for Forward { hosts, server } in forwards {
                    let hosts =
                        if hosts.is_empty() { "everything else".to_owned() } else { hosts.join(", ") };
                    let _ = write!(out, "\n    {hosts} to {server}");
                }
                out.push_str("\n\n");
            }
        },
    }
    out.push_str("Try:\n\n");
    let options = match security {
        Security::Plain => "-i",
        // Its certificate is generated, so nobody can know it.
        Security::Tls => "-ik",
    };
    let port = address.port();
    let ip = reachable(address);
    let hosts = match to {
        To::Servers(forwards) => forwards.iter().map(|forward| forward.hosts.first()).collect(),
        To::Demo(_) => vec![None],
    };
    // A server may have any paths, but hardly ever none at all; the demo answers everything.
    let path = if matches!(to, To::Demo(_)) { "/hello" } else { "/" };
    for host in hosts {
        let _ = match host {
            None => writeln!(out, "    curl {options} {scheme}://{ip}:{port}{path}"),
            Some(host) => {
                let host = host.replacen('*', "any", 1);
                let resolve = format!("--connect-to {host}:{port}:{ip}:{port}");
                writeln!(out, "    curl {options} {resolve} {scheme}://{host}:{port}{path}")
            }
        };
    }
    out
}

/// The address as it is.
fn place(address: SocketAddr, scheme: &str) -> String {
    if address.ip().is_unspecified() {
        return format!("port {} of every address of this machine ({address}, {scheme})", address.port());
    }
    format!("{scheme}://{address}")
}

/// The host that a client on this machine connects to.
fn reachable(address: SocketAddr) -> String {
    match address {
        _ if address.ip().is_unspecified() => "localhost".to_owned(),
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    }
}
