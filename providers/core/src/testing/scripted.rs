//! A server of HTTP/1.1 that answers what a test says, one request for each connection.

use std::net::{SocketAddr, TcpListener as Std};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET` and so on.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The head, in the case it was sent in.
    pub head: String,
    /// The body.
    pub body: String,
}

/// What to answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Further fields, each with its line end.
    pub fields: String,
    /// The body.
    pub body: String,
    /// Whether the body goes on until the server leaves or answers differently.
    pub is_endless: bool,
}

impl Reply {
    /// 200 with this body.
    #[must_use]
    pub fn ok(body: impl Into<String>) -> Self {
        Self { status: 200, fields: String::new(), body: body.into(), is_endless: false }
    }

    /// A status without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::ok("") }
    }
}

type Answer = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// The server. It is not there until it comes.
pub struct Scripted {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    changes: watch::Sender<u64>,
    /// Its task, while it is there.
    serving: JoinSet<()>,
}

impl Scripted {
    /// A server with an address of its own that answers 404.
    #[must_use]
    pub fn new() -> Self {
        let address = Std::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let answer: Answer = Arc::new(|_| Reply::status(404));
        Self {
            address,
            answer: Arc::new(Mutex::new(answer)),
            asked: Arc::default(),
            changes: watch::channel(0).0,
            serving: JoinSet::new(),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it answers from now on. Requests that wait are asked again.
    pub fn answer(&self, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
        self.changes.send_modify(|change| *change += 1);
    }

    /// How often [`Self::answer`] was called.
    #[must_use]
    pub fn version(&self) -> u64 {
        *self.changes.borrow()
    }

    /// What it was asked since the last call.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// Listens.
    pub async fn come(&mut self) {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        let listener = socket.listen(64).unwrap();
        let (answer, asked, changes) =
            (Arc::clone(&self.answer), Arc::clone(&self.asked), self.changes.subscribe());
        self.serving.spawn(serve(listener, answer, asked, changes));
    }

    /// Closes every connection and listens no more.
    pub async fn leave(&mut self) {
        self.serving.shutdown().await;
    }
}

impl Default for Scripted {
    fn default() -> Self {
        Self::new()
    }
}

async fn serve(
    listener: TcpListener,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    changes: watch::Receiver<u64>,
) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((io, _)) = listener.accept().await else { return };
        connections.spawn(converse(io, Arc::clone(&answer), Arc::clone(&asked), changes.clone()));
    }
}

async fn converse(
    mut io: TcpStream,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    mut changes: watch::Receiver<u64>,
) {
    let Some(request) = read(&mut io).await else { return };
    asked.lock().unwrap().push(request.clone());
    changes.mark_unchanged();
    let of = |request: &Asked| {
        let answer = Arc::clone(&*answer.lock().unwrap());
        answer(request)
    };
    let mut reply = of(&request);
    // 0 means that the answer is not due before something changes.
    while reply.status == 0 {
        if changes.changed().await.is_err() {
            return;
        }
        reply = of(&request);
    }
    let Reply { status, fields, body, is_endless } = reply;
    if !is_endless {
        let text = format!("HTTP/1.1 {status} Said\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len());
        let _ = io.write_all(text.as_bytes()).await;
        return;
    }
    let text = format!("HTTP/1.1 {status} Said\r\n{fields}\r\n{body}");
    let _ = io.write_all(text.as_bytes()).await;
    while changes.changed().await.is_ok() {
        let more = of(&request);
        if !more.is_endless || io.write_all(more.body.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(io: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                let mut words = head.split(' ');
                return Some(Asked {
                    method: words.next()?.to_owned(),
                    target: words.next()?.to_owned(),
                    head: head.to_owned(),
                    body: body.to_owned(),
                });
            }
        }
        if io.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
