//! Whoever listens to exchanges in these tests, and a service that holds something for them.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use windrose_engine::Observers;
use windrose_http::body::{BodyError, Frame, Stream};
use windrose_http::course::{Destination, Follow, Guard, Observe, Record, Release, Times, Watch};
use windrose_http::{Body, Exchange, Reply};
use windrose_kit::soon;
use windrose_upstream::service::Internal;

use tokio::sync::mpsc;

/// What was heard of one exchange.
pub(super) struct Line {
    pub(super) names: Vec<String>,
    pub(super) record: Record,
    pub(super) times: Times,
}

/// Hears everything.
pub(super) struct Heard {
    says: mpsc::Sender<Line>,
    said: tokio::sync::Mutex<mpsc::Receiver<Line>>,
}

impl Default for Heard {
    fn default() -> Self {
        let (says, said) = mpsc::channel(100);
        Self { says, said: tokio::sync::Mutex::new(said) }
    }
}

impl Heard {
    pub(super) fn observers(&self) -> Observers {
        let says = self.says.clone();
        Arc::new(move |_| Rc::new(Ear(says.clone())))
    }

    /// The next exchange that is over.
    pub(super) async fn next(&self) -> Line {
        soon("the end of an exchange", async { self.said.lock().await.recv().await }).await.unwrap()
    }

    pub(super) fn is_silent(&self) -> bool {
        self.said.try_lock().unwrap().is_empty()
    }
}

struct Ear(mpsc::Sender<Line>);

struct Listens {
    names: Vec<String>,
    says: mpsc::Sender<Line>,
}

impl Observe for Ear {
    fn begin(&self, _: &Exchange) -> Option<Box<dyn Watch>> {
        Some(Box::new(Listens { names: Vec::new(), says: self.0.clone() }))
    }
}

impl Watch for Listens {
    fn routed(&mut self, _: &mut Exchange, to: &Destination<'_>) -> Follow {
        self.names.push(format!("route {} to {}", to.route, to.service));
        Follow::Ends
    }

    fn picked(&mut self, _: &mut Exchange, service: &Arc<str>, server: &Arc<str>) {
        self.names.push(format!("server {service} {server}"));
    }

    fn answered(&mut self, _: &Exchange, reply: &Reply) {
        self.names.push(format!("answered {}", reply.status));
    }

    fn ended(self: Box<Self>, record: &Record, times: &Times) {
        let line = Line { names: self.names, record: *record, times: *times };
        self.says.try_send(line).ok().unwrap();
    }
}

/// A service that answers in two pieces, the second when it is told, and holds something meanwhile.
#[derive(Default)]
pub(super) struct Holds {
    count: Arc<Count>,
    gate: Arc<Mutex<Gate>>,
}

#[derive(Default)]
struct Count(AtomicUsize);

#[derive(Default)]
struct Gate {
    is_open: bool,
    waker: Option<Waker>,
}

impl Holds {
    pub(super) fn held(&self) -> usize {
        self.count.0.load(Ordering::Relaxed)
    }

    /// Lets one answer go on.
    pub(super) fn go_on(&self) {
        let mut gate = self.gate.lock().unwrap();
        gate.is_open = true;
        if let Some(waker) = gate.waker.take() {
            waker.wake();
        }
    }
}

impl Release for Count {
    fn release(&self, _: u64, _: &Record) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Internal for Holds {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        self.count.0.fetch_add(1, Ordering::Relaxed);
        ex.course.hold(Guard::new(Arc::clone(&self.count) as Arc<dyn Release>, 0));
        let body = Pieces { gate: Arc::clone(&self.gate), sent: 0 };
        Box::pin(async { Reply::with_body(200, Body::Stream(Box::new(body))) })
    }
}

struct Pieces {
    gate: Arc<Mutex<Gate>>,
    sent: usize,
}

impl Stream for Pieces {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let piece: &'static [u8] = match self.sent {
            0 => b"first",
            1 => {
                let mut gate = self.gate.lock().unwrap();
                if !std::mem::take(&mut gate.is_open) {
                    gate.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                b"last"
            }
            _ => return Poll::Ready(None),
        };
        self.sent += 1;
        Poll::Ready(Some(Ok(Frame::Data(piece.into()))))
    }

    fn length(&self) -> Option<u64> {
        None
    }
}
