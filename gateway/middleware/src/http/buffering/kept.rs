//! A body that was read to its end: the beginning in memory, the rest in a file without a name.
//!
//! Files are written and read off the worker, in pieces, so that a slow disk holds up nobody else.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::task::{JoinHandle, spawn_blocking};

use windrose_http::body::{Broken, Stream};
use windrose_http::{Blame, Body, BodyError, Frame, Trailers};
use windrose_sys::UnnamedFile;

/// How long a body may be, and how much of it stays in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    most: u64,
    memory: usize,
}

/// A body that was read to its end. It can be sent any number of times.
pub(super) struct Kept {
    beginning: Bytes,
    rest: Option<Rest>,
    trailers: Option<Box<Trailers>>,
}

/// What did not fit into memory.
#[derive(Clone)]
struct Rest {
    file: Arc<UnnamedFile>,
    length: u64,
}

/// Why a body was not kept.
#[derive(Debug)]
pub(super) enum NotKept {
    /// It is longer than it may be.
    TooLong,
    /// It broke.
    Broken(BodyError),
    /// There is no file for it, or no room in it.
    NoFile,
}

impl Limits {
    /// 0 for `most` is any length, and for `memory` the usual one.
    pub(super) fn new(most: u64, memory: u64) -> Self {
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        let memory = if memory == 0 { USUAL_MEMORY } else { memory };
        Self { most: if most == 0 { u64::MAX } else { most }, memory }
    }
}

impl Kept {
    /// Reads a body to its end.
    ///
    /// # Errors
    /// It is too long, breaks, or cannot be put into a file.
    pub(super) async fn read(body: &mut Body, limits: &Limits) -> Result<Self, NotKept> {
        if body.length().is_some_and(|length| length > limits.most) {
            return Err(NotKept::TooLong);
        }
        if let Body::Full(bytes) = body
            && bytes.len() <= limits.memory
        {
            let beginning = std::mem::take(bytes);
            *body = Body::Empty;
            return Ok(Self { beginning, rest: None, trailers: None });
        }
        let mut writer = Writer::new(limits);
        let mut trailers = None;
        while let Some(frame) = body.frame().await {
            match frame.map_err(NotKept::Broken)? {
                Frame::Data(bytes) => writer.put(bytes).await?,
                Frame::Trailers(fields) => {
                    trailers = Some(fields);
                    break;
                }
            }
        }
        *body = Body::Empty;
        let (beginning, rest) = writer.finish().await?;
        Ok(Self { beginning, rest, trailers })
    }

    pub(super) fn length(&self) -> u64 {
        self.beginning.len() as u64 + self.rest.as_ref().map_or(0, |rest| rest.length)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length() == 0
    }

    /// The body once more, without its trailers.
    pub(super) fn body(&self) -> Body {
        match &self.rest {
            None => Body::from(self.beginning.clone()),
            Some(rest) => Body::Stream(Box::new(Reader::new(self.beginning.clone(), rest.clone()))),
        }
    }

    /// The body for the last time; with a length, unless trailers follow.
    pub(super) fn into_body(self) -> Body {
        if self.trailers.is_some() { self.into_stream() } else { self.body() }
    }

    /// The body for the last time, without a length.
    pub(super) fn into_stream(self) -> Body {
        let body = self.body();
        Body::Stream(Box::new(Unmeasured { body, trailers: self.trailers }))
    }
}

/// Takes a body in.
struct Writer {
    limits: Limits,
    length: u64,
    beginning: BytesMut,
    file: Option<Arc<UnnamedFile>>,
    /// Bytes for the file that are not in it yet.
    waiting: BytesMut,
    written: u64,
}

impl Writer {
    fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            length: 0,
            beginning: BytesMut::new(),
            file: None,
            waiting: BytesMut::new(),
            written: 0,
        }
    }

    async fn put(&mut self, mut bytes: Bytes) -> Result<(), NotKept> {
        self.length += bytes.len() as u64;
        if self.length > self.limits.most {
            return Err(NotKept::TooLong);
        }
        let room = self.limits.memory - self.beginning.len();
        self.beginning.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
        self.waiting.extend_from_slice(&bytes);
        if self.waiting.len() >= PIECE { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), NotKept> {
        let (file, bytes, at) = (self.file.take(), self.waiting.split().freeze(), self.written);
        let length = bytes.len() as u64;
        let work = spawn_blocking(move || -> io::Result<Arc<UnnamedFile>> {
            let file = match file {
                Some(file) => file,
                None => Arc::new(UnnamedFile::new()?),
            };
            file.write(&bytes, at)?;
            Ok(file)
        });
        self.file = Some(work.await.map_err(|_| NotKept::NoFile)?.map_err(|_| NotKept::NoFile)?);
        self.written += length;
        Ok(())
    }

    async fn finish(mut self) -> Result<(Bytes, Option<Rest>), NotKept> {
        if !self.waiting.is_empty() {
            self.write().await?;
        }
        let rest = self.file.map(|file| Rest { file, length: self.written });
        Ok((self.beginning.freeze(), rest))
    }
}

/// Sends what is in memory and then what is in the file.
struct Reader {
    beginning: Bytes,
    rest: Rest,
    at: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl Reader {
    fn new(beginning: Bytes, rest: Rest) -> Self {
        Self { beginning, rest, at: 0, reading: None }
    }
}

impl Stream for Reader {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        if !self.beginning.is_empty() {
            return Poll::Ready(Some(Ok(Frame::Data(std::mem::take(&mut self.beginning)))));
        }
        let left = self.rest.length - self.at;
        if left == 0 {
            return Poll::Ready(None);
        }
        let (file, at) = (&self.rest.file, self.at);
        let reading = self.reading.get_or_insert_with(|| {
            let file = Arc::clone(file);
            let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            spawn_blocking(move || file.read(length, at).map(Bytes::from))
        });
        let Poll::Ready(read) = Pin::new(reading).poll(cx) else { return Poll::Pending };
        self.reading = None;
        Poll::Ready(Some(match read {
            Ok(Ok(bytes)) => {
                self.at += bytes.len() as u64;
                Ok(Frame::Data(bytes))
            }
            Ok(Err(_)) | Err(_) => Err(BodyError { blame: Blame::Us, reason: Broken::Closed }),
        }))
    }

    fn length(&self) -> Option<u64> {
        Some(self.beginning.len() as u64 + self.rest.length - self.at)
    }
}

/// A body whose length is not told, perhaps with trailers.
struct Unmeasured {
    body: Body,
    trailers: Option<Box<Trailers>>,
}

impl Stream for Unmeasured {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        match self.body.poll_frame(cx) {
            Poll::Ready(None) => {
                self.body = Body::Empty;
                Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::Trailers(trailers))))
            }
            other => other,
        }
    }

    fn length(&self) -> Option<u64> {
        None
    }
}

/// How much stays in memory unless another number is written.
const USUAL_MEMORY: usize = 1 << 20;

/// How much is written or read at once.
const PIECE: usize = 256 << 10;
