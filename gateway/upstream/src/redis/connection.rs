//! One connection to Redis: commands and answers, one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use windrose_stream::Io;
use windrose_wire::resp::{self, Bounds, Value};

use super::{Settings, Trouble};
use crate::connect::{Needs, connect};
use crate::endpoint::Endpoint;

/// One connection.
pub(crate) struct Connection {
    io: Io,
    read: BytesMut,
    /// When it was used last.
    pub(crate) used: Instant,
    _open: Open,
}

/// Counts a connection as long as it is open.
struct Open(Arc<AtomicUsize>);

impl Connection {
    /// A new connection on which the user is known and the database chosen. `open` counts those there are.
    pub(super) async fn open(
        to: &Endpoint,
        settings: &Settings,
        open: &Arc<AtomicUsize>,
    ) -> Result<Self, Trouble> {
        let counted = Open::of(open, settings.most)?;
        let (io, _) =
            connect(to, Needs::Http1).await.map_err(|failure| Trouble::Connect(failure.to_string()))?;
        let mut connection = Self { io, read: BytesMut::new(), used: Instant::now(), _open: counted };
        let (user, password) = (settings.username.as_bytes(), settings.password.as_bytes());
        if !password.is_empty() || !user.is_empty() {
            let (alone, named): ([&[u8]; 2], [&[u8]; 3]) = ([b"AUTH", password], [b"AUTH", user, password]);
            let command: &[&[u8]] = if user.is_empty() { &alone } else { &named };
            connection.expect(command, settings).await?;
        }
        if settings.database != 0 {
            let number = settings.database.to_string();
            connection.expect(&[b"SELECT", number.as_bytes()], settings).await?;
        }
        Ok(connection)
    }

    /// Sends a command and reads its answer. After an error the connection is of no more use.
    pub(super) async fn ask(&mut self, command: &[&[u8]], settings: &Settings) -> Result<Value, Trouble> {
        let mut out = Vec::new();
        resp::write(command, &mut out);
        let sending = async {
            self.io.write_all(&out).await?;
            self.io.flush().await
        };
        within(settings.write_timeout, sending).await?.map_err(|error| Trouble::Broken(error.to_string()))?;
        let value = within(settings.read_timeout, self.value()).await??;
        self.used = Instant::now();
        Ok(value)
    }

    /// Whether nothing came or ended while nobody was waiting.
    pub(crate) fn is_fit(&mut self) -> bool {
        self.read.is_empty() && !self.io.has_news()
    }

    async fn expect(&mut self, command: &[&[u8]], settings: &Settings) -> Result<(), Trouble> {
        match self.ask(command, settings).await? {
            Value::Error(why) => Err(Trouble::Refused(why)),
            _ => Ok(()),
        }
    }

    async fn value(&mut self) -> Result<Value, Trouble> {
        loop {
            if let Some((value, length)) =
                resp::read(&self.read, Bounds::SMALL).map_err(|error| Trouble::Broken(error.to_string()))?
            {
                self.read.advance(length);
                return Ok(value);
            }
            match self.io.read_buf(&mut self.read).await {
                Ok(0) => return Err(Trouble::Broken("it closed the connection".to_owned())),
                Ok(_) => {}
                Err(error) => return Err(Trouble::Broken(error.to_string())),
            }
        }
    }
}

impl Open {
    /// One more, unless there are `most` already.
    fn of(open: &Arc<AtomicUsize>, most: usize) -> Result<Self, Trouble> {
        let counted = Self(Arc::clone(open));
        let before = open.fetch_add(1, Ordering::Relaxed);
        if most > 0 && before >= most { Err(Trouble::Exhausted) } else { Ok(counted) }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn within<T>(limit: Option<Duration>, what: impl Future<Output = T>) -> Result<T, Trouble> {
    match limit {
        None => Ok(what.await),
        Some(limit) => timeout(limit, what).await.map_err(|_| Trouble::Late),
    }
}
