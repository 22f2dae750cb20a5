//! What is agreed on before a request can be sent by TLS.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use windrose_config::Section;
use windrose_engine::explain::{Asked, Fate, Hello};
use windrose_engine::merge::TlsChoice;
use windrose_engine::route::tcp::{TlsUse, Way};
use windrose_observe::Rfc3339;
use windrose_tls::Acceptor;

use super::Sight;
use super::facts::{Certificate, Secure};
use super::pieces::{Pieces, place};

/// Options and certificate of a connection.
pub(super) fn secure(sight: Sight<'_>, asked: &Asked<'_>, hello: Hello<'_>, fate: &Fate) -> Secure {
    let server_name = hello.server_name.map(str::to_owned);
    let mut out = Secure { server_name, ..Secure::default() };
    let Some(acceptor) = acceptor(sight, asked, fate) else { return out };
    let options = acceptor.options(hello.server_name.unwrap_or_default());
    if let Some(options) = options {
        out.options = Some(options.name().to_owned());
        out.options_place = options_place(sight, options.name());
    }
    if !matches!(fate, Fate::Refused(_)) {
        let found = acceptor.certificate(hello.server_name, Some(asked.local.ip()));
        out.certificate = found.map(|found| certificate(sight, found, &acceptor, hello));
    }
    out
}

/// Who makes the handshake; nobody here where it is the server's.
fn acceptor(sight: Sight<'_>, asked: &Asked<'_>, fate: &Fate) -> Option<Arc<Acceptor>> {
    if let Fate::Connection(route) = fate {
        return match &route.way {
            Way::Open(open) => match &open.tls {
                TlsUse::Terminate(acceptor) => Some(Arc::clone(acceptor)),
                TlsUse::Nothing | TlsUse::Passthrough => None,
            },
            Way::Closed => None,
        };
    }
    sight.snapshot.listeners.get(asked.place).map(|listener| Arc::clone(&listener.acceptor))
}

fn certificate(
    sight: Sight<'_>,
    found: &Arc<windrose_tls::Certificate>,
    acceptor: &Acceptor,
    hello: Hello<'_>,
) -> Certificate {
    let is_same = |one: &&windrose_engine::compile::Served| Arc::ptr_eq(&one.certificate, found);
    let written = sight.view.certificates().iter().find(is_same);
    let own = hello.server_name.and_then(|name| acceptor.store().find(name));
    Certificate {
        is_default: own.is_none_or(|own| !Arc::ptr_eq(own, found)),
        is_generated: written.is_none(),
        place: written.map(|written| place(&written.origin)).unwrap_or_default(),
        ..described(found)
    }
}

/// What a certificate says of itself.
pub(crate) fn described(certificate: &windrose_tls::Certificate) -> Certificate {
    let facts = certificate.facts();
    let end = u64::try_from(facts.not_after).unwrap_or_default();
    let end = UNIX_EPOCH + Duration::from_secs(end);
    let issuer = &facts.issuer;
    let issuer = [&issuer.common_name, &issuer.organization].into_iter().find(|name| !name.is_empty());
    Certificate {
        subject: facts.subject.common_name.clone(),
        names: facts.names.clone(),
        issuer: issuer.cloned().unwrap_or_default(),
        not_after: Rfc3339(end).to_string(),
        ..Certificate::default()
    }
}

fn options_place(sight: Sight<'_>, name: &str) -> String {
    let merged = sight.view.merged();
    if name != DEFAULT {
        let found = Pieces(sight.view).find(name, |config| &config.tls.options);
        return found.map(|(_, written)| place(&written.origin)).unwrap_or_default();
    }
    let TlsChoice::One(at) = merged.tls_default(Section::TlsOptions, |config| &config.tls.options) else {
        return String::new();
    };
    let part = merged.parts.get(at.part);
    let found = part.and_then(|part| part.config.tls.options.get_index(at.index));
    found.map(|(_, written)| place(&written.origin)).unwrap_or_default()
}

/// The options of whoever names none.
const DEFAULT: &str = "default";
