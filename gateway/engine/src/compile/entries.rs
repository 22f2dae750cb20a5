//! From the install configuration to entry points that can be opened.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use windrose_config::dynamic_config::Name;
use windrose_config::static_config::{
    EncodedCharacters, EntryPoint, EntryPointHttp, ForwardedHeaders, ProxyProtocol,
};
use windrose_config::{Problem, StaticConfig};
use windrose_http::headers::Name as FieldName;
use windrose_http::path::{Cleaning, Semicolons};
use windrose_sys::{AddressError, BindAddress};

use crate::engine::Opening;
use crate::entry::{EntryOptions, Http2Options, Http3, Kind, OddNames, Records, Treatment, Trusted};
use crate::listen::Sharing;
use crate::merge::effective;
use crate::snapshot::Verbosity;

/// The entry points to open, in the order in which snapshots list them.
///
/// # Errors
/// Everything that cannot be used; the program should not start then.
pub fn entries(settings: &StaticConfig) -> Result<Vec<Opening>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    for (name, written) in &effective(settings) {
        let mut reader = Reader { name, problems: &mut problems };
        let address = reader.address(&written.address);
        let options = reader.options(settings, written);
        if let Some(address) = address {
            let sharing = if written.reuse_port { Sharing::Shared } else { Sharing::Exclusive };
            let options = Arc::new(options);
            // Behind the connections of TCP, whose port it takes where the system chooses one.
            let quic = options.http3.is_some().then_some(Kind::Quic);
            for kind in std::iter::once(Kind::of(written)).chain(quic) {
                let (options, address) = (Arc::clone(&options), address.clone());
                entries.push(Opening { options, kind, address, sharing });
            }
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

/// Reads one entry point.
struct Reader<'a> {
    name: &'a Arc<str>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn options(&mut self, settings: &StaticConfig, written: &EntryPoint) -> EntryOptions {
        let (http, transport, headers) = (&written.http, &written.transport, &written.forwarded_headers);
        let (times, http2) = (&transport.responding_timeouts, &written.http2);
        EntryOptions {
            name: Arc::clone(self.name),
            cleaning: if http.sanitize_path { Cleaning::Sanitize } else { Cleaning::Keep },
            semicolons: if http.encode_query_semicolons { Semicolons::Encode } else { Semicolons::Separate },
            odd_names: self.odd_names(http),
            denied_escapes: denied(http.encoded_characters),
            max_head: usize::try_from(http.max_header_bytes).unwrap_or(usize::MAX),
            trusted: self.trusted(headers),
            proxy: written.proxy_protocol.as_deref().map(|proxy| self.proxy(proxy)),
            acme_by_pass: written.allow_acme_by_pass,
            session_timeout: self.session_timeout(written),
            kept_connection: headers.connection.iter().map(|name| Box::from(&**name)).collect(),
            appends_peer: !headers.not_append_x_forwarded_for && !settings.global.not_append_x_forwarded_for,
            adds_scheme: headers.add_x_forwarded_scheme_headers,
            read_timeout: times.read_timeout.positive(),
            write_timeout: times.write_timeout.positive(),
            idle_timeout: times.idle_timeout.positive(),
            max_requests: Some(transport.keep_alive_max_requests).filter(|most| *most > 0),
            max_age: transport.keep_alive_max_time.positive(),
            http2: Http2Options {
                max_streams: http2.max_concurrent_streams,
                decoder_table: http2.max_decoder_header_table_size,
            },
            http3: self.http3(written),
            router_header: self.router_header(&http.router_header),
            records: Records {
                access_log: written.observability.access_logs,
                metrics: written.observability.metrics,
                tracing: written.observability.tracing,
                verbosity: Verbosity::named(&written.observability.trace_verbosity).unwrap_or_default(),
            },
            accept_grace: transport.life_cycle.request_accept_grace_timeout.to_std().unwrap_or_default(),
            grace: transport.life_cycle.grace_time_out.to_std().unwrap_or_default(),
        }
    }

    fn address(&mut self, written: &Name) -> Option<BindAddress> {
        let text = match written.rsplit_once('/') {
            Some((address, protocol))
                if ["tcp", "udp"].iter().any(|known| known.eq_ignore_ascii_case(protocol)) =>
            {
                address
            }
            Some(_) => {
                self.problem(&format!(
                    "address {:?} ends in an unknown protocol; write /tcp, /udp or nothing",
                    written.value
                ));
                return None;
            }
            None => &***written,
        };
        text.parse().map_err(|error: AddressError| self.problem(&error.to_string())).ok()
    }

    fn odd_names(&mut self, http: &EntryPointHttp) -> OddNames {
        let underscores = self.treatment("underscoreHeadersStrategy", &http.underscore_headers_strategy);
        // Of an underscore both speak: the stricter counts.
        let all = self.treatment("aliasHeadersStrategy", &http.alias_headers_strategy);
        OddNames { underscores: underscores.max(all), others: all }
    }

    fn treatment(&mut self, option: &str, written: &Name) -> Treatment {
        match &***written {
            "keep" => Treatment::Keep,
            "delete" => Treatment::Delete,
            "reject" => Treatment::Reject,
            other => {
                self.problem(&format!("{option} {other:?} is unknown; use keep, delete or reject"));
                Treatment::Reject
            }
        }
    }

    fn router_header(&mut self, written: &Name) -> Option<FieldName> {
        if written.is_empty() {
            return None;
        }
        let name =
            FieldName::new(written).ok().filter(|name| !name.id().is_framing() && !name.id().is_hop_by_hop());
        if name.is_none() {
            self.problem(&format!(
                "http.routerHeader: {:?} is no name of a header of ours, write for example X-Windrose-Router",
                written.value
            ));
        }
        name
    }

    fn trusted(&mut self, headers: &ForwardedHeaders) -> Trusted {
        if headers.insecure {
            Trusted::Everybody
        } else {
            self.nets("forwardedHeaders", &headers.trusted_ips)
        }
    }

    fn proxy(&mut self, proxy: &ProxyProtocol) -> Trusted {
        if proxy.insecure {
            return Trusted::Everybody;
        }
        if proxy.trusted_ips.is_empty() {
            self.problem(
                "proxyProtocol believes nobody; name trustedIPs, or write insecure to believe everybody",
            );
        }
        self.nets("proxyProtocol", &proxy.trusted_ips)
    }

    fn session_timeout(&mut self, written: &EntryPoint) -> Duration {
        written.udp.timeout.positive().unwrap_or_else(|| {
            self.problem("udp.timeout is not above zero; write a time such as 3s");
            Duration::MAX
        })
    }

    fn http3(&mut self, written: &EntryPoint) -> Option<Http3> {
        let http3 = written.http3.as_ref()?;
        if Kind::of(written) == Kind::Udp {
            self.problem(
                "http3 needs an address for TCP, whose port it shares for UDP; take /udp from the address, or http3 away",
            );
        }
        let advertised = Some(http3.advertised_port).filter(|port| *port > 0);
        Some(Http3 { advertised, alt_svc: "".into() })
    }

    fn nets(&mut self, option: &str, written: &[Name]) -> Trusted {
        let mut nets = Vec::with_capacity(written.len());
        for written in written {
            match net_of(written) {
                Some(net) => nets.push(net),
                None => self.problem(&format!(
                    "{option}.trustedIPs: {:?} is neither an address nor a network such as 10.0.0.0/8",
                    written.value
                )),
            }
        }
        Trusted::Nets(nets.into())
    }

    fn problem(&mut self, message: &str) {
        self.problems.push(Problem::error(format!("entry point {}: {message}", self.name)));
    }
}

fn net_of(text: &str) -> Option<IpNet> {
    let net = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    Some(match net {
        // Peers are compared in their shortest form.
        IpNet::V6(v6) => match (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) {
            (Some(v4), Some(length)) => IpNet::new(IpAddr::V4(v4), length).ok()?,
            _ => net,
        },
        IpNet::V4(_) => net,
    })
}

fn denied(allow: EncodedCharacters) -> Box<[&'static str]> {
    let escapes = [
        (allow.allow_encoded_slash, "%2F"),
        (allow.allow_encoded_back_slash, "%5C"),
        (allow.allow_encoded_null_character, "%00"),
        (allow.allow_encoded_semicolon, "%3B"),
        (allow.allow_encoded_percent, "%25"),
        (allow.allow_encoded_question_mark, "%3F"),
        (allow.allow_encoded_hash, "%23"),
    ];
    escapes.into_iter().filter(|(allowed, _)| !allowed).map(|(_, escape)| escape).collect()
}
