//! The kinds there are: one line each.
//!
//! Adding a kind is a folder in [`crate::http`] and a line in [`KINDS`]: whoever redacts, documents or checks kinds goes
//! through the list.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, EnumAccess, Visitor};
use serde_json::Value;

use windrose_config::dynamic_config::Middleware;
use windrose_config::tree::Style;
use windrose_config::{Mark, Problem, Shape, Source, Tree, decode};

use crate::http;
use crate::kind::{BuildContext, Kind};
use crate::stage::Stage;

/// Makes the list of kinds of their folders and types.
macro_rules! kinds {
    ($($folder:ident::$kind:ident,)*) => {
        /// Every kind that can be built.
        pub static KINDS: [Entry; [$(stringify!($kind)),*].len()] = [$(Entry::of::<http::$folder::$kind>(
            include_str!(concat!("http/", stringify!($folder), "/mod.rs")),
        )),*];
    };
}

kinds! {
    add_prefix::AddPrefix,
    api_key::ApiKey,
    basic_auth::BasicAuth,
    body_limit::BodyLimit,
    buffering::Buffering,
    chain::Chain,
    circuit_breaker::CircuitBreaker,
    compress::Compress,
    content_type::ContentType,
    csrf::Csrf,
    digest_auth::DigestAuth,
    encoded_characters::EncodedCharacters,
    errors::Errors,
    forward_auth::ForwardAuth,
    grpc_web::GrpcWeb,
    headers::Headers,
    in_flight_req::InFlightReq,
    ip_allow_list::IpAllowList,
    ip_deny_list::IpDenyList,
    ip_white_list::IpWhiteList,
    jwt::Jwt,
    maintenance::Maintenance,
    oidc::Oidc,
    pass_tls_client_cert::PassTlsClientCert,
    rate_limit::RateLimit,
    redirect_regex::RedirectRegex,
    redirect_scheme::RedirectScheme,
    replace_path::ReplacePath,
    replace_path_regex::ReplacePathRegex,
    respond::Respond,
    retry::Retry,
    strip_prefix::StripPrefix,
    strip_prefix_regex::StripPrefixRegex,
    timeouts::Timeouts,
}

/// Kinds that Traefik knows and that cannot be built yet.
pub static UNSUPPORTED: [&str; 1] = ["plugin"];

/// The name of a kind as it is usually written; nothing for one that is not in the list.
#[must_use]
pub fn spelling(kind: &str) -> &'static str {
    KINDS.iter().find(|entry| entry.name.eq_ignore_ascii_case(kind)).map_or("", |entry| entry.name)
}

/// What spans of a kind are called; nothing for one that is not traced.
#[must_use]
pub fn span(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|entry| entry.name == kind)?.span
}

/// A kind, its types erased.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name as written, for example `addPrefix`.
    pub name: &'static str,
    /// What its spans are called; nothing for a kind that is not traced.
    pub span: Option<&'static str>,
    /// Decodes and compiles the options of a middleware of this kind.
    pub build: Build,
    /// Decodes the options alone, and gives them as the API shows them.
    pub check: Check,
    /// What its options are.
    pub shape: fn() -> Shape,
    /// Its options when nothing is written, without those that are nothing then.
    pub defaults: fn() -> Value,
    /// The text of its module, which begins with its documentation.
    pub docs: &'static str,
}

/// Decodes and compiles a middleware, or says all that is wrong with it.
pub type Build = fn(&Middleware, &Arc<Source>, &BuildContext<'_>) -> Result<Stage, Vec<Problem>>;

/// Decodes the options of a middleware, or says all that is wrong with them.
pub type Check = fn(&Middleware, &Arc<Source>) -> Result<Value, Vec<Problem>>;

impl Entry {
    const fn of<K: Kind>(docs: &'static str) -> Self {
        Self {
            name: K::NAME,
            span: K::SPAN,
            build: build_kind::<K>,
            check: check_kind::<K>,
            shape: Shape::of::<K::Options>,
            defaults: defaults_of::<K>,
            docs,
        }
    }

    /// The example in its documentation: YAML, the name of the kind with options below it.
    #[must_use]
    pub fn example(&self) -> String {
        let docs = self.docs.lines().map_while(|line| line.strip_prefix("//!"));
        let lines = docs.map(|line| line.strip_prefix(' ').unwrap_or(line));
        let block = lines.skip_while(|line| *line != "```yaml").skip(1).take_while(|line| *line != "```");
        block.map(|line| format!("{line}\n")).collect()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.name).finish()
    }
}

