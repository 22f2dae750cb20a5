//! Which of many addresses answers first (RFC 8305).
//!
//! Pure of sockets: whoever asks says how one address is dialled.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

/// The addresses in the order to try them: families take turns, beginning with that of the first, which the resolver
/// prefers (RFC 6724). Within a family the resolver's order stays.
pub(super) fn interleaved(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_first = found.first().map(SocketAddr::is_ipv6);
    let (mut preferred, mut other): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| Some(address.is_ipv6()) == is_first);
    let mut order = Vec::with_capacity(preferred.len() + other.len());
    let (mut preferred, mut other) = (preferred.drain(..), other.drain(..));
    loop {
        let next = [preferred.next(), other.next()];
        if next == [None, None] {
            return order;
        }
        order.extend(next.into_iter().flatten());
    }
}

/// Dials one address after the other, the next one when one has failed or `stagger` has passed, and gives the first
/// success; all others are given up. When all have failed it is the last failure.
pub(super) async fn first<T, F: Future<Output = io::Result<T>>>(
    addresses: Vec<SocketAddr>,
    stagger: Duration,
    dial: impl Fn(SocketAddr) -> F,
) -> io::Result<T> {
    let mut waiting = addresses.into_iter().peekable();
    let mut running: Vec<Pin<Box<F>>> = Vec::new();
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    let mut pause = pin!(tokio::time::sleep(Duration::ZERO));
    poll_fn(|cx| {
        loop {
            let mut has_failed = false;
            let mut index = 0;
            while let Some(attempt) = running.get_mut(index) {
                match attempt.as_mut().poll(cx) {
                    Poll::Ready(Ok(made)) => return Poll::Ready(Ok(made)),
                    Poll::Ready(Err(error)) => {
                        failure = error;
                        has_failed = true;
                        drop(running.swap_remove(index));
                    }
                    Poll::Pending => index += 1,
                }
            }
            if waiting.peek().is_none() {
                if !running.is_empty() {
                    return Poll::Pending;
                }
                return Poll::Ready(Err(std::mem::replace(&mut failure, io::ErrorKind::NotFound.into())));
            }
            if !(running.is_empty() || has_failed) && pause.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if let Some(address) = waiting.next() {
                running.push(Box::pin(dial(address)));
                pause.as_mut().reset(tokio::time::Instant::now() + stagger);
            }
        }
    })
    .await
}

/// The Connection Attempt Delay that RFC 8305 section 5 recommends.
pub(super) const STAGGER: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;
