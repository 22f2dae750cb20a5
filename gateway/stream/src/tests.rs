//! What is sent, held back, read ahead and lent.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use windrose_http::exchange::Duplex;

use super::*;
use crate::testing::beside;

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

/// What was written, however small the pieces are that the stream takes.
struct Trickle {
    taken: std::rc::Rc<std::cell::RefCell<Vec<u8>>>,
    most: usize,
}

impl AsyncRead for Trickle {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Trickle {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let count = data.len().min(self.most);
        self.taken.borrow_mut().extend_from_slice(&data[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Duplex for Trickle {}

fn trickle(most: usize) -> (Io, std::rc::Rc<std::cell::RefCell<Vec<u8>>>) {
    let taken = std::rc::Rc::default();
    (Io::other(Trickle { taken: std::rc::Rc::clone(&taken), most }), taken)
}

#[test]
fn everything_leaves_in_order_however_little_is_taken_at_a_time() {
    for most in [1, 3, 1_000, 100_000] {
        for length in [0, 1, 8 * 1024, 8 * 1024 + 1, 50_000] {
            let (mut io, taken) = trickle(most);
            let mut out = Outgoing::default();
            let body = vec![b'x'; length];
            out.room().extend_from_slice(b"head");
            out.push(Bytes::from(body.clone()), b"\r\n");
            run(poll_fn(|cx| out.poll_flush(&mut io, cx))).expect("no error");
            assert!(out.is_empty());
            assert_eq!(*taken.borrow(), [b"head", &*body, b"\r\n"].concat(), "{length} by {most}");
        }
    }
}

#[test]
fn a_large_piece_is_all_that_waits() {
    let mut out = Outgoing::default();
    assert!(out.is_empty() && !out.is_full());
    out.push(Bytes::from(vec![0; 100]), b"");
    assert!(!out.is_empty() && !out.is_full());
    out.push(Bytes::from(vec![0; 9_000]), b"");
    assert!(out.is_full());
}

#[test]
fn a_stream_that_takes_nothing_is_broken() {
    let (mut io, _) = trickle(0);
    let mut out = Outgoing::default();
    out.room().extend_from_slice(b"head");
    let error = run(poll_fn(|cx| out.poll_flush(&mut io, cx))).expect_err("no progress");
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);
}

#[test]
fn many_writes_leave_together_when_the_flusher_is_asked() {
    run(async {
        let (io, taken) = trickle(100_000);
        let (mut gathered, flusher) = Gathered::new(io);
        for piece in ["one ", "two ", "three"] {
            gathered.write_all(piece.as_bytes()).await.expect("room");
            gathered.flush().await.expect("nothing is sent");
        }
        assert!(taken.borrow().is_empty());
        poll_fn(|cx| flusher.poll(cx)).await;
        assert_eq!(*taken.borrow(), b"one two three");
    });
}

#[test]
fn what_is_held_back_has_a_bound_and_loses_nothing() {
    run(async {
        let (io, taken) = trickle(1_000);
        let (mut gathered, flusher) = Gathered::new(io);
        let all: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
        gathered.write_all(&all).await.expect("room");
        let sent = taken.borrow().len();
        assert!(all.len() - sent <= 32 * 1024, "{} bytes are held back", all.len() - sent);
        poll_fn(|cx| flusher.poll(cx)).await;
        assert_eq!(*taken.borrow(), all);
    });
}

#[test]
fn bytes_that_were_read_ahead_come_first() {
    run(async {
        let (near, mut far) = tokio::io::duplex(64);
        let mut ahead = Ahead::new(BytesMut::from(&b"ahead "[..]), Io::other(near));
        far.write_all(b"behind").await.expect("room");
        let mut read = [0; 12];
        // In pieces that cut what was read ahead.
        ahead.read_exact(&mut read[..4]).await.expect("bytes");
        ahead.read_exact(&mut read[4..]).await.expect("bytes");
        assert_eq!(&read, b"ahead behind");
        ahead.write_all(b"back").await.expect("room");
        ahead.shutdown().await.expect("an end");
        let mut back = String::new();
        far.read_to_string(&mut back).await.expect("an answer");
        assert_eq!(back, "back");
    });
}

#[test]
fn a_look_at_the_hello_takes_nothing_away() {
    run(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let client = beside(async move {
            let mut tcp = TcpStream::connect(address).await.expect("a server");
            tcp.write_all(b"hello world").await.expect("room");
            let mut answer = String::new();
            tcp.read_to_string(&mut answer).await.expect("an answer");
            answer
        });
        let (mut tcp, _) = listener.accept().await.expect("a client");
        let mut first = BytesMut::zeroed(5);
        tcp.read_exact(&mut first).await.expect("bytes");
        let mut socket = Ahead::new(first, Socket::Tcp(tcp));
        let mut all = [0; 11];
        socket.read_exact(&mut all).await.expect("bytes");
        assert_eq!(&all, b"hello world");
        socket.write_all(b"bye").await.expect("room");
        drop(socket);
        assert_eq!(client.await.expect("no panic"), "bye");
    });
}

#[test]
fn news_are_noticed_without_waiting() {
    run(async {
        let (near, mut far) = tokio::io::duplex(64);
        let mut io = Io::other(near);
        assert!(!io.has_news());
        far.write_all(b"x").await.expect("room");
        assert!(io.has_news());
        let (near, far) = tokio::io::duplex(64);
        let mut io = Io::other(near);
        drop(far);
        assert!(io.has_news());
    });
}

#[test]
fn a_buffer_is_used_again_unless_it_has_grown_or_is_in_use() {
    let mut first = buffer::take();
    first.extend_from_slice(b"old");
    let place = first.as_ptr();
    buffer::give(first);
    let mut again = buffer::take();
    assert_eq!((again.as_ptr(), again.len()), (place, 0));
    again.extend_from_slice(b"still read");
    let held = again.split().freeze();
    buffer::give(again);
    assert_ne!(buffer::take().as_ptr(), place, "somebody reads what is in it");
    assert_eq!(held, "still read");
    let mut large = BytesMut::with_capacity(3 * buffer::SIZE);
    let place = large.as_ptr();
    buffer::make_room(&mut large);
    assert_eq!(large.as_ptr(), place, "there is room enough");
    buffer::give(large);
    assert!(buffer::take().capacity() <= 2 * buffer::SIZE, "it is too large to be kept");
}
