//! The hello itself: a complete handshake message, read front to back.

use std::net::IpAddr;

use super::{Defect, HANDSHAKE_HEADER};

/// What routing needs to know of a hello.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientHello {
    /// The host the client asks for.
    pub server_name: ServerName,
    /// The offered protocols as sent: each a length byte and that many bytes. Checked when built.
    protocols: Box<[u8]>,
}

/// What a client says about the host it wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ServerName {
    /// Nothing, or an IP address, which does not count as a name (RFC 6066 §3).
    #[default]
    None,
    /// Its name, in lower case and without trailing dot.
    Host(String),
    /// Something that no host is called, as sent but for bytes beyond UTF-8. TLS stacks differ in what they do with it.
    Unusable(String),
}

impl ServerName {
    /// The name, if there is a usable one.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Host(name) => Some(name),
            Self::None | Self::Unusable(_) => None,
        }
    }

    /// The name itself, if there is a usable one.
    pub fn into_host(self) -> Option<String> {
        match self {
            Self::Host(name) => Some(name),
            Self::None | Self::Unusable(_) => None,
        }
    }
}

impl ClientHello {
    /// The offered application protocols, in the client's order.
    pub fn protocols(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = Reader(&self.protocols);
        std::iter::from_fn(move || rest.short_list())
    }

    /// Whether the client offers `protocol`.
    pub fn offers(&self, protocol: &[u8]) -> bool {
        self.protocols().any(|offered| offered == protocol)
    }
}

/// Reads a whole handshake message, its header included.
pub(super) fn parse(message: &[u8]) -> Result<ClientHello, Defect> {
    let mut reader = Reader(message);
    let extensions = skip_to_extensions(&mut reader).ok_or(Defect::Structure)?;
    let mut hello = Found::default();
    let mut extensions = Reader(extensions);
    while !extensions.0.is_empty() {
        let kind = extensions.u16().ok_or(Defect::Structure)?;
        let content = extensions.long_list().ok_or(Defect::Structure)?;
        match kind {
            SERVER_NAME if hello.server_name.is_some() => return Err(Defect::ServerName),
            SERVER_NAME => hello.server_name = Some(server_name(content).ok_or(Defect::ServerName)?),
            PROTOCOLS if hello.protocols.is_some() => return Err(Defect::Protocols),
            PROTOCOLS => hello.protocols = Some(protocols(content).ok_or(Defect::Protocols)?),
            _ => {}
        }
    }
    Ok(ClientHello {
        server_name: hello.server_name.unwrap_or_default(),
        protocols: hello.protocols.unwrap_or_default().into(),
    })
}

#[derive(Default)]
struct Found<'a> {
    server_name: Option<ServerName>,
    protocols: Option<&'a [u8]>,
}

/// The extension block, empty when the client sends none.
fn skip_to_extensions<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    reader.take(HANDSHAKE_HEADER + VERSION_AND_RANDOM)?;
    let session = reader.short_list()?;
    let suites = reader.long_list()?;
    let compression = reader.short_list()?;
    let fits = session.len() <= 32 && suites.len() >= 2 && suites.len() % 2 == 0 && !compression.is_empty();
    if !fits {
        return None;
    }
    if reader.0.is_empty() {
        return Some(&[]);
    }
    let extensions = reader.long_list()?;
    reader.0.is_empty().then_some(extensions)
}

/// RFC 6066 §3: a list that holds exactly one host name.
fn server_name(content: &[u8]) -> Option<ServerName> {
    let mut outer = Reader(content);
    let mut list = Reader(outer.long_list()?);
    if !outer.0.is_empty() {
        return None;
    }
    let mut found = None;
    while let Some(&[kind]) = list.take(1) {
        // The length of a name of an unknown type is unknown too, so nothing behind it can be read.
        if kind != HOST_NAME {
            break;
        }
        let name = list.long_list()?;
        if name.is_empty() || found.replace(host(name)).is_some() {
            return None;
        }
    }
    found
}

fn host(bytes: &[u8]) -> ServerName {
    let text = String::from_utf8_lossy(bytes);
    if text.parse::<IpAddr>().is_ok() {
        return ServerName::None;
    }
    if is_host(&text) {
        ServerName::Host(text.strip_suffix('.').unwrap_or(&text).to_ascii_lowercase())
    } else {
        ServerName::Unusable(text.into_owned())
    }
}

/// RFC 1123 §2.1, and underscores. A last label of digits alone would make it an address for some readers.
fn is_host(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| {
        matches!(label.len(), 1..=63)
            && label.bytes().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let mut labels = text.strip_suffix('.').unwrap_or(text).split('.');
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 253 && labels.clone().all(is_label) && !labels.next_back().is_some_and(is_number)
}

/// RFC 7301 §3.1: the list without its length, once every entry is known to be well formed.
fn protocols(content: &[u8]) -> Option<&[u8]> {
    let mut outer = Reader(content);
    let list = outer.long_list()?;
    if !outer.0.is_empty() || list.is_empty() {
        return None;
    }
    let mut entries = Reader(list);
    while !entries.0.is_empty() {
        if entries.short_list()?.is_empty() {
            return None;
        }
    }
    Some(list)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*taken))
    }

    /// Bytes behind a one-byte length.
    fn short_list(&mut self) -> Option<&'a [u8]> {
        let (&length, rest) = self.0.split_first()?;
        self.0 = rest;
        self.take(usize::from(length))
    }

    /// Bytes behind a two-byte length.
    fn long_list(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }
}

const VERSION_AND_RANDOM: usize = 2 + 32;
const SERVER_NAME: u16 = 0;
const PROTOCOLS: u16 = 16;
const HOST_NAME: u8 = 0;
