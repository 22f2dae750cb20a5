//! A connection to a server, from the greeting on.

use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windrose_courier::{Carrier, HttpError, dial};
use windrose_providers_core::kv::{Endpoint, TooMuch};
use windrose_tls::ClientTls;
use windrose_wire::resp::{self, Bounds, Malformed, Scan, Value};

use crate::options::Login;

/// A connection.
pub(crate) struct Client {
    io: Box<dyn Carrier>,
    /// What has arrived and was not read yet.
    bytes: Vec<u8>,
    /// How far the next value is there.
    scan: Scan,
    place: String,
}

/// Why a server gives no keys.
#[derive(Debug, Error)]
pub(crate) enum RedisError {
    #[error("cannot reach Redis")]
    Reach(#[source] HttpError),
    #[error("Redis at {0} does not answer in time")]
    Late(String),
    #[error("the connection to Redis at {0} broke")]
    Broken(String, #[source] std::io::Error),
    #[error("what listens at {0} is no Redis")]
    Malformed(String, #[source] Malformed),
    #[error("the answer of Redis at {0} is longer than {most} MiB", most = LONGEST >> 20)]
    TooLong(String),
    /// It says more than is kept.
    #[error("what Redis holds is too much")]
    TooMuch(#[from] TooMuch),
    /// It says why.
    #[error("Redis at {0} refuses {1}: {2}")]
    Refused(String, String, String),
    #[error("Redis at {0} answers {1} with something else than is documented")]
    Odd(String, &'static str),
    #[error("no sentinel knows a server called {0}")]
    Unknown(String),
    #[error("sentinels know no replica of {0} that can be read")]
    NoReplica(String),
}

impl Client {
    /// Connects and says who we are.
    pub(crate) async fn connect(
        endpoint: &Endpoint,
        tls: Option<&ClientTls>,
        login: &Login,
    ) -> Result<Self, RedisError> {
        let place = endpoint.to_string();
        let io = tokio::time::timeout(PATIENCE, dial(&endpoint.host, endpoint.port, tls)).await;
        let io = io.map_err(|_| RedisError::Late(place.clone()))?.map_err(RedisError::Reach)?;
        let mut client = Self { io, bytes: Vec::new(), scan: Scan::default(), place };
        let (name, password) = (login.username.as_bytes(), login.password.expose().as_bytes());
        match (name.is_empty(), password.is_empty()) {
            (true, true) => {}
            (true, false) => drop(client.ask(&[AUTH.as_bytes(), password]).await?),
            (false, _) => drop(client.ask(&[AUTH.as_bytes(), name, password]).await?),
        }
        Ok(client)
    }

    /// Asks, and gives the answer; a refusal is an error.
    pub(crate) async fn ask(&mut self, words: &[&[u8]]) -> Result<Value, RedisError> {
        let asked = async {
            self.tell(words).await?;
            self.next().await
        };
        let answer = tokio::time::timeout(PATIENCE, asked).await;
        match answer.map_err(|_| RedisError::Late(self.place.clone()))?? {
            Value::Error(why) => {
                // A word of a command may be a password, and what answers may repeat it.
                let name = words.first().map(|word| String::from_utf8_lossy(word).into_owned());
                let name = name.unwrap_or_default();
                let why = if name == AUTH { reason(&why).to_owned() } else { why };
                Err(RedisError::Refused(self.place.clone(), name, why))
            }
            value => Ok(value),
        }
    }

    /// Sends a command.
    pub(crate) async fn tell(&mut self, words: &[&[u8]]) -> Result<(), RedisError> {
        let mut command = Vec::new();
        resp::write(words, &mut command);
        let sent = async {
            self.io.write_all(&command).await?;
            self.io.flush().await
        };
        sent.await.map_err(|error| RedisError::Broken(self.place.clone(), error))
    }

    /// The next thing that the server says. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Value, RedisError> {
        loop {
            let malformed = |error| RedisError::Malformed(self.place.clone(), error);
            if self.scan.end(&self.bytes, Bounds::LARGE).map_err(malformed)?.is_some()
                && let Some((value, length)) = resp::read(&self.bytes, Bounds::LARGE).map_err(malformed)?
            {
                self.bytes.drain(..length);
                return Ok(value);
            }
            if self.bytes.len() > LONGEST {
                return Err(RedisError::TooLong(self.place.clone()));
            }
            // A vector offers what room it has, which may be a few bytes.
            self.bytes.reserve(PIECE);
            match self.io.read_buf(&mut self.bytes).await {
                Ok(0) => return Err(self.broken(std::io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    /// Whether something has arrived that nobody has read.
    pub(crate) fn has_more(&self) -> bool {
        !self.bytes.is_empty()
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// It did not go on with what it has begun to say.
    pub(crate) fn late(&self) -> RedisError {
        RedisError::Late(self.place.clone())
    }

    pub(crate) fn odd(&self, what: &'static str) -> RedisError {
        RedisError::Odd(self.place.clone(), what)
    }

    fn broken(&self, error: std::io::Error) -> RedisError {
        RedisError::Broken(self.place.clone(), error)
    }
}

/// The first word of a refusal: `WRONGPASS`, `NOAUTH`, `ERR`. Where there is no such word, nothing of it.
fn reason(why: &str) -> &str {
    let word = why.split_whitespace().next().unwrap_or_default();
    let is_reason = word.len() <= LONGEST_REASON && word.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_reason { word } else { "it does not say why" }
}

const AUTH: &str = "AUTH";
const LONGEST_REASON: usize = 12;
/// No value is longer, with all in it.
const LONGEST: usize = 192 << 20;
/// How much is read at once.
const PIECE: usize = 16 << 10;
/// The longest time for a connection or an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
