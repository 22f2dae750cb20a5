//! What a child process prints.

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::task::Task;
use crate::within::{DEADLINE, soon};

/// Both output streams of a child, collected as they come.
#[derive(Debug)]
pub(super) struct Log {
    text: watch::Receiver<String>,
    _readers: [Task; 2],
}

impl Log {
    pub(super) fn of(child: &mut Child) -> Self {
        let (sender, text) = watch::channel(String::new());
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let readers = [Task::spawn(collect(stdout, sender.clone())), Task::spawn(collect(stderr, sender))];
        Self { text, _readers: readers }
    }

    pub(super) fn text(&self) -> String {
        self.text.borrow().clone()
    }

    pub(super) async fn wait_for(&mut self, part: &str) {
        let printed = self.text.wait_for(|text| text.contains(part));
        let found = timeout(DEADLINE, printed).await.is_ok_and(|printed| printed.is_ok());
        if !found {
            panic!("the program did not print {part:?}, but:\n{}", self.text());
        }
    }

    /// Everything, once the child has closed both streams.
    pub(super) async fn rest(&mut self) -> String {
        let closed = async { while self.text.changed().await.is_ok() {} };
        soon("the end of what the program prints", closed).await;
        self.text()
    }
}

async fn collect(mut stream: impl AsyncRead + Unpin, text: watch::Sender<String>) {
    let mut unread = Vec::new();
    while stream.read_buf(&mut unread).await.is_ok_and(|count| count > 0) {
        // A character may be cut in two between reads; its beginning waits for the rest.
        let whole = match std::str::from_utf8(&unread) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => unread.len(),
        };
        let part = String::from_utf8_lossy(&unread[..whole]).into_owned();
        unread.drain(..whole);
        text.send_modify(|text| text.push_str(&part));
    }
}
