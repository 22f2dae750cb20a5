//! Asks the API of a running gateway.

use std::time::Duration;

use tokio::runtime::Builder;
use windrose_courier::{Answer, Follow, HttpError, Https, Limits, Request};
use windrose_tls::{ClientTlsError, ClientTlsOptions};

use crate::arguments::{Api, Trust};

/// Why nothing was heard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unheard {
    /// There is no answer.
    #[error("the gateway does not answer")]
    Silent(#[source] HttpError),
    /// TLS cannot be set up.
    #[error("TLS cannot be spoken")]
    Tls(#[source] ClientTlsError),
    /// The system refuses something.
    #[error("cannot start a runtime")]
    Runtime(#[source] std::io::Error),
    /// Something else answers.
    #[error("{0} is no API of Windrose; name the address of the API, up to its base path")]
    NoApi(String),
    /// It is not for everybody.
    #[error("the API wants to know who asks ({0}); write --api http://USER:PASSWORD@HOST")]
    Guarded(u16),
    /// It says why not.
    #[error("{0}")]
    Refused(String),
}

impl Unheard {
    /// Something else answers at the address of the API, which is told without its user.
    pub(crate) fn no_api(api: &Api) -> Self {
        Self::NoApi(apart(&api.url).0)
    }
}

/// What the API says at a path below `/api/`.
pub(crate) fn get(api: &Api, path: &str, query: &str) -> Result<Vec<u8>, Unheard> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Unheard::Runtime)?;
    let (https, request) = (https(api)?, request(api, path, query));
    let answer = runtime.block_on(https.send(&request)).map_err(Unheard::Silent)?;
    read(api, answer)
}

/// Hands on what the API says at a path below `/api/` as it comes, until it ends or `each` has enough.
pub(crate) fn follow(
    api: &Api,
    path: &str,
    query: &str,
    each: &mut (dyn FnMut(&[u8]) -> Follow + Send),
) -> Result<(), Unheard> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Unheard::Runtime)?;
    let (https, request) = (https(api)?, request(api, path, query));
    let answer = runtime.block_on(https.follow(&request, each)).map_err(Unheard::Silent)?;
    let is_events = answer.field("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
    match answer.status {
        200 if is_events => Ok(()),
        200 => Err(Unheard::no_api(api)),
        _ => read(api, answer).map(|_| ()),
    }
}

/// A client for an API.
pub(crate) fn https(api: &Api) -> Result<Https, Unheard> {
    let trust = ClientTlsOptions { insecure_skip_verify: api.trust == Trust::Anybody, ..Default::default() };
    let limits = Limits { whole: PATIENCE, head: PATIENCE };
    Https::new(&trust, &windrose_assembly::files, limits).map_err(Unheard::Tls)
}

/// A question of an API.
pub(crate) fn request(api: &Api, path: &str, query: &str) -> Request {
    let (base, user) = apart(&api.url);
    let mark = if query.is_empty() { "" } else { "?" };
    let request = Request::get(format!("{base}/api/{path}{mark}{query}"));
    match user {
        Some((name, password)) => request.basic(&name, &password),
        None => request,
    }
}

fn read(api: &Api, answer: Answer) -> Result<Vec<u8>, Unheard> {
    let told = || serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
    let message = || told().and_then(|value| Some(value.get("message")?.as_str()?.to_owned()));
    match answer.status {
        200 => Ok(answer.body),
        401 | 403 => Err(Unheard::Guarded(answer.status)),
        _ => Err(message().map_or_else(|| Unheard::no_api(api), Unheard::Refused)),
    }
}

/// Escapes what may not stand in a query.
pub(crate) fn encode(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

/// The address without its end and its user, and the user.
fn apart(url: &str) -> (String, Option<(String, String)>) {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix("/dashboard").or_else(|| url.strip_suffix("/api")).unwrap_or(url);
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            (format!("{scheme}://{host}{path}"), Some((name.to_owned(), password.to_owned())))
        }
        None => (format!("{scheme}://{authority}{path}"), None),
    }
}

/// How long an API may take.
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_people_have_it() {
        let cases = [
            ("127.0.0.1:8080", "http://127.0.0.1:8080", None),
            ("http://gw:8080/dashboard/", "http://gw:8080", None),
            ("https://u:p@gw/ops/api", "https://gw/ops", Some(("u", "p"))),
            ("http://u@gw/", "http://gw", Some(("u", ""))),
        ];
        for (written, url, user) in cases {
            let user = user.map(|(name, password): (&str, &str)| (name.to_owned(), password.to_owned()));
            assert_eq!(apart(written), (url.to_owned(), user), "{written}");
        }
    }
}
