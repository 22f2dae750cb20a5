//! A server of HTTP/1 behind a Unix socket, where nothing takes time that a paused clock could miss.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;

use super::beside;

/// A server that answers every request in the way it was told last.
pub(crate) struct Server {
    path: PathBuf,
    answer: RefCell<String>,
    is_silent: Cell<bool>,
    seen: RefCell<Vec<String>>,
    changed: Notify,
}

/// A place for a socket that nobody else has.
pub(crate) fn socket() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("windrose-{}-{}.sock", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    std::env::temp_dir().join(name)
}

impl Server {
    /// A server that says this: a status, fields of a line each, an empty line, a body.
    pub(crate) fn new(answer: &str) -> Rc<Self> {
        let path = socket();
        let listener = UnixListener::bind(&path).expect("a socket");
        let server = Rc::new(Self {
            path,
            answer: RefCell::default(),
            is_silent: Cell::new(false),
            seen: RefCell::default(),
            changed: Notify::new(),
        });
        server.says(answer);
        let own = Rc::clone(&server);
        beside(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(beside(Rc::clone(&own).serve(stream)));
            }
        });
        server
    }

    /// From now on it says this.
    pub(crate) fn says(&self, answer: &str) {
        let (head, body) = answer.split_once("\n\n").unwrap_or((answer, ""));
        let head = head.replace('\n', "\r\n");
        *self.answer.borrow_mut() =
            format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        self.is_silent.set(false);
    }

    /// From now on it reads and says nothing.
    pub(crate) fn is_silent(&self) {
        self.is_silent.set(true);
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// How many requests it has seen.
    pub(crate) fn count(&self) -> usize {
        self.seen.borrow().len()
    }

    /// Waits until it has seen so many requests; gives the last one.
    pub(crate) async fn seen(&self, count: usize) -> String {
        while self.count() < count {
            self.changed.notified().await;
        }
        self.seen.borrow().last().cloned().unwrap_or_default()
    }

    async fn serve(self: Rc<Self>, mut stream: UnixStream) {
        let mut read = Vec::new();
        loop {
            let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
                if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                    return;
                }
                continue;
            };
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let whole = end + 4 + length.and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
            let is_chunked = head.contains("Transfer-Encoding: chunked");
            while read.len() < whole || (is_chunked && !read.ends_with(b"0\r\n\r\n")) {
                if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            self.seen.borrow_mut().push(String::from_utf8_lossy(&std::mem::take(&mut read)).into_owned());
            self.changed.notify_waiters();
            if self.is_silent.get() {
                std::future::pending::<()>().await;
            }
            let answer = self.answer.borrow().clone();
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its folder is one of those that are emptied anyway.
        let _ = std::fs::remove_file(&self.path);
    }
}
