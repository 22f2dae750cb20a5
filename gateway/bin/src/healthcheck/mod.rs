//! Asks the ping endpoint of a running gateway, with the configuration that the gateway has.

#[cfg(test)]
mod tests;

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use windrose_config::StaticConfig;

/// Where the ping endpoint of a configuration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The host, as in a URL.
    host: String,
    /// The port.
    port: u16,
}

/// Why a gateway is not well, or cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwell {
    /// There is nothing to ask.
    #[error("please enable `ping` to use health check")]
    Off,
    /// Ping is where no entry point is.
    #[error("ping: missing entry point {0}; define it under entryPoints or change ping.entryPoint")]
    NoEntryPoint(String),
    /// The entry point has no usable address.
    #[error("ping: entry point {0} has no TCP port")]
    NoPort(String),
    /// Nothing answers.
    #[error("Error calling healthcheck: {0}")]
    Silent(#[source] io::Error),
    /// Something else answers.
    #[error("Bad healthcheck status: {0}")]
    Bad(String),
}

impl Target {
    /// The address of the ping endpoint.
    pub(crate) fn of(settings: &StaticConfig) -> Result<Self, Unwell> {
        let ping = settings.ping.as_ref().ok_or(Unwell::Off)?;
        let name = &**ping.entry_point;
        let entries = windrose_engine::merge::effective(settings);
        let entry = entries.get(name).ok_or_else(|| Unwell::NoEntryPoint(name.to_owned()))?;
        let (address, protocol) = entry.address.split_once('/').unwrap_or((&entry.address, "tcp"));
        let no_port = || Unwell::NoPort(name.to_owned());
        let (host, port) = address.rsplit_once(':').ok_or_else(no_port)?;
        if !protocol.eq_ignore_ascii_case("tcp") {
            return Err(no_port());
        }
        let port = port.parse().map_err(|_| no_port())?;
        // Listening on all addresses includes this one.
        let host = if matches!(host, "" | "0.0.0.0" | "[::]") { "127.0.0.1" } else { host };
        Ok(Self { host: host.to_owned(), port })
    }

    /// What is asked.
    pub(crate) fn url(&self) -> String {
        format!("http://{}:{}/ping", self.host, self.port)
    }

    /// Asks.
    pub(crate) fn ask(&self, patience: Duration) -> Result<(), Unwell> {
        let line = self.status_line(patience).map_err(Unwell::Silent)?;
        let status = line.split_once(' ').map_or("", |(_, status)| status.trim());
        match status.split_once(' ').map_or(status, |(code, _)| code) {
            "200" => Ok(()),
            _ => Err(Unwell::Bad(status.to_owned())),
        }
    }

    fn status_line(&self, patience: Duration) -> io::Result<String> {
        let deadline = Instant::now() + patience;
        let mut stream = self.connect(deadline)?;
        stream.set_write_timeout(Some(left(deadline)?))?;
        let (host, port) = (&self.host, self.port);
        let head = format!("HEAD /ping HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        let mut read = Vec::new();
        let mut piece = [0; 512];
        loop {
            if let Some(end) = read.iter().position(|byte| *byte == b'\n') {
                let line = read.get(..end).unwrap_or_default();
                return Ok(String::from_utf8_lossy(line).trim_end().to_owned());
            }
            if read.len() > LONGEST_LINE {
                return Err(io::Error::other("the answer is not HTTP"));
            }
            stream.set_read_timeout(Some(left(deadline)?))?;
            let length = stream.read(&mut piece)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            read.extend_from_slice(piece.get(..length).unwrap_or_default());
        }
    }

    fn connect(&self, deadline: Instant) -> io::Result<TcpStream> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in (host, self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(deadline)?) {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// How long a gateway may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// More than any status line.
const LONGEST_LINE: usize = 4096;
