use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use windrose_http::{Exchange, Reply};

use super::{Next, run};
use crate::stage::{Around, Filter, Flow, LocalBoxFuture, Stage};
use crate::testing::{Scripted, fields, request};

type Log = Arc<Mutex<Vec<String>>>;

/// Writes down what it sees.
struct Seen(&'static str, Log);

/// Answers instead of passing on.
struct Stops;

/// Writes down when it is entered and left, and goes the rest of the way so often.
struct Repeats(&'static str, usize, Log);

fn note(log: &Log, what: String) {
    log.lock().expect("the log").push(what);
}

impl Filter for Seen {
    fn request(&self, ex: &mut Exchange) -> Flow {
        note(&self.1, format!("{} request", self.0));
        ex.target.prepend(self.0);
        Flow::Continue
    }

    fn response(&self, _: &Exchange, reply: &mut Reply) {
        note(&self.1, format!("{} response", self.0));
        reply.headers.append("X-Seen", self.0);
    }
}

impl Filter for Stops {
    fn request(&self, _: &mut Exchange) -> Flow {
        Flow::reply(Reply::status_text(403))
    }

    fn response(&self, _: &Exchange, _: &mut Reply) {
        panic!("what answers does not see its own answer");
    }
}

impl Around for Repeats {
    fn around<'a>(&'a self, ex: &'a mut Exchange, next: Next<'a>) -> LocalBoxFuture<'a, Reply> {
        Box::pin(async move {
            note(&self.2, format!("{} in", self.0));
            let mut reply = Reply::empty(500);
            for _ in 0..self.1 {
                reply = next.run(ex).await;
            }
            note(&self.2, format!("{} out {}", self.0, reply.status));
            reply
        })
    }
}

async fn go(stages: &[Stage], log: &Log) -> (Vec<String>, Reply, Vec<String>) {
    let service = Scripted::new(|_| {
        note(log, "service".into());
        Reply::empty(200)
    });
    let reply = run(stages, &mut request("GET /x"), &service).await;
    let log = std::mem::take(&mut *log.lock().expect("the log"));
    (log, reply, service.asked.into_inner())
}

#[tokio::test]
async fn without_stages_the_service_answers() {
    let (log, reply, asked) = go(&[], &Log::default()).await;
    assert_eq!((log, reply.status, asked), (vec!["service".into()], 200, vec!["GET /x".into()]));
}

#[tokio::test]
async fn answers_pass_filters_in_reverse() {
    let log = Log::default();
    let stages = [Stage::filter(Seen("/a", log.clone())), Stage::filter(Seen("/b", log.clone()))];
    let (log, reply, asked) = go(&stages, &log).await;
    assert_eq!(log, ["/a request", "/b request", "service", "/b response", "/a response"]);
    assert_eq!(asked, ["GET /b/a/x"]);
    assert_eq!(fields(&reply.headers), ["X-Seen: /b", "X-Seen: /a"]);
}

#[tokio::test]
async fn an_early_answer_is_seen_by_those_it_passed_only() {
    let log = Log::default();
    let stages = [
        Stage::filter(Seen("/a", log.clone())),
        Stage::filter(Stops),
        Stage::filter(Seen("/b", log.clone())),
        Stage::around(Repeats("around", 1, log.clone())),
    ];
    let (log, reply, asked) = go(&stages, &log).await;
    assert_eq!(log, ["/a request", "/a response"]);
    assert_eq!((reply.status, asked.len()), (403, 0));
}

#[tokio::test]
async fn an_early_answer_behind_an_around_is_the_around_s() {
    let log = Log::default();
    let stages = [
        Stage::filter(Seen("/a", log.clone())),
        Stage::around(Repeats("around", 1, log.clone())),
        Stage::filter(Seen("/b", log.clone())),
        Stage::filter(Stops),
    ];
    let (log, reply, _) = go(&stages, &log).await;
    assert_eq!(
        log,
        ["/a request", "around in", "/b request", "/b response", "around out 403", "/a response"]
    );
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn arounds_nest() {
    let log = Log::default();
    let stages = [
        Stage::around(Repeats("outer", 1, log.clone())),
        Stage::filter(Seen("/a", log.clone())),
        Stage::around(Repeats("inner", 1, log.clone())),
    ];
    let (log, ..) = go(&stages, &log).await;
    let expected =
        ["outer in", "/a request", "inner in", "service", "inner out 200", "/a response", "outer out 200"];
    assert_eq!(log, expected);
}

#[tokio::test]
async fn going_the_rest_of_the_way_again_repeats_all_of_it() {
    let log = Log::default();
    let stages = [
        Stage::filter(Seen("/before", log.clone())),
        Stage::around(Repeats("outer", 2, log.clone())),
        Stage::around(Repeats("inner", 2, log.clone())),
        Stage::filter(Seen("/after", log.clone())),
    ];
    let (log, _, asked) = go(&stages, &log).await;
    let count = |what: &str| log.iter().filter(|line| *line == what).count();
    assert_eq!(
        ["/before request", "/before response", "inner in", "/after request", "/after response", "service"]
            .map(count),
        [1, 1, 2, 4, 4, 4]
    );
    assert_eq!(asked.len(), 4);
}

#[tokio::test]
async fn a_dropped_request_drops_what_waits() {
    struct Waits(Rc<RefCell<()>>);
    impl crate::Service for Waits {
        async fn call(&self, _: &mut Exchange) -> Reply {
            let _held = self.0.clone();
            std::future::pending().await
        }
    }
    let held = Rc::new(RefCell::new(()));
    let service = Waits(held.clone());
    let stages = [Stage::around(Repeats("around", 1, Log::default()))];
    let mut ex = request("GET /");
    {
        let mut running = Box::pin(run(&stages, &mut ex, &service));
        let poll = std::future::poll_fn(|cx| std::task::Poll::Ready(running.as_mut().poll(cx).is_pending()));
        assert!(poll.await);
        assert_eq!(Rc::strong_count(&held), 3);
    }
    assert_eq!(Rc::strong_count(&held), 2);
}
