//! What a path of the API stands for.

#[cfg(test)]
mod tests;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The version.
    Version,
    /// How many objects there are, and how they are.
    Overview,
    /// Everything at once.
    RawData,
    /// All entry points.
    EntryPoints,
    /// One entry point.
    EntryPoint(String),
    /// All objects of a section.
    All(Section),
    /// One object, by its qualified name.
    One(Section, String),
}

/// A section of the routing configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// `http/routers`
    Routers,
    /// `http/services`
    Services,
    /// `http/middlewares`
    Middlewares,
    /// A section of TCP or UDP, in which there is nothing.
    Empty(&'static str),
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
            ("entrypoints", None, _) => Some(Self::EntryPoints),
            ("entrypoints", Some(name), None) => Some(Self::EntryPoint(decode(name))),
            (protocol, Some(section), name) => {
                let section = Section::parse(protocol, section)?;
                Some(name.map_or(Self::All(section), |name| Self::One(section, decode(name))))
            }
            _ => None,
        }
    }
}

impl Section {
    fn parse(protocol: &str, section: &str) -> Option<Self> {
        match (protocol, section) {
            ("http", "routers") => Some(Self::Routers),
            ("http", "services") => Some(Self::Services),
            ("http", "middlewares") => Some(Self::Middlewares),
            ("tcp" | "udp", "routers") => Some(Self::Empty("router")),
            ("tcp" | "udp", "services") => Some(Self::Empty("service")),
            ("tcp", "middlewares") => Some(Self::Empty("middleware")),
            _ => None,
        }
    }

    /// One of its objects, in a word.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Routers => "router",
            Self::Services => "service",
            Self::Middlewares => "middleware",
            Self::Empty(noun) => noun,
        }
    }
}

/// A part of a path in normal form, whose escapes are all valid.
fn decode(part: &str) -> String {
    String::from_utf8_lossy(&windrose_http::path::decode(part)).into_owned()
}
