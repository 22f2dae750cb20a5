//! Servers transports, compiled to connectors.

use std::sync::Arc;
use std::time::Duration;

use windrose_config::dynamic_config::{ForwardingTimeouts, Name, Objects, ServersTransport};
use windrose_config::{DynamicConfig, GoDuration, Problem, Section, Written};
use windrose_tls::{ClientTls, ClientTlsOptions};
use windrose_upstream::Connector;

use super::align::Column;
use super::graph::{Asking, Group, State};
use super::memory::Memory;
use super::problems::Object;
use crate::live::{ConnectorId, Live};

/// The section `http.serversTransports`.
pub(super) struct Transports;

impl Group for Transports {
    const SECTION: Section = Section::HttpServersTransports;
    type Written = ServersTransport;
    type Made = Connector;

    fn written(config: &DynamicConfig) -> &Objects<ServersTransport> {
        &config.http.servers_transports
    }

    fn column(memory: &Memory) -> &Column<State<Connector>> {
        &memory.transports
    }

    fn column_mut(memory: &mut Memory) -> &mut Column<State<Connector>> {
        &mut memory.transports
    }

    fn make(
        asking: &Asking<'_, '_, '_>,
        of: Object<'_>,
        written: &Written<ServersTransport>,
        _before: Option<&Arc<Connector>>,
    ) -> Option<Arc<Connector>> {
        match compile(asking, written) {
            Ok((connector, warnings)) => {
                for warning in warnings {
                    asking.problems().add(of, Problem::warning(warning));
                }
                Some(connector)
            }
            Err(why) => {
                asking.problems().error(of, why);
                None
            }
        }
    }
}

/// The transport that a service asks for; the default one when it names none. What is wrong is said.
pub(super) fn wanted(
    asking: &Asking<'_, '_, '_>,
    of: Object<'_>,
    reference: Option<&Name>,
) -> Option<Arc<Connector>> {
    match reference {
        Some(reference) => asking.want::<Transports>(of, reference),
        None => asking
            .ask::<Transports>(DEFAULT_TRANSPORT)
            .ok()
            .or_else(|| asking.want::<Transports>(of, &Name::from(Arc::from(DEFAULT_TRANSPORT)))),
    }
}

/// The way to reach servers that is written, and what is to be said of it.
pub(super) fn compile(
    asking: &Asking<'_, '_, '_>,
    written: &ServersTransport,
) -> Result<(Arc<Connector>, Vec<String>), String> {
    let compiled =
        ClientTls::compile(&ClientTlsOptions::from(written), asking).map_err(|error| chain(&error))?;
    let warnings = compiled.warnings.iter().map(ToString::to_string).collect();
    Ok((connector(&asking.tools().live, &compiled.value, written), warnings))
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
        max_idle_of_all: usize::try_from(written.max_idle_conns).ok().filter(|most| *most > 0),
        continue_timeout: match times.expect_continue_timeout {
            Some(written) => written.positive().unwrap_or_default(),
            None => CONTINUE,
        },
    };
    live.connector(id.clone(), || Connector {
        tls: Arc::clone(tls.config()),
        tls_http1: Arc::clone(tls.http1_config()),
        names: Arc::clone(&live.names),
        server_name: id.server_name,
        dial_timeout: id.dial_timeout,
        answer_timeout: id.answer_timeout,
        idle_timeout: id.idle_timeout,
        max_idle: id.max_idle,
        read_idle_timeout: id.read_idle_timeout,
        ping_timeout: id.ping_timeout,
        max_idle_of_all: id.max_idle_of_all,
        continue_timeout: id.continue_timeout,
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

/// The transport of services that name none.
const DEFAULT_TRANSPORT: &str = "default@internal";
/// Idle connections where nothing is written.
const FEW_IDLE: usize = 2;
/// Longer than any process lives, and still a sum that fits.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 86_400);
/// How long a server has to ask for a body where nothing is written.
const CONTINUE: Duration = Duration::from_secs(1);
