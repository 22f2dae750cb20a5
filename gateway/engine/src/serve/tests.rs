use std::future::Future;

use super::{detect, h1, h2, tcp};

/// The size of the future that a function of four arguments returns.
fn size_of_4<A, B, C, D, F: Future>(_: impl Fn(A, B, C, D) -> F) -> usize {
    size_of::<F>()
}

/// The size of the future that a function of five arguments returns.
fn size_of_5<A, B, C, D, E, F: Future>(_: impl Fn(A, B, C, D, E) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn what_every_connection_holds_stays_small() {
    // Every idle connection pays for the largest moment of its task, so a buffer or a large future that is held
    // across an await shows here. Fewer bytes than expected are an error, too, so that a bound follows every gain.
    let sizes = [
        ("detect", size_of_4(detect::serve), 2048..=2816),
        ("HTTP/1", size_of_5(h1::serve), 1536..=2240),
        ("TCP", size_of_4(tcp::serve), 1152..=1664),
        ("TCP that is carried", tcp::size_of_carry(), 1152..=1664),
        ("HTTP/2", size_of_5(h2::serve), 2688..=3328),
    ];
    for (name, size, bytes) in sizes {
        assert!(bytes.contains(&size), "{name}: {size} bytes, not {bytes:?}");
    }
}
