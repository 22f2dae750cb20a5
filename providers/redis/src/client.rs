//! A connection to a server, from the greeting on.

use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windrose_courier::{Carrier, HttpError, dial};
use windrose_providers_core::kv::Endpoint;
use windrose_tls::ClientTls;
use windrose_wire::resp::{self, Bounds, Malformed, Value};

use crate::options::Login;

/// A connection.
pub(crate) struct Client {
    io: Box<dyn Carrier>,
    /// What has arrived and was not read yet.
    bytes: Vec<u8>,
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
        let mut client = Self { io, bytes: Vec::new(), place };
        let (name, password) = (login.username.as_bytes(), login.password.expose().as_bytes());
        match (name.is_empty(), password.is_empty()) {
            (true, true) => {}
            (true, false) => drop(client.ask(&[b"AUTH", password]).await?),
            (false, _) => drop(client.ask(&[b"AUTH", name, password]).await?),
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
                // A word of a command may be a password.
                let name = words.first().map(|word| String::from_utf8_lossy(word).into_owned());
                Err(RedisError::Refused(self.place.clone(), name.unwrap_or_default(), why))
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
            let parsed = resp::read(&self.bytes, Bounds::LARGE)
                .map_err(|error| RedisError::Malformed(self.place.clone(), error))?;
            if let Some((value, length)) = parsed {
                self.bytes.drain(..length);
                return Ok(value);
            }
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

    pub(crate) fn odd(&self, what: &'static str) -> RedisError {
        RedisError::Odd(self.place.clone(), what)
    }

    fn broken(&self, error: std::io::Error) -> RedisError {
        RedisError::Broken(self.place.clone(), error)
    }
}

/// The longest time for a connection or an answer.
const PATIENCE: Duration = Duration::from_secs(10);
