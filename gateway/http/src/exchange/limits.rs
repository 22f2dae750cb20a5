//! How long a server may take for a request, as whoever stands before it has written.

use std::time::Duration;

/// How long a server may take; what is not limited here is by how it is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    // In milliseconds, 0 for none: every connection has room for them.
    connect: u32,
    first_byte: u32,
}

impl Limits {
    /// These limits; a time is a millisecond at least and seven weeks at most.
    #[must_use]
    pub fn new(connect: Option<Duration>, first_byte: Option<Duration>) -> Self {
        let millis = |time: Option<Duration>| {
            time.map_or(0, |time| u32::try_from(time.as_millis().max(1)).unwrap_or(u32::MAX))
        };
        Self { connect: millis(connect), first_byte: millis(first_byte) }
    }

    /// What both allow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let least =
            |one: u32, other: u32| if one == 0 || other == 0 { one.max(other) } else { one.min(other) };
        Self {
            connect: least(self.connect, other.connect),
            first_byte: least(self.first_byte, other.first_byte),
        }
    }

    /// How long connecting may take.
    #[must_use]
    pub fn connect(self) -> Option<Duration> {
        (self.connect > 0).then(|| Duration::from_millis(self.connect.into()))
    }

    /// How long the head of the answer may take, where `other` limits it too.
    #[must_use]
    pub fn first_byte(self, other: Option<Duration>) -> Option<Duration> {
        let own = (self.first_byte > 0).then(|| Duration::from_millis(self.first_byte.into()));
        [own, other].into_iter().flatten().min()
    }
}
