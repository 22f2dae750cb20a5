//! Memory that nobody uses.

use std::hint::black_box;

/// Has the allocator give memory back that has been free for a second. It looks for such memory whenever a page of it is
/// freed; whoever rests after a busy time frees none, and would keep all of it.
pub fn give_back() {
    drop(black_box(Vec::<u8>::with_capacity(PAGE)));
}

/// More than fits into a page with others. Nobody touches it, so it costs no memory.
const PAGE: usize = 4 << 20;
