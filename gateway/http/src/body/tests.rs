use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::Waker;

use super::*;

/// A body of these pieces, whose length nobody knows.
struct Pieces(VecDeque<Result<Frame, BodyError>>);

impl Stream for Pieces {
    fn poll_frame(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        Poll::Ready(self.0.pop_front())
    }

    fn length(&self) -> Option<u64> {
        None
    }
}

fn pieces(texts: &[&'static str]) -> Body {
    let frames = texts.iter().map(|text| Ok(Frame::Data(Bytes::from_static(text.as_bytes()))));
    Body::Stream(Box::new(Pieces(frames.collect())))
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here waits"),
    }
}

#[test]
fn a_body_that_is_too_long_is_the_fault_of_whoever_sent_it() {
    for from in [Blame::Client, Blame::Upstream, Blame::Us] {
        for mut body in [Body::from("12345"), pieces(&["123", "45"])] {
            let error = now(body.collect(4, from)).unwrap_err();
            assert_eq!(error, BodyError { blame: from, reason: Broken::TooLarge });
        }
    }
    assert_eq!(now(pieces(&["123", "45"]).collect(5, Blame::Upstream)).unwrap(), "12345");
    assert_eq!(now(Body::Empty.collect(0, Blame::Client)).unwrap(), "");
}

#[test]
fn a_body_that_breaks_while_it_is_read_says_who_broke_it() {
    let broken = BodyError { blame: Blame::Upstream, reason: Broken::TimedOut };
    let frames = [Ok(Frame::Data(Bytes::from_static(b"12"))), Err(broken)];
    let mut body = Body::Stream(Box::new(Pieces(frames.into())));
    assert_eq!(now(body.collect(100, Blame::Client)).unwrap_err(), broken);
}

#[test]
fn a_longer_body_is_given_back_whole() {
    let mut body = pieces(&["123", "45", "6"]);
    assert!(matches!(now(body.gather(4)).unwrap(), Gathered::Longer));
    assert_eq!(now(body.collect(6, Blame::Client)).unwrap(), "123456");
}
