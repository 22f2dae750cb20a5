//! Which requests somebody wants to see: words with a name before them, all of which must be true.

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::time::Duration;

use super::tail::Line;

/// Which requests somebody wants to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    terms: Vec<Term>,
    /// Whether requests to services of the gateway's own are shown, too: whoever looks makes many.
    with_internal: bool,
}

/// A word that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadFilter {
    /// Nobody knows the name.
    #[error(
        "unknown filter `{0}`, use status, method, host, path, router, service, server, client, entrypoint, min, error or internal"
    )]
    Name(String),
    /// The value is none of its kind.
    #[error("`{0}` cannot be: {1}")]
    Value(String, &'static str),
    /// There are too many.
    #[error("at most {MOST} words can be asked for")]
    Many,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    test: Test,
    is_negated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Status(u16, u16),
    Method(String),
    Host(String),
    Path(String),
    Router(String),
    Service(String),
    Server(String),
    Client(String),
    EntryPoint(String),
    Min(Duration),
    Error,
    Word(String),
}

impl Filter {
    /// Reads words such as `status:5xx host:app.test !path:/health min:200ms`.
    pub(crate) fn parse(text: &str) -> Result<Self, BadFilter> {
        let mut filter = Self::default();
        for word in text.split_whitespace() {
            if filter.terms.len() == MOST {
                return Err(BadFilter::Many);
            }
            let (is_negated, plain) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
            if plain == "internal" {
                filter.with_internal = !is_negated;
                continue;
            }
            filter.terms.push(Term { test: Test::parse(plain)?, is_negated });
        }
        Ok(filter)
    }

    /// Whether this one is wanted.
    pub(crate) fn wants(&self, line: &Line) -> bool {
        (self.with_internal || !line.service.ends_with("@internal"))
            && self.terms.iter().all(|term| term.test.is_true(line) != term.is_negated)
    }
}

impl Test {
    fn parse(word: &str) -> Result<Self, BadFilter> {
        let bad = |why| BadFilter::Value(word.to_owned(), why);
        // A path or a host with a port is a word of its own.
        let named =
            word.split_once(':').filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase()));
        let Some((name, value)) = named else {
            return match word {
                "error" | "errors" => Ok(Self::Error),
                "" => Err(BadFilter::Value("!".to_owned(), "a word is missing behind it")),
                word => Ok(Self::Word(word.to_lowercase())),
            };
        };
        if value.is_empty() {
            return Err(bad("a value is missing"));
        }
        let text = value.to_lowercase();
        Ok(match name {
            "status" => {
                let (least, most) = statuses(value).ok_or_else(|| bad("write 404, 5xx or 400-499"))?;
                Self::Status(least, most)
            }
            "method" => Self::Method(value.to_ascii_uppercase()),
            "host" => Self::Host(text),
            "path" => Self::Path(value.to_owned()),
            "router" => Self::Router(text),
            "service" => Self::Service(text),
            "server" => Self::Server(text),
            "client" => Self::Client(text),
            "entrypoint" => Self::EntryPoint(value.to_owned()),
            "min" => Self::Min(duration(value).ok_or_else(|| bad("write a time such as 250ms or 2s"))?),
            other => return Err(BadFilter::Name(other.to_owned())),
        })
    }

    fn is_true(&self, line: &Line) -> bool {
        let holds = |text: &str, part: &str| text.to_lowercase().contains(part);
        match self {
            Self::Status(least, most) => (*least..=*most).contains(&line.status),
            Self::Method(method) => line.method == *method,
            Self::Host(part) => holds(&line.host, part),
            Self::Path(prefix) => line.path.starts_with(prefix.as_str()),
            Self::Router(part) => holds(&line.router, part),
            Self::Service(part) => holds(&line.service, part),
            Self::Server(part) => holds(&line.server, part),
            Self::Client(part) => match part.parse::<IpAddr>() {
                Ok(address) => line.client.parse() == Ok(address),
                Err(_) => line.client.starts_with(part.as_str()),
            },
            Self::EntryPoint(name) => line.entry_point == *name,
            Self::Min(least) => line.took >= *least,
            Self::Error => line.is_error(),
            Self::Word(part) => {
                let parts = [&line.host, &line.path, &line.router, &line.service, &line.server, &line.error];
                parts.iter().any(|text| holds(text, part))
            }
        }
    }
}

/// `404`, `5xx`, `400-499`.
fn statuses(text: &str) -> Option<(u16, u16)> {
    if let Some(class) = text.strip_suffix("xx") {
        let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
        return Some((class * 100, class * 100 + 99));
    }
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    let (least, most) = (least.parse().ok()?, most.parse().ok()?);
    (least <= most).then_some((least, most))
}

/// `250ms`, `2s`, `1.5s`, `1m`.
fn duration(text: &str) -> Option<Duration> {
    let at = text.find(|one: char| one.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at_checked(at)?;
    let number: f64 = number.parse().ok()?;
    let seconds = match unit {
        "us" => number / 1e6,
        "ms" => number / 1e3,
        "s" => number,
        "m" => number * 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// Words of a filter: each is tried on every request.
const MOST: usize = 16;
