//! Room that one exchange used, for the next one to use.

use super::{Exchange, Host};
use crate::headers::Headers;
use crate::path::Target;

/// The buffers of an exchange, empty.
#[derive(Debug, Default)]
pub struct Room {
    target: Target,
    host: Host,
    headers: Headers,
    spare: Headers,
}

impl Exchange {
    /// Takes its buffers from `room`.
    #[must_use]
    pub fn furnish(self, room: Room) -> Self {
        let Room { target, host, headers, spare } = room;
        Self { target, host, headers, spare, ..self }
    }

    /// Gives up what is known of the request and the room it took; what it has become is still known. Room that a
    /// large head took is freed.
    pub fn shed(&mut self) -> Room {
        let mut room = Room {
            target: std::mem::take(&mut self.target),
            host: std::mem::take(&mut self.host),
            headers: std::mem::take(&mut self.headers),
            spare: std::mem::take(&mut self.spare),
        };
        room.target.clear();
        room.target.shrink(Self::KEPT_HEAD);
        room.host.clear();
        for headers in [&mut room.headers, &mut room.spare] {
            headers.clear();
            headers.shrink(Self::KEPT_HEAD);
        }
        room
    }
}