/// Decodes and compiles a middleware of any kind.
///
/// # Errors
/// Everything that is wrong with it. A kind that is not known has no place: only the caller knows where the name was
/// written.
pub fn build(
    middleware: &Middleware,
    source: &Arc<Source>,
    cx: &BuildContext<'_>,
) -> Result<Stage, Vec<Problem>> {
    let Some(entry) = find(&middleware.kind) else {
        let problem = unknown(&middleware.kind);
        return Err(vec![if middleware.kind.mark == Mark::default() {
            problem
        } else {
            problem.at(source, middleware.kind.mark).spanning(middleware.kind.chars().count())
        }]);
    };
    (entry.build)(middleware, source, cx)
}

/// The kind of that name, whatever its case.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    KINDS.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
}

/// Why a name that [`find`] does not find is none of a kind; without a place.
#[must_use]
pub fn unknown(name: &str) -> Problem {
    if let Some(known) = UNSUPPORTED.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        let instead = instead(known);
        let refused = format!("middleware kind {known} is not supported yet; {instead}");
        return Problem::error(format!("{refused} (see docs/reference/refused.md)"));
    }
    let problem = Problem::error(format!("unknown middleware kind `{name}`"));
    Problem { nearest: nearest(name), ..problem }
}

/// What to do until a kind of [`UNSUPPORTED`] can be built.
#[must_use]
pub const fn instead(_kind: &str) -> &'static str {
    "remove it, and its name from the routers that use it"
}

fn build_kind<K: Kind>(
    middleware: &Middleware,
    source: &Arc<Source>,
    cx: &BuildContext<'_>,
) -> Result<Stage, Vec<Problem>> {
    let options = decode::<K::Options>(&middleware.options, source)?;
    K::build(options, cx)
        .map_err(|error| vec![error.into_problem_of(K::NAME, source, middleware.options.mark)])
}

fn check_kind<K: Kind>(middleware: &Middleware, source: &Arc<Source>) -> Result<Value, Vec<Problem>> {
    let options = decode::<K::Options>(&middleware.options, source)?;
    serde_json::to_value(options).map_err(|error| vec![Problem::error(error.to_string())])
}

fn defaults_of<K: Kind>() -> Value {
    serde_json::to_value(K::Options::default()).unwrap_or_default()
}

/// The known name nearest to `name`: asked of the decoder, which looks for it when a value is none of an enum's.
fn nearest(name: &str) -> Option<String> {
    let written = Tree::text(name, Style::Bare, Mark::default());
    let problems = decode::<KnownName>(&written, &Source::other("a middleware")).err()?;
    problems.into_iter().find_map(|problem| problem.nearest)
}

struct KnownName;

impl<'de> Deserialize<'de> for KnownName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("kind", &NAMES, Self)
    }
}

impl<'de> Visitor<'de> for KnownName {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a kind of middleware")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Self, A::Error> {
        Ok(self)
    }
}

/// The names of all kinds, built or not.
static NAMES: [&str; KINDS.len() + UNSUPPORTED.len()] = names();

const fn names() -> [&'static str; KINDS.len() + UNSUPPORTED.len()] {
    let mut names = [""; KINDS.len() + UNSUPPORTED.len()];
    let mut index = 0;
    while index < KINDS.len() {
        names[index] = KINDS[index].name;
        index += 1;
    }
    while index < names.len() {
        names[index] = UNSUPPORTED[index - KINDS.len()];
        index += 1;
    }
    names
}
