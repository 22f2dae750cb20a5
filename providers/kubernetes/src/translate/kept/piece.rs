//! What one object comes to.

use std::sync::Arc;

use windrose_config::dynamic_config::{
    Lost, Middleware, Objects, Router, ServersTransport, Service, TcpRouter, TcpServersTransport, TcpService,
    TlsCertificate, TlsOptions, TlsStore, UdpRouter, UdpService,
};
use windrose_config::{DynamicConfig, Problem, Written};

use crate::translate::{Judged, Translated, Verdict};

/// What one object comes to, as long as no other one wants its names.
#[derive(Debug)]
pub(super) struct Piece {
    items: Box<[Item]>,
    certificates: Box<[Arc<Written<TlsCertificate>>]>,
    problems: Box<[Problem]>,
    lost: Option<Box<Lost>>,
    verdicts: Box<[Verdict]>,
    judged: Arc<Judged>,
}

/// The sections that are objects with names: what each holds, and where it is.
macro_rules! sections {
    ($($section:ident: $body:ty, $($path:ident).+;)*) => {
        /// An object of a section, with its name.
        #[derive(Debug)]
        enum Item {
            $($section(Arc<str>, Arc<Written<$body>>),)*
        }

        impl Item {
            /// Everything that is declared.
            fn all(config: DynamicConfig) -> Box<[Self]> {
                let mut items = Vec::new();
                $(items.extend(config.$($path).+.into_iter().map(|(name, written)| Self::$section(name, written)));)*
                items.into()
            }

            /// Whether nothing of the same name is declared, or the same thing where several may declare it.
            fn fits(&self, config: &DynamicConfig) -> bool {
                match self {
                    $(Self::$section(name, written) => {
                        let is_same = |known: &Arc<Written<$body>>| {
                            self.is_shared() && (Arc::ptr_eq(known, written) || known.value == written.value)
                        };
                        config.$($path).+.get(name).is_none_or(is_same)
                    })*
                }
            }

            fn add_to(&self, config: &mut DynamicConfig) {
                match self {
                    $(Self::$section(name, written) => put(&mut config.$($path).+, name, written),)*
                }
            }
        }
    };
}

sections! {
    Router: Router, http.routers;
    Closed: Router, http.closed;
    Service: Service, http.services;
    Middleware: Middleware, http.middlewares;
    Transport: ServersTransport, http.servers_transports;
    TcpRouter: TcpRouter, tcp.routers;
    TcpClosed: TcpRouter, tcp.closed;
    TcpService: TcpService, tcp.services;
    TcpMiddleware: Middleware, tcp.middlewares;
    TcpTransport: TcpServersTransport, tcp.servers_transports;
    UdpRouter: UdpRouter, udp.routers;
    UdpClosed: UdpRouter, udp.closed;
    UdpService: UdpService, udp.services;
    Options: TlsOptions, tls.options;
    Store: TlsStore, tls.stores;
}

fn put<T>(objects: &mut Objects<T>, name: &Arc<str>, written: &Arc<Written<T>>) {
    objects.insert(Arc::clone(name), Arc::clone(written));
}

impl Item {
    /// Whether several objects may declare it, if they declare the same.
    fn is_shared(&self) -> bool {
        matches!(self, Self::Service(..) | Self::TcpService(..) | Self::UdpService(..))
    }

    /// Whether no place of the same name is closed, or none is open where this one is closed.
    fn stands_alone(&self, config: &DynamicConfig) -> bool {
        match self {
            Self::Router(name, _) => !config.http.closed.contains_key(name),
            Self::Closed(name, _) => !config.http.routers.contains_key(name),
            Self::TcpRouter(name, _) => !config.tcp.closed.contains_key(name),
            Self::TcpClosed(name, _) => !config.tcp.routers.contains_key(name),
            _ => true,
        }
    }
}

impl Piece {
    /// What was made of one object alone; none where it is not one object.
    pub(super) fn of(made: Translated) -> Option<Self> {
        let Translated { mut config, verdicts, mut judged, .. } = made;
        let judged = judged.pop().filter(|_| judged.is_empty())?;
        let lost = std::mem::take(&mut config.lost);
        Some(Self {
            certificates: std::mem::take(&mut config.tls.certificates).into(),
            problems: std::mem::take(&mut config.problems).into(),
            lost: (lost != Lost::default()).then(|| Box::new(lost)),
            items: Item::all(config),
            verdicts: verdicts.into(),
            judged,
        })
    }

    /// Whether no object before this one has one of its names.
    pub(super) fn fits(&self, out: &Translated) -> bool {
        self.items.iter().all(|item| item.fits(&out.config) && item.stands_alone(&out.config))
    }

    pub(super) fn add_to(&self, out: &mut Translated) {
        let config = &mut out.config;
        self.items.iter().for_each(|item| item.add_to(config));
        for certificate in &self.certificates {
            out.certify(certificate);
        }
        let config = &mut out.config;
        config.problems.extend(self.problems.iter().cloned());
        if let Some(lost) = &self.lost {
            config.lost.extend(lost);
        }
        out.verdicts.extend(self.verdicts.iter().cloned());
        out.judged.push(Arc::clone(&self.judged));
    }
}
