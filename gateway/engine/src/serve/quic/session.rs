//! TLS within QUIC: looks at the hello before it decides how to answer it, as is done with TLS over TCP.

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quinn_proto::crypto::rustls::QuicServerConfig;
use quinn_proto::crypto::{
    self, ExportKeyingMaterialError, HeaderKey, KeyPair, Keys, PacketKey, UnsupportedVersion,
};
use quinn_proto::transport_parameters::TransportParameters;
use quinn_proto::{ConnectionId, Side, TransportError, TransportErrorCode};
use rustls::quic::{KeyChange, Secrets, ServerConnection, Version};
use windrose_http::exchange::Tls;
use windrose_tls::{Acceptor, OptionsId, Refused};
use windrose_wire::client_hello::{ClientHello, MAX_HELLO, Outcome, ServerName, parse_message};

/// The server side of handshakes of one generation, at one address.
pub(super) struct Chooser {
    /// What every handshake begins with.
    pub(super) first: Arc<QuicServerConfig>,
    pub(super) acceptor: Arc<Acceptor>,
    /// Where the client connected to.
    pub(super) local: Option<IpAddr>,
    /// Counts hellos that ask for something no host is called.
    pub(super) unusable_names: Arc<AtomicU64>,
}

/// What a handshake agreed on.
pub(crate) struct Shaken {
    /// As every connection of TLS has it.
    pub(crate) tls: Tls,
    /// The options it was made with.
    pub(crate) options: OptionsId,
}

/// One handshake, and the keys that come of it.
struct Session {
    chooser: Arc<Chooser>,
    params: Vec<u8>,
    state: State,
    next: Option<Secrets>,
}

enum State {
    /// The hello as far as it is there.
    Hello(Vec<u8>),
    Chosen {
        tls: Box<ServerConnection>,
        server_name: Option<Box<str>>,
        options: OptionsId,
    },
}

impl crypto::ServerConfig for Chooser {
    fn initial_keys(&self, version: u32, dst_cid: &ConnectionId) -> Result<Keys, UnsupportedVersion> {
        self.first.initial_keys(version, dst_cid)
    }

    fn retry_tag(&self, version: u32, orig_dst_cid: &ConnectionId, packet: &[u8]) -> [u8; 16] {
        self.first.retry_tag(version, orig_dst_cid, packet)
    }

    fn start_session(
        self: Arc<Self>,
        _version: u32,
        params: &TransportParameters,
    ) -> Box<dyn crypto::Session> {
        let mut written = Vec::new();
        params.write(&mut written);
        Box::new(Session { chooser: self, params: written, state: State::Hello(Vec::new()), next: None })
    }
}

impl Chooser {
    /// Starts the handshake that the hello asks for.
    fn choose(&self, hello: ClientHello, params: Vec<u8>) -> Result<State, TransportError> {
        if let ServerName::Unusable(_) = hello.server_name {
            self.unusable_names.fetch_add(1, Ordering::Relaxed);
            return Err(refuse(Refused::UnusableName));
        }
        let server_name = hello.server_name.into_host();
        let config = self.acceptor.quic_config_for(server_name.as_deref(), self.local).map_err(refuse)?;
        let tls = ServerConnection::new(config, Version::V1, params)
            .map_err(|error| alert(INTERNAL_ERROR, error.to_string()))?;
        let options = self.acceptor.options_id(server_name.as_deref().unwrap_or_default());
        Ok(State::Chosen {
            tls: Box::new(tls),
            server_name: server_name.map(String::into_boxed_str),
            options,
        })
    }
}

impl Session {
    fn tls(&self) -> Option<&ServerConnection> {
        match &self.state {
            State::Hello(_) => None,
            State::Chosen { tls, .. } => Some(tls),
        }
    }

    fn tls_mut(&mut self) -> Option<&mut ServerConnection> {
        match &mut self.state {
            State::Hello(_) => None,
            State::Chosen { tls, .. } => Some(tls),
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let Some(tls) = self.tls_mut() else { return Ok(()) };
        tls.read_hs(bytes).map_err(|error| match tls.alert() {
            Some(description) => alert(description.into(), error.to_string()),
            None => TransportError {
                code: TransportErrorCode::PROTOCOL_VIOLATION,
                frame: None,
                reason: error.to_string(),
            },
        })
    }
}

impl crypto::Session for Session {
    fn initial_keys(&self, dst_cid: &ConnectionId, _side: Side) -> Keys {
        // The version was looked at before there was a session.
        let keys = crypto::ServerConfig::initial_keys(&*self.chooser.first, VERSION_1, dst_cid);
        keys.expect("version 1 is supported by every endpoint")
    }

