//! The provider: what it says of itself (OpenID Connect Discovery 1.0), the tokens it gives and how they are verified.

use std::fmt::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::{Map, Value};

use windrose_http::{Conn, Exchange, Reply};

use crate::chain::{Asks, Next};
use crate::jose::{Claims, Fault, Verifier, parse_json};
use crate::remote::{Answer, Client, Fresh, Question, Remote, RemoteKeys, Unreachable, Why, unavailable};

/// How the provider is known.
pub(super) struct Provider {
    issuer: Box<str>,
    client_id: Box<str>,
    secret: Box<str>,
    from: Arc<Remote>,
    client: Client,
    known: Arc<Fresh<Known>>,
    verifier: Verifier,
    logout_verifier: Verifier,
}

/// What it says of itself.
pub(super) struct Known {
    pub(super) authorization: Box<str>,
    pub(super) end_session: Option<Box<str>>,
    /// Whether it says in every answer who it is (RFC 9207).
    pub(super) names_itself: bool,
    token: Remote,
    keys: RemoteKeys,
    authentication: Authentication,
}

/// How we show who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Authentication {
    /// In Authorization.
    Field,
    /// In the form.
    Form,
}

/// Tokens that it gave.
pub(super) struct Given {
    pub(super) id_token: Option<String>,
    pub(super) refresh_token: Option<String>,
    pub(super) expires_in: Option<u64>,
}

/// Why it gave none.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotGiven {
    /// It says no.
    #[error("the provider refuses")]
    Refused,
    /// It is not to be had, or not understood.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

impl Provider {
    pub(super) fn new(
        issuer: &str,
        client_id: &str,
        secret: &str,
        client: Client,
        known: Arc<Fresh<Known>>,
    ) -> Result<Self, Unreachable> {
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let verifier = |kinds: &'static [&'static str]| Verifier {
            issuer: issuer.into(),
            audience: [client_id.into()].into(),
            leeway: LEEWAY,
            needs_expiry: true,
            kinds,
            ..Verifier::default()
        };
        Ok(Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            secret: secret.into(),
            from: Arc::new(Remote::new(&url, &client)?),
            client,
            known,
            verifier: verifier(&["", "jwt"]),
            logout_verifier: verifier(&["", "jwt", "logout+jwt"]),
        })
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What it says of itself. A request waits only when that is not known at all.
    ///
    /// # Errors
    /// It is not to be had.
    pub(super) async fn known(&self, ex: &Exchange, next: Next<'_>) -> Result<Arc<Known>, Box<Reply>> {
        let (held, is_due) = self.known.now();
        if is_due {
            self.begin(ex, next);
        }
        if let Some(held) = held {
            return Ok(Arc::clone(&held.value));
        }
        self.known.settle(self.client.timeout).await;
        let held = self.known.now().0.ok_or_else(|| Box::new(unavailable(self.known.pause())))?;
        Ok(Arc::clone(&held.value))
    }

    fn begin(&self, ex: &Exchange, next: Next<'_>) {
        let Some(attempt) = self.known.begin(Why::Due) else { return };
        let (from, client, conn) = (Arc::clone(&self.from), self.client.clone(), Rc::clone(&ex.conn));
        let issuer = self.issuer.clone();
        next.aside(Box::new(move |asks| {
            Box::pin(async move {
                let asked = async {
                    let answer = from.get(&*asks, &conn).await?;
                    Ok::<_, Unreachable>((Known::read(&answer, &issuer, &client)?, answer))
                };
                match asked.await {
                    Ok((known, answer)) => {
                        let fresh = answer.max_age.unwrap_or(USUAL).clamp(LEAST, USUAL);
                        attempt.succeed(known, &answer.body, fresh);
                    }
                    Err(error) => {
                        tracing::warn!(%error, issuer = &*issuer, "the OpenID provider cannot be asked")
                    }
                }
            })
        }));
    }

    /// Asks for tokens.
    ///
    /// # Errors
    /// It gives none.
    pub(super) async fn tokens(
        &self,
        known: &Known,
        asks: &dyn Asks,
        conn: &Rc<Conn>,
        parameters: &[(&str, &str)],
    ) -> Result<Given, NotGiven> {
        let mut parameters = parameters.to_vec();
        let authorization = match known.authentication {
            _ if self.secret.is_empty() => None,
            Authentication::Field => {
                let pair = format!("{}:{}", query_escape(&self.client_id), query_escape(&self.secret));
                Some(format!("Basic {}", BASE64.encode(pair.as_bytes())))
            }
            Authentication::Form => {
                parameters.push(("client_secret", &self.secret));
                None
            }
        };
        if authorization.is_none() {
            parameters.push(("client_id", &self.client_id));
        }
        let form = form(&parameters);
        let question = Question { form: Some(&form), authorization: authorization.as_deref() };
        let answer = known.token.ask(asks, conn, question).await?;
        match answer.status {
            200 => Ok(Given::read(&answer.body)?),
            400..500 if answer.status != 429 => Err(NotGiven::Refused),
            status => Err(Unreachable::Status(status).into()),
        }
    }

    /// What an identity token claims.
    ///
    /// # Errors
    /// It is not believed, or its keys are not to be had.
    pub(super) async fn identity(
        &self,
        known: &Known,
        token: &str,
        now: f64,
        ex: &Exchange,
        next: Next<'_>,
    ) -> Result<Claims, Unbelieved> {
        let claims = known.verify(&self.verifier, token, now, ex, next).await?;
        // Of several who may read it, it was made for us (OpenID Connect Core §3.1.3.7).
        let is_several = claims.member("aud").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
        let party = claims.member("azp");
        let is_ours = party.is_some_and(|party| party.as_str() == Some(&self.client_id));
        if is_several && party.is_none() || party.is_some() && !is_ours {
            return Err(Fault::Audience.into());
        }
        match claims.text("sub") {
            Some(subject) if !subject.is_empty() => Ok(claims),
            _ => Err(Fault::Claims.into()),
        }
    }

    /// What a logout token claims.
    ///
    /// # Errors
    /// As above.
    pub(super) async fn logout(
        &self,
        known: &Known,
        token: &str,
        now: f64,
        ex: &Exchange,
        next: Next<'_>,
    ) -> Result<Claims, Unbelieved> {
        let claims = known.verify(&self.logout_verifier, token, now, ex, next).await?;
        let event = claims.member("events").and_then(|events| events.get(LOGOUT_EVENT));
        // An identity token has a nonce and no such event, and neither stands for the other.
        let is_logout = event.is_some_and(Value::is_object)
            && claims.member("nonce").is_none()
            && claims.text("jti").is_some()
            && claims.time("iat").is_ok_and(|time| time.is_some());
        if is_logout { Ok(claims) } else { Err(Fault::Kind.into()) }
    }
}

