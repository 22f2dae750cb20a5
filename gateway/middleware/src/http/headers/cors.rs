//! Requests from pages of other origins (the CORS protocol of the Fetch standard).

use windrose_http::{Exchange, Id, Method, Reply};
use windrose_rule::regex::Regex;

use super::Options;
use super::edit::field_value;
use super::options::Text;
use crate::kind::BuildError;

/// What other origins may do.
#[derive(Debug)]
pub(super) struct Cors {
    origins: Box<[Box<str>]>,
    patterns: Box<[Regex]>,
    credentials: Credentials,
    methods: Listed,
    headers: Listed,
    exposed: Listed,
    max_age: Option<Box<str>>,
    adds_vary: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credentials {
    Refused,
    Allowed,
}

/// A list as it is sent.
#[derive(Debug)]
enum Listed {
    /// Not at all.
    Nothing,
    /// What the client asked for: with credentials browsers take `*` for a name.
    Any,
    These(Box<str>),
}

impl Cors {
    /// `None` when no option asks for it.
    pub(super) fn new(options: &Options) -> Result<Option<Self>, BuildError> {
        let credentials = match options.access_control_allow_credentials {
            true => Credentials::Allowed,
            false => Credentials::Refused,
        };
        let patterns = options.access_control_allow_origin_list_regex.iter().map(|pattern| {
            let message = |error| format!("cannot read the expression: {error}");
            Regex::new(pattern).map_err(|error| BuildError::at(pattern, message(error)))
        });
        let cors = Self {
            origins: options
                .access_control_allow_origin_list
                .iter()
                .map(field_value)
                .collect::<Result<_, BuildError>>()?,
            patterns: patterns.collect::<Result<_, BuildError>>()?,
            credentials,
            methods: Listed::new(&options.access_control_allow_methods, credentials)?,
            headers: Listed::new(&options.access_control_allow_headers, credentials)?,
            exposed: Listed::new(&options.access_control_expose_headers, credentials)?,
            max_age: options.access_control_max_age.map(|seconds| seconds.to_string().into()),
            adds_vary: options.add_vary_header,
        };
        Ok(Some(cors).filter(Self::is_asked_for))
    }

    fn is_asked_for(&self) -> bool {
        let lists = [&self.methods, &self.headers, &self.exposed];
        self.credentials == Credentials::Allowed
            || self.adds_vary
            || self.max_age.is_some()
            || !self.origins.is_empty()
            || !self.patterns.is_empty()
            || lists.iter().any(|list| !matches!(list, Listed::Nothing))
    }

    /// The answer to a preflight.
    pub(super) fn preflight(&self, ex: &Exchange) -> Reply {
        let mut reply = Reply::empty(200);
        self.apply_common(ex, &mut reply);
        let asked = [
            (&self.headers, Id::ACCESS_CONTROL_ALLOW_HEADERS, Id::ACCESS_CONTROL_REQUEST_HEADERS),
            (&self.methods, Id::ACCESS_CONTROL_ALLOW_METHODS, Id::ACCESS_CONTROL_REQUEST_METHOD),
        ];
        for (list, answer, question) in asked {
            match list {
                Listed::Nothing => {}
                Listed::These(list) => reply.headers.set(answer, list.as_bytes()),
                Listed::Any => {
                    if let Some(asked_for) = ex.headers.get(question) {
                        reply.headers.set(answer, asked_for);
                    }
                }
            }
        }
        if let Some(seconds) = &self.max_age {
            reply.headers.set(Id::ACCESS_CONTROL_MAX_AGE, seconds.as_bytes());
        }
        reply
    }

    /// Tells what the request's origin may do with an answer.
    pub(super) fn apply(&self, ex: &Exchange, reply: &mut Reply) {
        self.apply_common(ex, reply);
        if self.adds_vary {
            add_vary(reply);
        }
    }

    fn apply_common(&self, ex: &Exchange, reply: &mut Reply) {
        if let Some(origin) = self.allowed_origin(ex) {
            reply.headers.set(Id::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        if self.credentials == Credentials::Allowed {
            reply.headers.set(Id::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        if let Listed::These(list) = &self.exposed {
            reply.headers.set(Id::ACCESS_CONTROL_EXPOSE_HEADERS, list.as_bytes());
        }
    }

    fn allowed_origin<'a>(&self, ex: &'a Exchange) -> Option<&'a [u8]> {
        let origin = ex.headers.get(Id::ORIGIN).filter(|origin| !origin.is_empty());
        for allowed in &self.origins {
            match &**allowed {
                "*" if self.credentials == Credentials::Refused => return Some(b"*"),
                "*" => return origin,
                allowed if origin == Some(allowed.as_bytes()) => return origin,
                _ => {}
            }
        }
        origin.filter(|origin| self.patterns.iter().any(|pattern| pattern.is_match_bytes(origin)))
    }
}

impl Listed {
    fn new(written: &[Text], credentials: Credentials) -> Result<Self, BuildError> {
        let values = written.iter().map(field_value).collect::<Result<Vec<_>, BuildError>>()?;
        if credentials == Credentials::Allowed && values.iter().any(|value| **value == *"*") {
            return Ok(Self::Any);
        }
        let list = values.join(",");
        Ok(if list.is_empty() { Self::Nothing } else { Self::These(list.into()) })
    }
}

/// Whether a browser asks beforehand what a page of another origin may do.
pub(super) fn is_preflight(ex: &Exchange) -> bool {
    let says = |id: Id| ex.headers.get(id).is_some_and(|value| !value.is_empty());
    ex.method == Method::Options && says(Id::ACCESS_CONTROL_REQUEST_METHOD) && says(Id::ORIGIN)
}

/// Says that the answer depends on the origin.
fn add_vary(reply: &mut Reply) {
    let (first, is_alone) = {
        let mut values = reply.headers.get_all(Id::VARY);
        (values.next().filter(|value| !value.is_empty()), values.next().is_none())
    };
    match first {
        Some(b"Origin") if is_alone => {}
        Some(value) if is_alone => {
            let longer = [value, b",Origin"].concat();
            reply.headers.set(Id::VARY, longer);
        }
        _ => reply.headers.append(Id::VARY, "Origin"),
    }
}
