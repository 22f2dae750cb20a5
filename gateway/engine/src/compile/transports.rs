//! Servers transports, compiled to connectors.

use std::sync::Arc;
use std::time::Duration;

use windrose_config::GoDuration;
use windrose_config::Section;
use windrose_config::dynamic_config::{ForwardingTimeouts, Name, ServersTransport};
use windrose_config::redact::FileOrContent;
use windrose_tls::{ClientTls, ClientTlsOptions};
use windrose_upstream::Connector;

use super::problems::{Dangling, Object};
use super::{Compiler, Round};
use crate::live::{ConnectorId, Live};
use crate::merge::{At, INTERNAL};

/// What was made of a transport.
#[derive(Default)]
pub(super) struct State {
    made: Option<Arc<Connector>>,
    /// Whether it was made of what is written now.
    pub(super) is_current: bool,
}

impl State {
    pub(super) fn retire(self, round: &mut Round<'_>) {
        if let Some(made) = self.made {
            round.retire_connector(made);
        }
    }
}

impl Compiler {
    pub(super) fn transports(&mut self, round: &mut Round<'_>) {
        let merged = round.merged;
        for (part, of) in merged.numbered() {
            let is_new = round.is_new.get(part).copied().unwrap_or(true);
            for (index, (name, written)) in of.config.http.servers_transports.iter().enumerate() {
                let Some(state) =
                    self.parts.get_mut(part).and_then(|memory| memory.transports.get_mut(index))
                else {
                    continue;
                };
                // Files may have changed whenever the provider has something to say.
                if state.is_current && state.made.is_some() && !(is_new && reads_files(written)) {
                    continue;
                }
                let at = At { part, index };
                let of =
                    Object { section: Section::HttpServersTransports, at, name, origin: &written.origin };
                let told = round.problems.len();
                let made = transport(round, of, written);
                // What something is to be said of is made again next time, to be said again.
                state.is_current = round.problems.len() == told;
                if !same(made.as_ref(), state.made.as_ref())
                    && let Some(before) = std::mem::replace(&mut state.made, made)
                {
                    round.retire_connector(before);
                }
            }
        }
    }

    /// The connector that a service of `author` asks for.
    pub(super) fn connector(
        &self,
        round: &Round<'_>,
        reference: Option<&Name>,
        author: usize,
    ) -> Result<Arc<Connector>, Dangling> {
        let merged = round.merged;
        let at = match reference {
            Some(reference) => merged.find(reference, author, |config| &config.http.servers_transports),
            None => merged.part(INTERNAL).and_then(|internal| {
                merged.find("default", internal, |config| &config.http.servers_transports)
            }),
        };
        let missed =
            |reference: &Name| Dangling::of(merged, Section::HttpServersTransports, reference, author);
        let at = at.ok_or_else(|| reference.map_or(Dangling::Missing, missed))?;
        let state = self.parts.get(at.part).and_then(|memory| memory.transports.get(at.index));
        state.and_then(|state| state.made.clone()).ok_or(Dangling::Broken)
    }
}

fn transport(round: &mut Round<'_>, of: Object<'_>, written: &ServersTransport) -> Option<Arc<Connector>> {
    match ClientTls::compile(&ClientTlsOptions::from(written), &*round.tools.files) {
        Ok(compiled) => {
            for warning in compiled.warnings {
                round.problems.add(of, windrose_config::Problem::warning(warning.to_string()));
            }
            Some(connector(&round.tools.live, &compiled.value, written))
        }
        Err(error) => {
            round.problems.error(of, chain(&error));
            None
        }
    }
}

fn connector(live: &Live, tls: &ClientTls, written: &ServersTransport) -> Arc<Connector> {
    let default = ForwardingTimeouts::default();
    let times = written.forwarding_timeouts.as_deref().unwrap_or(&default);
    let id = ConnectorId {
        tls: tls.id(),
        server_name: (!written.server_name.is_empty()).then(|| written.server_name.clone()),
        dial_timeout: limit(times.dial_timeout),
        answer_timeout: times.response_header_timeout.positive(),
        idle_timeout: limit(times.idle_conn_timeout),
        max_idle: match written.max_idle_conns_per_host {
            0 => FEW_IDLE,
            most => usize::try_from(most).unwrap_or(0),
        },
        read_idle_timeout: times.read_idle_timeout.positive(),
        ping_timeout: limit(times.ping_timeout),
    };
    live.connector(id.clone(), || Connector {
        tls: Arc::clone(tls.config()),
        tls_http1: Arc::clone(tls.http1_config()),
        server_name: id.server_name,
        dial_timeout: id.dial_timeout,
        answer_timeout: id.answer_timeout,
        idle_timeout: id.idle_timeout,
        max_idle: id.max_idle,
        read_idle_timeout: id.read_idle_timeout,
        ping_timeout: id.ping_timeout,
    })
}

/// Whether both are the same object, or both are nothing.
pub(super) fn same<T: ?Sized>(left: Option<&Arc<T>>, right: Option<&Arc<T>>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => Arc::ptr_eq(left, right),
        (None, None) => true,
        _ => false,
    }
}

fn reads_files(written: &ServersTransport) -> bool {
    let is_path = |text: &FileOrContent| !text.is_empty() && !text.is_content();
    written.root_cas.iter().any(is_path)
        || written.certificates.iter().any(|pair| is_path(&pair.cert_file) || is_path(&pair.key_file))
}

/// A time-out where 0 means none.
fn limit(written: GoDuration) -> Duration {
    written.positive().unwrap_or(FOREVER)
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Idle connections where nothing is written.
const FEW_IDLE: usize = 2;
/// Longer than any process lives, and still a sum that fits.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 86_400);
