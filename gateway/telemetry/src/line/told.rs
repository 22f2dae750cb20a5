//! What each field of a line says, whatever it is written as.

use std::io::Write;
use std::time::Duration;

use super::stamp::Where;
use super::{Facts, Field};
use crate::access::Kept;

/// Takes the value of a field.
pub(crate) trait Told {
    fn text(&mut self, name: &'static str, text: &[u8]);
    fn number(&mut self, name: &'static str, of: u64);
    fn ratio(&mut self, name: &'static str, of: f64);
    fn moment(&mut self, name: &'static str, since: Duration, at: Where);
}

impl Facts<'_> {
    /// Tells the value of a field; nothing where there is none.
    pub(crate) fn tell(&self, field: Field, kept: &Kept, to: &mut impl Told) {
        let name = field.name();
        let nanos = |of: Duration| u64::try_from(of.as_nanos()).unwrap_or(u64::MAX);
        let origin = self.origin_took.unwrap_or_default();
        let mut text = |of: Option<&[u8]>| {
            if let Some(of) = of {
                to.text(name, of);
            }
        };
        match field {
            Field::ClientAddr => {
                let address = self.peer.map(|peer| Short::of(format_args!("{peer}")));
                text(address.as_ref().map(Short::bytes));
            }
            Field::ClientHost => text(Some(self.client())),
            Field::ClientPort => {
                let mut digits = itoa::Buffer::new();
                text(self.peer.map(|peer| digits.format(peer.port()).as_bytes()));
            }
            Field::ClientUsername => text(Some(self.user.unwrap_or(b"-"))),
            Field::DownstreamContentSize => to.number(name, self.size),
            Field::DownstreamStatus => to.number(name, self.status.into()),
            Field::Duration => to.number(name, nanos(self.took)),
            Field::GzipRatio => {
                // It says nothing where the answer stayed as it was or was nothing.
                if self.size != self.origin_size && self.size != 0 {
                    #[allow(
                        clippy::cast_precision_loss,
                        reason = "nobody compares more digits than there are"
                    )]
                    to.ratio(name, self.origin_size as f64 / self.size as f64);
                }
            }
            Field::OriginContentSize => to.number(name, self.origin_size),
            Field::OriginDuration => to.number(name, nanos(origin)),
            Field::OriginStatus => to.number(name, self.origin_status.into()),
            Field::Overhead => to.number(name, nanos(self.took.saturating_sub(origin))),
            Field::RequestAddr => text(Some(self.address).filter(|address| !address.is_empty())),
            Field::RequestContentSize => to.number(name, self.received),
            Field::RequestCount => to.number(name, self.count),
            Field::RequestHost => text(Some(self.host).filter(|host| !host.is_empty())),
            Field::RequestMethod => text(Some(self.method)),
            Field::RequestPath => text(Some(self.path(kept))),
            Field::RequestPort if self.address.is_empty() => {}
            Field::RequestPort => match self.port {
                Some(port) => text(Some(itoa::Buffer::new().format(port).as_bytes())),
                None => text(Some(b"-")),
            },
            Field::RequestProtocol => text(Some(self.protocol.as_bytes())),
            Field::RequestScheme => text(Some(self.scheme.as_bytes())),
            Field::RetryAttempts => to.number(name, self.retries.into()),
            Field::RouterName => text(self.router.map(str::as_bytes)),
            Field::ServiceAddr => text(self.service.map(|(_, url)| address(url).as_bytes())),
            Field::ServiceName => text(self.service.map(|(service, _)| service.as_bytes())),
            Field::ServiceUrl => text(self.service.map(|(_, url)| url.as_bytes())),
            Field::SpanId | Field::Span => text(self.trace.as_ref().map(|(_, span)| &span[..])),
            Field::StartLocal => to.moment(name, self.began, Where::Here),
            Field::StartUtc => to.moment(name, self.began, Where::Utc),
            Field::TlsCipher => {
                // The name that everybody but our library has for it.
                let cipher = self.tls.map(|tls| match tls.cipher.strip_prefix("TLS13_") {
                    Some(rest) => Short::of(format_args!("TLS_{rest}")),
                    None => Short::of(format_args!("{}", tls.cipher)),
                });
                text(cipher.as_ref().map(Short::bytes));
            }
            Field::TlsClientSubject => text(self.tls.and_then(|tls| tls.subject).map(str::as_bytes)),
            Field::TlsVersion => text(self.tls.map(|tls| tls.version.as_bytes())),
            Field::TraceId | Field::Trace => text(self.trace.as_ref().map(|(trace, _)| &trace[..])),
            Field::EntryPointName => text(Some(self.entry_point.as_bytes())),
        }
    }
}

/// A short text without memory of its own.
struct Short {
    bytes: [u8; 64],
    length: usize,
}

impl Short {
    /// What does not fit is cut off; addresses and names of ciphers do.
    fn of(text: std::fmt::Arguments<'_>) -> Self {
        let mut bytes = [0; 64];
        let mut rest = &mut bytes[..];
        let _ = rest.write_fmt(text);
        let length = 64 - rest.len();
        Self { bytes, length }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Host and port of a server's URL, as they are written there.
fn address(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, address)| address)
}
