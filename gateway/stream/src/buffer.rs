//! Read buffers, kept per worker: an idle connection holds none.

use std::cell::RefCell;

use bytes::BytesMut;

thread_local! {
    static SMALL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static SPARE: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
    static SPARE_LARGE: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
}

/// A buffer with room for [`SIZE`] bytes.
#[must_use]
pub fn take() -> BytesMut {
    SPARE.with_borrow_mut(Vec::pop).unwrap_or_else(|| BytesMut::with_capacity(SIZE))
}

/// A buffer with room for [`LARGE`] bytes, for whoever has seen that much is coming.
#[must_use]
pub(crate) fn take_large() -> BytesMut {
    SPARE_LARGE.with_borrow_mut(Vec::pop).unwrap_or_else(|| BytesMut::with_capacity(LARGE))
}

/// Gives a buffer of [`take_large`] back.
pub(crate) fn give_large(mut buffer: BytesMut) {
    buffer.clear();
    if !buffer.try_reclaim(LARGE) {
        return;
    }
    SPARE_LARGE.with_borrow_mut(|spare| {
        if spare.len() < KEPT_LARGE {
            spare.push(buffer);
        }
    });
}

/// Gives a buffer back. One that is still in use elsewhere, or has grown, is dropped instead.
pub fn give(mut buffer: BytesMut) {
    buffer.clear();
    if !buffer.try_reclaim(SIZE) || buffer.capacity() > 2 * SIZE {
        return;
    }
    SPARE.with_borrow_mut(|spare| {
        if spare.len() < KEPT {
            spare.push(buffer);
        }
    });
}

/// Makes sure that a read has room worth a system call.
pub fn make_room(buffer: &mut BytesMut) {
    if buffer.capacity() == 0 {
        *buffer = take();
    } else if buffer.capacity() - buffer.len() < SIZE / 4 {
        buffer.reserve(SIZE);
    }
}

/// Room for heads and small bodies on their way out.
pub(crate) fn take_small() -> Vec<u8> {
    SMALL.with_borrow_mut(Vec::pop).unwrap_or_else(|| Vec::with_capacity(SMALL_SIZE))
}

/// Gives such room back, unless it has grown.
pub(crate) fn give_small(mut small: Vec<u8>) {
    if small.capacity() == 0 || small.capacity() > 4 * SMALL_SIZE {
        return;
    }
    small.clear();
    SMALL.with_borrow_mut(|spare| {
        if spare.len() < KEPT {
            spare.push(small);
        }
    });
}

const SMALL_SIZE: usize = 4 * 1024;
/// What one read asks for.
pub const SIZE: usize = 16 * 1024;
/// What one read asks for where much is coming: a quarter of the calls, and still in the caches when it is written.
pub(crate) const LARGE: usize = 64 * 1024;
/// Buffers a worker keeps for later.
const KEPT_LARGE: usize = 16;
const KEPT: usize = 64;