    fn handshake_data(&self) -> Option<Box<dyn Any>> {
        let State::Chosen { tls, server_name, options } = &self.state else { return None };
        let cipher =
            tls.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or_default();
        let certificates = tls.peer_certificates().unwrap_or_default();
        let tls = Tls {
            server_name: server_name.clone(),
            version: "1.3",
            cipher,
            peer_certificates: certificates
                .iter()
                .map(|certificate| Box::from(certificate.as_ref()))
                .collect(),
        };
        Some(Box::new(Shaken { tls, options: *options }))
    }

    fn peer_identity(&self) -> Option<Box<dyn Any>> {
        None
    }

    fn early_crypto(&self) -> Option<(Box<dyn HeaderKey>, Box<dyn PacketKey>)> {
        None
    }

    fn early_data_accepted(&self) -> Option<bool> {
        None
    }

    fn is_handshaking(&self) -> bool {
        self.tls().is_none_or(|tls| tls.is_handshaking())
    }

    fn read_handshake(&mut self, bytes: &[u8]) -> Result<bool, TransportError> {
        let State::Hello(hello) = &mut self.state else {
            return self.read(bytes).map(|()| false);
        };
        hello.extend_from_slice(bytes);
        match parse_message(hello) {
            Outcome::NeedMore if hello.len() <= MAX_HELLO + 4 => return Ok(false),
            Outcome::Hello(parsed) => {
                let hello = std::mem::take(hello);
                self.state = self.chooser.choose(parsed, std::mem::take(&mut self.params))?;
                self.read(&hello)?;
            }
            Outcome::Invalid(defect) => {
                let [.., description] = defect.alert();
                return Err(alert(description, defect.to_string()));
            }
            Outcome::NeedMore | Outcome::NotTls => return Err(alert(DECODE_ERROR, String::new())),
        }
        Ok(true)
    }

    fn transport_parameters(&self) -> Result<Option<TransportParameters>, TransportError> {
        let Some(params) = self.tls().and_then(|tls| tls.quic_transport_parameters()) else {
            return Ok(None);
        };
        Ok(Some(TransportParameters::read(Side::Server, &mut std::io::Cursor::new(params))?))
    }

    fn write_handshake(&mut self, buf: &mut Vec<u8>) -> Option<Keys> {
        let keys = match self.tls_mut()?.write_hs(buf)? {
            KeyChange::Handshake { keys } => keys,
            KeyChange::OneRtt { keys, next } => {
                self.next = Some(next);
                keys
            }
        };
        Some(Keys {
            header: KeyPair { local: Box::new(keys.local.header), remote: Box::new(keys.remote.header) },
            packet: KeyPair { local: Box::new(keys.local.packet), remote: Box::new(keys.remote.packet) },
        })
    }

    fn next_1rtt_keys(&mut self) -> Option<KeyPair<Box<dyn PacketKey>>> {
        let keys = self.next.as_mut()?.next_packet_keys();
        Some(KeyPair { local: Box::new(keys.local), remote: Box::new(keys.remote) })
    }

    fn is_valid_retry(&self, _orig_dst_cid: &ConnectionId, _header: &[u8], _payload: &[u8]) -> bool {
        // Only clients are sent them.
        false
    }

    fn export_keying_material(
        &self,
        _output: &mut [u8],
        _label: &[u8],
        _context: &[u8],
    ) -> Result<(), ExportKeyingMaterialError> {
        // Nobody asks for any.
        Err(ExportKeyingMaterialError)
    }
}

fn refuse(refused: Refused) -> TransportError {
    alert(refused.description(), refused.to_string())
}

fn alert(description: u8, reason: String) -> TransportError {
    TransportError { code: TransportErrorCode::crypto(description), frame: None, reason }
}

const VERSION_1: u32 = 1;
const DECODE_ERROR: u8 = 50;
const INTERNAL_ERROR: u8 = 80;
