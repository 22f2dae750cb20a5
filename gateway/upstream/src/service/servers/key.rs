//! What of a request decides about its server.

use windrose_http::{Exchange, Name};

use crate::sticky::said;

/// Hashing something in the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consistent {
    /// What is hashed; requests without it have turns.
    pub key: Key,
    /// The most that a server may have of its share of the requests, in a hundred; 0 is any. Usual is 125.
    pub bound: u32,
}

/// Something in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The first value of a field.
    Header(Name),
    /// The value of the first cookie of that name.
    Cookie(Box<str>),
    /// The value of the first parameter of that name, both as they are written.
    Query(Box<str>),
    /// The client's address.
    Client,
}

impl Key {
    pub(super) fn of<'a>(&'a self, ex: &'a Exchange) -> Option<&'a [u8]> {
        let key = match self {
            Self::Header(name) => ex.headers.get(name),
            Self::Cookie(name) => said(&ex.headers, name.as_bytes()),
            Self::Query(name) => {
                let mut pairs =
                    ex.target.query()?.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
                pairs.find(|(key, _)| *key == &**name).map(|(_, value)| value.as_bytes())
            }
            Self::Client => Some(ex.conn.peer_ip.as_bytes()),
        };
        key.filter(|key| !key.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    #[test]
    fn keys_are_found_where_they_are_written() {
        let ex = request("GET /?a&b=1&c=2&b=3\nX-User: me\nCookie: s=t; u=\"v\"");
        let of = |key: Key| key.of(&ex).map(|key| String::from_utf8_lossy(key).into_owned());
        let header = |name: &str| of(Key::Header(Name::new(name).unwrap()));
        assert_eq!((header("x-user").as_deref(), header("x-other")), (Some("me"), None));
        let cookie = |name: &str| of(Key::Cookie(name.into()));
        assert_eq!((cookie("u").as_deref(), cookie("w")), (Some("v"), None));
        let query = |name: &str| of(Key::Query(name.into()));
        assert_eq!((query("b").as_deref(), query("a"), query("d")), (Some("1"), None, None));
        assert_eq!(of(Key::Client).as_deref(), Some("192.0.2.1"));
    }
}
