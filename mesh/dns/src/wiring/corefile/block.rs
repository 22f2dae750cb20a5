//! The text of a block: that of Traefik Mesh 1.4.8, and that of the zone of our own.

use super::CorefileError;
use crate::Zone;
use crate::wiring::version::Version;
use crate::wiring::wanted::{Wanted, upstream};

/// The block of a zone, from its first line to its last, without the line feed at the end.
///
/// Zones of Traefik Mesh are rewritten to the names of shadow services, which CoreDNS looks up itself. The dots of the
/// zone in the expression match any byte and the classes are odd; they are kept, since operators compare the text.
///
/// # Errors
///
/// The zone is forwarded to the mesh's own server, and its address is not known.
pub fn block(zone: Zone, wanted: &Wanted, version: Version) -> Result<String, CorefileError> {
    match zone {
        Zone::Maesh | Zone::TraefikMesh => Ok(rewritten(zone, wanted, version)),
        Zone::WindroseMesh => forwarded(zone, wanted),
    }
}

fn rewritten(zone: Zone, wanted: &Wanted, version: Version) -> String {
    let (namespace, domain) = (wanted.namespace(), wanted.cluster_domain());
    let escaped = domain.replace('.', r"\.");
    // The line stays when the word goes.
    let upstream = if version.has_upstream() { "upstream" } else { "" };
    format!(
        r"{header}
{zone}:53 {{
    errors
    rewrite continue {{
        name regex ([a-zA-Z0-9-_]*)\.([a-zv0-9-_]*)\.{zone} {namespace}-{{1}}-6d61657368-{{2}}.{namespace}.svc.{domain}
        answer name {namespace}-([a-zA-Z0-9-_]*)-6d61657368-([a-zA-Z0-9-_]*)\.{namespace}\.svc\.{escaped} {{1}}.{{2}}.{zone}
    }}
    kubernetes {domain} in-addr.arpa ip6.arpa {{
        pods insecure
        {upstream}
        fallthrough in-addr.arpa ip6.arpa
    }}
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}}
{trailer}",
        header = header(zone),
        trailer = trailer(zone),
    )
}

fn forwarded(zone: Zone, wanted: &Wanted) -> Result<String, CorefileError> {
    let server = upstream(wanted.server().ok_or(CorefileError::NoServer)?);
    Ok(format!(
        r"{header}
{zone}:53 {{
    errors
    forward . {server}
    cache 5
    reload
}}
{trailer}",
        header = header(zone),
        trailer = trailer(zone),
    ))
}

/// The line before a block, by which it is found again.
pub(super) const fn header(zone: Zone) -> &'static str {
    match zone {
        Zone::Maesh => "#### Begin Maesh Block",
        Zone::TraefikMesh => "#### Begin Traefik Mesh Block",
        Zone::WindroseMesh => "#### Begin Windrose Mesh Block",
    }
}

/// The line after a block.
pub(super) const fn trailer(zone: Zone) -> &'static str {
    match zone {
        Zone::Maesh => "#### End Maesh Block",
        Zone::TraefikMesh => "#### End Traefik Mesh Block",
        Zone::WindroseMesh => "#### End Windrose Mesh Block",
    }
}
