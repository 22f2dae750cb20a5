//! A session with a server: requests, their answers in order, notices in between, and signs of life.

use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use windrose_courier::{Carrier, HttpError, dial};
use windrose_providers_core::kv::{Budget, Endpoint, TooMuch};

use crate::jute::{Malformed, Reader, Writer, packet};
use crate::options::Options;

/// A session.
pub(crate) struct Session {
    io: Box<dyn Carrier>,
    /// What has arrived and was not read yet.
    bytes: Vec<u8>,
    place: String,
    next: i32,
    /// How long the server waits for a sign of life.
    patience: Duration,
    /// Whether a watch has fired that nobody was told of.
    is_fired: bool,
}

/// Why a server gives no nodes.
#[derive(Debug, Error)]
pub(crate) enum ZooKeeperError {
    #[error("cannot reach ZooKeeper")]
    Reach(#[source] HttpError),
    #[error("ZooKeeper at {0} does not answer in time")]
    Late(String),
    #[error("the connection to ZooKeeper at {0} broke")]
    Broken(String, #[source] std::io::Error),
    #[error("what listens at {0} is no ZooKeeper")]
    Malformed(String, #[source] Malformed),
    #[error(
        "ZooKeeper at {0} does not let us read {1}; username and password have to be those of its access list"
    )]
    Forbidden(String, String),
    #[error("ZooKeeper at {0} does not take username and password")]
    Login(String),
    #[error("ZooKeeper at {0} answers with error {1}")]
    Refused(String, i32),
    #[error("ZooKeeper at {0} has ended the session")]
    Ended(String),
    #[error("ZooKeeper at {0} answers out of order")]
    Order(String),
    #[error("what ZooKeeper holds is too much")]
    TooMuch(#[from] TooMuch),
}

/// An answer: what it says, or which error it is.
type Answer = Result<Vec<u8>, i32>;

impl Session {
    /// Connects to the first server that takes us.
    pub(crate) async fn open(options: &Options) -> Result<Self, ZooKeeperError> {
        let mut last = ZooKeeperError::Late(String::new());
        for endpoint in &options.endpoints {
            let place = endpoint.to_string();
            match timeout(PATIENCE, Self::greet(endpoint, options)).await {
                Ok(Ok(session)) => return Ok(session),
                Ok(Err(error)) => last = error,
                Err(_) => last = ZooKeeperError::Late(place),
            }
        }
        Err(last)
    }

    async fn greet(endpoint: &Endpoint, options: &Options) -> Result<Self, ZooKeeperError> {
        let io = dial(&endpoint.host, endpoint.port, None).await.map_err(ZooKeeperError::Reach)?;
        let place = endpoint.to_string();
        let mut session = Self { io, bytes: Vec::new(), place, next: 1, patience: SESSION, is_fired: false };
        let wanted = i32::try_from(SESSION.as_millis()).unwrap_or(i32::MAX);
        session
            .send(&Writer::new().int(0).long(0).int(wanted).long(0).buffer(&[0; 16]).bool(false).packet())
            .await?;
        let greeting = session.receive().await?;
        let mut reader = Reader::new(&greeting);
        let granted = reader.int().and_then(|_| reader.int()).map_err(|error| session.malformed(error))?;
        match u64::try_from(granted) {
            Ok(granted) if granted > 0 => session.patience = Duration::from_millis(granted),
            _ => return Err(ZooKeeperError::Ended(session.place)),
        }
        if !options.username.is_empty() {
            let both = format!("{}:{}", options.username, options.password.expose());
            let login =
                Writer::new().int(AUTH_XID).int(AUTH).int(0).buffer(b"digest").buffer(both.as_bytes());
            session.send(&login.packet()).await?;
            if session.answer(AUTH_XID).await?.is_err() {
                return Err(ZooKeeperError::Login(session.place));
            }
        }
        Ok(session)
    }

    /// Has everything at and below a path watched, for good; says whether the server can (3.6 and later can).
    pub(crate) async fn watch_below(&mut self, path: &str) -> Result<bool, ZooKeeperError> {
        const PERSISTENT_RECURSIVE: i32 = 1;
        let xid = self.xid();
        let question =
            Writer::new().int(xid).int(ADD_WATCH).buffer(path.as_bytes()).int(PERSISTENT_RECURSIVE);
        self.send(&question.packet()).await?;
        match timeout(self.patience, self.answer(xid)).await.map_err(|_| self.late())?? {
            Ok(_) => Ok(true),
            Err(UNIMPLEMENTED) => Ok(false),
            Err(error) => Err(self.refused(error, path)),
        }
    }

    /// What comes of one kind of question about many paths; nothing for those that are not there.
    async fn each<T>(
        &mut self,
        kind: i32,
        paths: &[String],
        is_watched: bool,
        budget: &mut Budget,
        read: impl Fn(&mut Reader<'_>) -> Result<T, Malformed>,
    ) -> Result<Vec<Option<T>>, ZooKeeperError> {
        let mut all = Vec::with_capacity(paths.len());
        for some in paths.chunks(AT_ONCE) {
            let mut asked = Vec::with_capacity(some.len());
            let mut bytes = Vec::new();
            for path in some {
                let xid = self.xid();
                let question = Writer::new().int(xid).int(kind).buffer(path.as_bytes()).bool(is_watched);
                bytes.extend_from_slice(&question.packet());
                asked.push((xid, path));
            }
            self.send(&bytes).await?;
            for (xid, path) in asked {
                match timeout(self.patience, self.answer(xid)).await.map_err(|_| self.late())?? {
                    Ok(said) => {
                        budget.take(1, path.len() + said.len())?;
                        let read = read(&mut Reader::new(&said)).map_err(|error| self.malformed(error))?;
                        all.push(Some(read));
                    }
                    Err(NO_NODE) => all.push(None),
                    Err(error) => return Err(self.refused(error, path)),
                }
            }
        }
        Ok(all)
    }

    /// The names of the nodes right below each path.
    pub(crate) async fn children(
        &mut self,
        paths: &[String],
        is_watched: bool,
        budget: &mut Budget,
    ) -> Result<Vec<Option<Vec<String>>>, ZooKeeperError> {
        self.each(GET_CHILDREN, paths, is_watched, budget, |reader| reader.texts()).await
    }

    /// What each node holds.
    pub(crate) async fn values(
        &mut self,
        paths: &[String],
        is_watched: bool,
        budget: &mut Budget,
    ) -> Result<Vec<Option<Vec<u8>>>, ZooKeeperError> {
        self.each(GET_DATA, paths, is_watched, budget, |reader| reader.buffer().map(<[u8]>::to_vec)).await
    }

    /// Has it told when a node comes into being.
    pub(crate) async fn watch_for(&mut self, path: &str) -> Result<(), ZooKeeperError> {
        self.each(EXISTS, &[path.to_owned()], true, &mut Budget::new(), |_| Ok(())).await.map(drop)
    }

    /// Returns when a watch has fired. Shows the server meanwhile that we are there.
    pub(crate) async fn fired(&mut self) -> Result<(), ZooKeeperError> {
        let mut heard = Instant::now();
        while !std::mem::take(&mut self.is_fired) {
            match timeout(self.patience / 3, self.receive()).await {
                Ok(packet) => {
                    heard = Instant::now();
                    self.note(&packet?)?;
                }
                Err(_) if heard.elapsed() > self.patience => return Err(self.late()),
                Err(_) => self.send(&Writer::new().int(PING_XID).int(PING).packet()).await?,
            }
        }
        // Of many notices at once one is enough.
        while let Some((inside, length)) = packet(&self.bytes).map_err(|error| self.malformed(error))? {
            let inside = inside.to_vec();
            self.bytes.drain(..length);
            self.note(&inside)?;
        }
        self.is_fired = false;
        Ok(())
    }

    /// Takes in a packet that answers no question.
    fn note(&mut self, packet: &[u8]) -> Result<(), ZooKeeperError> {
        let xid = Reader::new(packet).int().map_err(|error| self.malformed(error))?;
        match xid {
            NOTICE_XID => self.notice(packet),
            PING_XID => Ok(()),
            _ => Err(ZooKeeperError::Order(self.place.clone())),
        }
    }

    fn notice(&mut self, packet: &[u8]) -> Result<(), ZooKeeperError> {
        let mut reader = Reader::new(packet);
        let read =
            reader.int().and_then(|_| reader.long()).and_then(|_| reader.int()).and_then(|_| reader.int());
        // A notice without a kind is of the session itself.
        match read.map_err(|error| self.malformed(error))? {
            -1 => Err(ZooKeeperError::Ended(self.place.clone())),
            _ => {
                self.is_fired = true;
                Ok(())
            }
        }
    }

    /// The answer to a question; notices before it are kept in mind.
    async fn answer(&mut self, wanted: i32) -> Result<Answer, ZooKeeperError> {
        loop {
            let packet = self.receive().await?;
            let mut reader = Reader::new(&packet);
            let xid = reader.int().map_err(|error| self.malformed(error))?;
            if xid != wanted {
                self.note(&packet)?;
                continue;
            }
            let error = reader.long().and_then(|_| reader.int()).map_err(|error| self.malformed(error))?;
            return Ok(if error == 0 {
                Ok(packet.get(HEAD..).unwrap_or_default().to_vec())
            } else {
                Err(error)
            });
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), ZooKeeperError> {
        let sent = async {
            self.io.write_all(bytes).await?;
            self.io.flush().await
        };
        sent.await.map_err(|error| ZooKeeperError::Broken(self.place.clone(), error))
    }

    /// The next packet. Dropping the future loses nothing.
    async fn receive(&mut self) -> Result<Vec<u8>, ZooKeeperError> {
        loop {
            if let Some((inside, length)) = packet(&self.bytes).map_err(|error| self.malformed(error))? {
                let inside = inside.to_vec();
                self.bytes.drain(..length);
                return Ok(inside);
            }
            let broken = |error| ZooKeeperError::Broken(self.place.clone(), error);
            match self.io.read_buf(&mut self.bytes).await {
                Ok(0) => return Err(broken(std::io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) => return Err(broken(error)),
            }
        }
    }

    fn xid(&mut self) -> i32 {
        let xid = self.next;
        self.next = if xid == i32::MAX { 1 } else { xid + 1 };
        xid
    }

    fn malformed(&self, error: Malformed) -> ZooKeeperError {
        ZooKeeperError::Malformed(self.place.clone(), error)
    }

    fn late(&self) -> ZooKeeperError {
        ZooKeeperError::Late(self.place.clone())
    }

    fn refused(&self, error: i32, path: &str) -> ZooKeeperError {
        match error {
            NO_AUTH => ZooKeeperError::Forbidden(self.place.clone(), path.to_owned()),
            SESSION_EXPIRED => ZooKeeperError::Ended(self.place.clone()),
            other => ZooKeeperError::Refused(self.place.clone(), other),
        }
    }
}

// Kinds of questions.
const EXISTS: i32 = 3;
const GET_DATA: i32 = 4;
const GET_CHILDREN: i32 = 8;
const PING: i32 = 11;
const AUTH: i32 = 100;
const ADD_WATCH: i32 = 106;
// Numbers of what is no question.
const NOTICE_XID: i32 = -1;
const PING_XID: i32 = -2;
const AUTH_XID: i32 = -4;
// Errors.
const UNIMPLEMENTED: i32 = -6;
const NO_NODE: i32 = -101;
const NO_AUTH: i32 = -102;
const SESSION_EXPIRED: i32 = -112;
/// The bytes before what an answer says.
const HEAD: usize = 16;
/// How many questions are under way at once.
const AT_ONCE: usize = 200;
/// How long a session outlives its last sign of life.
const SESSION: Duration = Duration::from_secs(30);
/// The longest time until a server has taken us.
const PATIENCE: Duration = Duration::from_secs(10);
