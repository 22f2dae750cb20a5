//! Exchanges with or without TLS.
//!
//! Every exchange has a connection of its own and two limits, one for the head of the answer and one for all of it.
//! Invariant: an answer is never larger than its limit, and where it ends is read as strictly as
//! everywhere in the gateway.

pub(crate) mod connect;
mod proxy;
mod read;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncWriteExt;
use url::Url;
use windrose_tls::{ClientTls, ClientTlsError, ClientTlsOptions, Files};

pub use connect::{Carrier, dial};
pub use proxy::Proxy;
pub use read::{Answer, Streaming};

use read::Input;

/// Asks servers.
#[derive(Clone)]
pub struct Https {
    tls: ClientTls,
    limits: Limits,
    proxy: Proxy,
    largest: usize,
}

/// How long an exchange may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From looking the name up to the last byte.
    pub whole: Duration,
    /// From the last byte of the request to the head of the answer.
    pub head: Duration,
}

/// What to ask.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    url: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Whether to go on with an answer that comes piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Go on.
    On,
    /// It is enough.
    Enough,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum HttpError {
    /// No URL of `http` or `https`.
    #[error("{0:?} is no address that can be asked, write one such as https://host/path")]
    Url(String),
    /// The proxy is none, or refuses.
    #[error("{0}")]
    Proxy(String),
    /// No connection to this host.
    #[error("cannot connect to {0}")]
    Connect(String, #[source] std::io::Error),
    /// No TLS with this host.
    #[error("the TLS handshake with {0} failed")]
    Handshake(String, #[source] std::io::Error),
    /// The connection to this host ended too early.
    #[error("the connection to {0} broke")]
    Broken(String, #[source] std::io::Error),
    /// This host took longer than the limits say.
    #[error("{0} did not answer in time")]
    Late(String),
    /// What this host sent is not HTTP/1.
    #[error("the answer of {0} is no answer of HTTP/1")]
    Malformed(String),
    /// This host did not say how a call of gRPC went.
    #[error("{0} gave no status of gRPC")]
    NoStatus(String),
    /// A field of the request, by its name.
    #[error("the header {0:?} cannot be sent, its name or its value holds what headers may not")]
    Field(String),
    /// This host sends more than is read.
    #[error("the answer of {0} is larger than {1} bytes")]
    TooLarge(String, usize),
    /// More redirections than are followed, from this URL on.
    #[error("{0} redirects in circles")]
    Circles(String),
}

impl Https {
    /// Trusts whom these options name.
    pub fn new(
        trust: &ClientTlsOptions<'_>,
        files: &dyn Files,
        limits: Limits,
    ) -> Result<Self, ClientTlsError> {
        Ok(Self {
            tls: ClientTls::compile(trust, files)?.value,
            limits,
            proxy: Proxy::default(),
            largest: LARGEST,
        })
    }

    /// The same through a proxy.
    #[must_use]
    pub fn through(self, proxy: Proxy) -> Self {
        Self { proxy, ..self }
    }

    /// The same for answers of up to so many bytes.
    #[must_use]
    pub fn at_most(self, largest: usize) -> Self {
        Self { largest, ..self }
    }

    /// The same with other limits.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sends a request whose answer is read as it comes. Until its head is there the limits count, and then none;
    /// redirections are not followed.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn stream(&self, request: &Request) -> Result<Streaming, HttpError> {
        let url = parse(&request.url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let exchange = async {
            let mut io = self.connect(&url).await?;
            self.ask(&mut io, request, &url).await?;
            Streaming::begin(Input::new(io, &host, self.largest), self.limits.head).await
        };
        let limited = tokio::time::timeout(self.limits.whole, exchange).await;
        limited.unwrap_or_else(|_| Err(HttpError::Late(host.clone())))
    }

    /// Sends a request and reads its whole answer, whatever its status. Redirections of GET are followed; fields that the
    /// request was given stay with the scheme, the host and the port that it was written for.
    pub async fn send(&self, request: &Request) -> Result<Answer, HttpError> {
        let mut current = request.clone();
        for _ in 0..MOST_REDIRECTIONS {
            let answer = self.once(&current).await?;
            let is_redirection = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
            let Some(to) = answer.field("location").filter(|_| is_redirection && current.method == "GET")
            else {
                return Ok(answer);
            };
            let from = parse(&current.url)?;
            let next = from.join(to).map_err(|_| HttpError::Url(to.to_owned()))?;
            if from.origin() != next.origin() {
                let is_for_all = |name: &str| FOR_ALL.iter().any(|known| known.eq_ignore_ascii_case(name));
                current.fields.retain(|(name, _)| is_for_all(name));
            }
            current.url = next.into();
        }
        Err(HttpError::Circles(request.url.clone()))
    }

    async fn once(&self, request: &Request) -> Result<Answer, HttpError> {
        let url = parse(&request.url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let exchange = async {
            let mut io = self.connect(&url).await?;
            self.ask(&mut io, request, &url).await?;
            let input = Input::new(io, &host, self.largest);
            read::answer(input, self.limits.head, request.method != "HEAD").await
        };
        let limited = tokio::time::timeout(self.limits.whole, exchange).await;
        limited.unwrap_or_else(|_| Err(HttpError::Late(host.clone())))
    }

    /// Sends a request and hands on what the answer holds piece by piece, until it ends or `each` has enough. Only up
    /// to the head it is limited in time. An answer with another status than 200 is given back whole, as
    /// [`Https::send`] does; redirections are not followed.
    pub async fn follow(
        &self,
        request: &Request,
        each: &mut (dyn FnMut(&[u8]) -> Follow + Send),
    ) -> Result<Answer, HttpError> {
        let mut streaming = self.stream(request).await?;
        if streaming.head.status != 200 {
            let rest = tokio::time::timeout(self.limits.whole, streaming.rest()).await;
            return rest.unwrap_or_else(|_| Err(HttpError::Late(request.url.clone())));
        }
        while let Some(piece) = streaming.next().await? {
            if each(&piece) == Follow::Enough {
                break;
            }
        }
        Ok(streaming.head)
    }

    async fn connect(&self, url: &Url) -> Result<Box<dyn Carrier>, HttpError> {
        let tcp = match self.proxy.to(url)? {
            Some(proxy) => {
                let mut tcp = connect::tcp(&proxy).await?;
                proxy::connect(&mut tcp, &proxy, url).await?;
                tcp
            }
            None => connect::tcp(url).await?,
        };
        match url.scheme() {
            "http" => Ok(Box::new(tcp)),
            _ => Ok(Box::new(connect::tls(&self.tls, url, tcp).await?)),
        }
    }

    async fn ask(&self, io: &mut Box<dyn Carrier>, request: &Request, url: &Url) -> Result<(), HttpError> {
        let host = url.host_str().unwrap_or_default();
        let broken = |error| HttpError::Broken(host.to_owned(), error);
        io.write_all(&request.bytes(url)).await.map_err(broken)?;
        io.flush().await.map_err(broken)
    }
}

impl Request {
    /// A request with this method, and neither fields of its own nor a body.
    #[must_use]
    pub fn new(method: &'static str, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), fields: Vec::new(), body: Vec::new() }
    }

    /// `GET`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// `POST`.
    #[must_use]
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// Adds a field. What would end its line is left out: a secret with a line end in it must not become two fields.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl AsRef<str>) -> Self {
        let value = value.as_ref().chars().filter(|c| !c.is_control()).collect::<String>();
        self.fields.push((name.into(), value.trim().to_owned()));
        self
    }

    /// `Authorization: Basic`.
    #[must_use]
    pub fn basic(self, user: &str, password: &str) -> Self {
        let both = data_encoding::BASE64.encode(format!("{user}:{password}").as_bytes());
        self.with("Authorization", format!("Basic {both}"))
    }

    /// `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with("Authorization", format!("Bearer {token}"))
    }

    /// A body of this media type.
    #[must_use]
    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("Content-Type", kind)
    }

    /// A body of JSON.
    #[must_use]
    pub fn json(self, body: &serde_json::Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Pairs as a form.
    #[must_use]
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs);
        self.body("application/x-www-form-urlencoded", form.finish())
    }

    /// Where it goes.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How it asks.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// What it carries.
    #[must_use]
    pub fn bytes_of_body(&self) -> &[u8] {
        &self.body
    }

    fn bytes(&self, url: &Url) -> Vec<u8> {
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        };
        let has = |name: &str| self.fields.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut text = format!("{} {target} HTTP/1.1\r\n", self.method);
        if !has("Host") {
            text.push_str(&format!("Host: {host}\r\n"));
        }
        for (name, value) in &self.fields {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !url.username().is_empty() && !has("Authorization") {
            let password = url.password().unwrap_or_default();
            let both = format!("{}:{}", unescaped(url.username()), unescaped(password));
            let both = data_encoding::BASE64.encode(both.as_bytes());
            text.push_str(&format!("Authorization: Basic {both}\r\n"));
        }
        if !has("User-Agent") {
            text.push_str(&format!("User-Agent: {AGENT}\r\n"));
        }
        if !self.body.is_empty() || !matches!(self.method, "GET" | "HEAD" | "DELETE") {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("Accept-Encoding: identity\r\nConnection: close\r\n\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Https").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// An address as it is asked, or why it is none.
///
/// # Errors
/// It is no URL of `http` or `https`.
pub fn address(url: &str) -> Result<String, HttpError> {
    parse(url).map(Into::into)
}

pub(crate) fn parse(url: &str) -> Result<Url, HttpError> {
    let parsed = Url::parse(url).map_err(|_| HttpError::Url(url.to_owned()))?;
    let is_usable = matches!(parsed.scheme(), "http" | "https") && parsed.has_host();
    is_usable.then_some(parsed).ok_or_else(|| HttpError::Url(url.to_owned()))
}

/// A part of a URL as it was meant.
fn unescaped(part: &str) -> String {
    let value = part.replace('+', "%2B");
    let mut pairs = url::form_urlencoded::parse(value.as_bytes());
    pairs.next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

/// What we call ourselves, as RFC 8555 §6.1 asks clients to.
pub(crate) const AGENT: &str = concat!("windrose/", env!("CARGO_PKG_VERSION"));
/// More than most answers need.
const LARGEST: usize = 4 << 20;
const MOST_REDIRECTIONS: usize = 10;
/// Fields that another scheme, host or port to which one leads gets, too. Any other may be a secret of the first.
const FOR_ALL: [&str; 2] = ["accept", "user-agent"];