/// Why a token of the provider is of no use.
pub(super) enum Unbelieved {
    Fault(Fault),
    /// There are no keys.
    Keys(Box<Reply>),
}

impl From<Fault> for Unbelieved {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Known {
    fn read(answer: &Answer, issuer: &str, client: &Client) -> Result<Self, Unreachable> {
        let odd = |what: &str| Unreachable::Odd(what.to_owned());
        let Ok(Value::Object(said)) = parse_json(&answer.body) else { return Err(odd("it is no JSON")) };
        if said.get("issuer").and_then(Value::as_str) != Some(issuer) {
            return Err(odd("it says that it is another issuer"));
        }
        let required =
            |name: &str| address(&said, name, issuer)?.ok_or_else(|| odd(&format!("it has no {name}")));
        let methods = said.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let has =
            |method: &str| methods.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(method)));
        let by_field = methods.is_none() || has("client_secret_basic") || !has("client_secret_post");
        let keys = required("jwks_uri")?;
        Ok(Self {
            authorization: required("authorization_endpoint")?.into(),
            end_session: address(&said, "end_session_endpoint", issuer)?.map(Into::into),
            names_itself: said.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
            token: Remote::new(&required("token_endpoint")?, client)?,
            keys: RemoteKeys::new(&keys, client, USUAL, Arc::new(Fresh::new()))?,
            authentication: if by_field { Authentication::Field } else { Authentication::Form },
        })
    }

    async fn verify(
        &self,
        verifier: &Verifier,
        token: &str,
        now: f64,
        ex: &Exchange,
        next: Next<'_>,
    ) -> Result<Claims, Unbelieved> {
        let held = self.keys.get(ex, next).await.map_err(Unbelieved::Keys)?;
        let verified = match verifier.verify(token.as_bytes(), &held.value, now) {
            Err(Fault::UnknownKey) => {
                let newer = self.keys.newer(held.number, ex, next).await.ok_or(Fault::UnknownKey)?;
                verifier.verify(token.as_bytes(), &newer.value, now)
            }
            other => other,
        };
        Ok(verified?.0)
    }
}

/// An address that the provider names; one without TLS where it is asked by TLS is none.
fn address(said: &Map<String, Value>, name: &str, issuer: &str) -> Result<Option<String>, Unreachable> {
    let Some(address) = said.get(name) else { return Ok(None) };
    let address = address.as_str().unwrap_or_default();
    let is_secure = address.starts_with("https://");
    let is_fine = is_secure || address.starts_with("http://") && issuer.starts_with("http://");
    let is_plain = !address.bytes().any(|byte| byte.is_ascii_control() || byte == b' ' || byte == b'#');
    if is_fine && is_plain {
        return Ok(Some(address.to_owned()));
    }
    Err(Unreachable::Odd(format!("{name} is no address that can be trusted")))
}

impl Given {
    fn read(body: &[u8]) -> Result<Self, Unreachable> {
        let odd = || Unreachable::Odd("it gives no tokens".to_owned());
        let Ok(Value::Object(given)) = parse_json(body) else { return Err(odd()) };
        let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            id_token: text("id_token"),
            refresh_token: text("refresh_token").filter(|token| !token.is_empty()),
            expires_in: given.get("expires_in").and_then(Value::as_u64),
        })
    }
}

/// A text with all escaped that is not plain everywhere (RFC 3986 §2.3).
fn query_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Parameters as a form or a query has them.
pub(super) fn form(parameters: &[(&str, &str)]) -> String {
    let pairs =
        parameters.iter().map(|(name, value)| format!("{}={}", query_escape(name), query_escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How far clocks may be apart, in seconds.
const LEEWAY: f64 = 10.0;
/// How long what it says of itself is taken for fresh.
const USUAL: Duration = Duration::from_secs(60 * 60);
const LEAST: Duration = Duration::from_secs(60);
