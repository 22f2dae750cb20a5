//! Servers transports of TCP, compiled to connectors.

use std::sync::Arc;
use std::time::Duration;

use windrose_config::Section;
use windrose_config::dynamic_config::{Name, TcpProxyProtocol, TcpServersTransport, TcpTransportTls};
use windrose_config::redact::FileOrContent;
use windrose_tls::{ClientTls, ClientTlsId, ClientTlsOptions};
use windrose_upstream::tcp::Connector;
use windrose_wire::proxy_protocol::Version;

use super::{Memory, full};
use crate::compile::Round;
use crate::compile::problems::{Dangling, Object};
use crate::compile::transports::chain;
use crate::live::Live;
use crate::merge::{At, INTERNAL};

/// What was made of a transport.
pub(super) struct Made {
    pub(super) connector: Arc<Connector>,
    id: ClientTlsId,
}

impl Memory {
    /// Makes all transports but the default one, which is made when a service needs it.
    pub(super) fn transports(&mut self, round: &mut Round<'_>) {
        let merged = round.merged;
        for (part, of) in merged.numbered().filter(|(_, part)| &*part.provider != INTERNAL) {
            for index in 0..of.config.tcp.servers_transports.len() {
                self.transport(round, At { part, index });
            }
        }
    }

    /// The transport that a service of `author` asks for.
    pub(super) fn find_transport(
        &mut self,
        round: &mut Round<'_>,
        reference: Option<&Name>,
        author: usize,
    ) -> Result<Arc<Made>, Dangling> {
        let merged = round.merged;
        let at = match reference {
            Some(reference) => merged.find(reference, author, |config| &config.tcp.servers_transports),
            None => merged.part(INTERNAL).and_then(|internal| {
                merged.find("default", internal, |config| &config.tcp.servers_transports)
            }),
        };
        let missed =
            |reference: &Name| Dangling::of(merged, Section::TcpServersTransports, reference, author);
        let at = at.ok_or_else(|| reference.map_or(Dangling::Missing, missed))?;
        self.transport(round, at).ok_or(Dangling::Broken)
    }

    fn transport(&mut self, round: &mut Round<'_>, at: At) -> Option<Arc<Made>> {
        if let Some(made) = self.transports.now(at) {
            return made;
        }
        let part = round.merged.parts.get(at.part)?;
        let (name, written) = part.config.tcp.servers_transports.get_index(at.index)?;
        let name_of = full(round, name, at.part);
        self.transports.enter(at);
        let is_new = round.is_new.get(at.part).copied().unwrap_or(true);
        let before = self.transports.unchanged(&name_of, written).cloned();
        let made = match before {
            // Files may have changed whenever the provider has something to say.
            Some(before) if !(is_new && written.tls.as_deref().is_some_and(reads_files)) => Some(before),
            before => {
                let of = Object { section: Section::TcpServersTransports, at, name, origin: &written.origin };
                let made = transport(round, of, written);
                match (before, made) {
                    (Some(before), Some(made)) if before.id == made.id => Some(before),
                    (_, made) => made.map(Arc::new),
                }
            }
        };
        self.transports.leave(at, name_of, written, made.clone());
        made
    }
}

fn transport(round: &mut Round<'_>, of: Object<'_>, written: &TcpServersTransport) -> Option<Made> {
    let none = TcpTransportTls::default();
    let tls = written.tls.as_deref().unwrap_or(&none);
    if written.proxy_protocol.as_ref().is_some_and(|of| version(of).is_none()) {
        round.problems.error(of, UNKNOWN_VERSION);
        return None;
    }
    match ClientTls::compile(&ClientTlsOptions::from(tls), &*round.tools.files) {
        Ok(compiled) => {
            for warning in compiled.warnings {
                round.problems.add(of, windrose_config::Problem::warning(warning.to_string()));
            }
            let id = compiled.value.id();
            Some(Made {
                connector: Arc::new(connector(&round.tools.live, &compiled.value, tls, written)),
                id,
            })
        }
        Err(error) => {
            round.problems.error(of, chain(&error));
            None
        }
    }
}

fn connector(
    live: &Live,
    tls: &ClientTls,
    options: &TcpTransportTls,
    written: &TcpServersTransport,
) -> Connector {
    let silence = written.dial_keep_alive;
    Connector {
        tls: Arc::clone(tls.config()),
        names: Arc::clone(&live.names),
        server_name: (!options.server_name.is_empty()).then(|| (*options.server_name).into()),
        dial_timeout: written.dial_timeout.positive().unwrap_or(FOREVER),
        keep_alive: match silence.positive() {
            None if silence.is_negative() => None,
            None => Some(USUAL_SILENCE),
            written => written,
        },
        // Below zero there is no end, as in Traefik.
        termination_delay: written.termination_delay.and_then(|delay| delay.to_std()),
        proxy: written.proxy_protocol.as_ref().and_then(version),
    }
}

/// The same way to servers, with the options that a service may have of its own.
pub(super) fn with(
    made: &Connector,
    termination_delay: Option<Option<Duration>>,
    proxy: Option<Version>,
) -> Connector {
    Connector {
        tls: Arc::clone(&made.tls),
        names: Arc::clone(&made.names),
        server_name: made.server_name.clone(),
        dial_timeout: made.dial_timeout,
        keep_alive: made.keep_alive,
        termination_delay: termination_delay.unwrap_or(made.termination_delay),
        proxy: proxy.or(made.proxy),
    }
}

/// Whether both lead to servers in the same way.
pub(super) fn is_same(left: &Connector, right: &Connector) -> bool {
    Arc::ptr_eq(&left.tls, &right.tls)
        && left.server_name == right.server_name
        && left.dial_timeout == right.dial_timeout
        && left.keep_alive == right.keep_alive
        && left.termination_delay == right.termination_delay
        && left.proxy == right.proxy
}

/// The version that is asked for, if there is one.
pub(super) fn version(written: &TcpProxyProtocol) -> Option<Version> {
    match written.version {
        1 => Some(Version::V1),
        2 => Some(Version::V2),
        _ => None,
    }
}

fn reads_files(written: &TcpTransportTls) -> bool {
    let is_path = |text: &FileOrContent| !text.is_empty() && !text.is_content();
    written.root_cas.iter().any(is_path)
        || written.certificates.iter().any(|pair| is_path(&pair.cert_file) || is_path(&pair.key_file))
}

pub(super) const UNKNOWN_VERSION: &str = "proxyProtocol.version is neither 1 nor 2";
/// What Go's dialer makes of zero.
const USUAL_SILENCE: Duration = Duration::from_secs(15);
/// Longer than any process lives, and still a sum that fits.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 86_400);
