//! What a path of the API stands for.

#[cfg(test)]
mod tests;

use windrose_config::Section;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The version.
    Version,
    /// How many objects there are, and how they are.
    Overview,
    /// Everything at once.
    RawData,
    /// Everything that is wrong.
    Problems,
    /// What would become of a request.
    Explain,
    /// Requests as they end.
    Tail,
    /// How many requests there are now.
    Rates,
    /// What the last reloads changed.
    Reloads,
    /// How each provider is.
    Providers,
    /// The certificates.
    Certificates,
    /// Numbers of the process.
    Debug,
    /// What helps whoever is asked for help.
    SupportDump,
    /// All entry points.
    EntryPoints,
    /// One entry point.
    EntryPoint(String),
    /// All objects of a section.
    All(Section),
    /// One object, by its qualified name.
    One(Section, String),
}

impl Asked {
    /// What a normal path below the base path asks for; `None` when there is nothing.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix("/api/")?.split('/');
        let (first, second, third, rest) = (parts.next()?, parts.next(), parts.next(), parts.next());
        if rest.is_some() || path.ends_with('/') {
            return None;
        }
        match (first, second, third) {
            ("version", None, _) => Some(Self::Version),
            ("overview", None, _) => Some(Self::Overview),
            ("rawdata", None, _) => Some(Self::RawData),
            ("problems", None, _) => Some(Self::Problems),
            ("windrose", Some(what), None) => match what {
                "explain" => Some(Self::Explain),
                "tail" => Some(Self::Tail),
                "rates" => Some(Self::Rates),
                "reloads" => Some(Self::Reloads),
                "providers" => Some(Self::Providers),
                "certificates" => Some(Self::Certificates),
                _ => None,
            },
            ("support-dump", None, _) => Some(Self::SupportDump),
            ("entrypoints", None, _) => Some(Self::EntryPoints),
            ("entrypoints", Some(name), None) => Some(Self::EntryPoint(decode(name))),
            (protocol, Some(what), name) => {
                let section = section(protocol, what)?;
                Some(name.map_or(Self::All(section), |name| Self::One(section, decode(name))))
            }
            _ => None,
        }
    }
}

fn section(protocol: &str, section: &str) -> Option<Section> {
    match (protocol, section) {
        ("http", "routers") => Some(Section::HttpRouters),
        ("http", "services") => Some(Section::HttpServices),
        ("http", "middlewares") => Some(Section::HttpMiddlewares),
        ("tcp", "routers") => Some(Section::TcpRouters),
        ("tcp", "services") => Some(Section::TcpServices),
        ("tcp", "middlewares") => Some(Section::TcpMiddlewares),
        ("udp", "routers") => Some(Section::UdpRouters),
        ("udp", "services") => Some(Section::UdpServices),
        _ => None,
    }
}

/// A part of a path in normal form, whose escapes are all valid.
fn decode(part: &str) -> String {
    String::from_utf8_lossy(&windrose_http::path::decode(part)).into_owned()
}
