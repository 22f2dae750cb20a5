//! Which zone a name is in, and where its record belongs.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{RData, RecordType};

use super::ask::alias;
use super::{DnsError, Resolver};

impl Resolver {
    /// The zone of a name, both with their final dot: the nearest name above that has a start of authority.
    pub(crate) async fn zone(&self, name: &str) -> Result<String, DnsError> {
        let mut rest = name;
        while !rest.is_empty() && rest != "." {
            let answer = self.ask(rest, RecordType::SOA).await?;
            let starts = answer.answers.iter().any(|record| {
                matches!(record.data, RData::SOA(_)) && record.name.to_ascii().eq_ignore_ascii_case(rest)
            });
            if answer.metadata.response_code == ResponseCode::NoError && starts {
                return Ok(rest.to_ascii_lowercase());
            }
            rest = rest.split_once('.').map_or("", |(_, above)| above);
        }
        Err(DnsError::Unknown(name.to_owned()))
    }

    /// The servers that answer for a zone.
    pub(super) async fn servers_of(&self, zone: &str) -> Result<Vec<String>, DnsError> {
        let answer = self.ask(zone, RecordType::NS).await?;
        let servers = answer.answers.iter().filter_map(|record| match &record.data {
            RData::NS(server) => Some(server.0.to_ascii()),
            _ => None,
        });
        let servers: Vec<String> = servers.collect();
        if servers.is_empty() { Err(DnsError::Unknown(zone.to_owned())) } else { Ok(servers) }
    }

    /// Where the names that lead on from `name` end.
    pub(super) async fn target(&self, name: &str) -> Result<String, DnsError> {
        let mut name = name.to_ascii_lowercase();
        for _ in 0..MOST_ALIASES {
            let answer = self.ask(&name, RecordType::CNAME).await?;
            match alias(&answer, &name) {
                Some(to) => name = to.to_ascii_lowercase(),
                None => return Ok(name),
            }
        }
        Err(DnsError::Other(format!("{name} leads on more than {MOST_ALIASES} times")))
    }
}

/// Where the record of a domain belongs; names that lead on are followed, unless that is switched off.
pub(crate) async fn challenge_name(
    resolver: &Resolver,
    domain: &str,
    follow: bool,
) -> Result<String, DnsError> {
    let name = format!("_acme-challenge.{}.", super::bare(domain));
    if follow { resolver.target(&name).await } else { Ok(name) }
}

/// lego: the same.
const MOST_ALIASES: usize = 50;
