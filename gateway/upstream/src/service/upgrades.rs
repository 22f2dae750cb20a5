//! What connections to the servers of a service may change to.

use windrose_http::exchange::Upgrade;

/// What connections to the servers of a service may change to: WebSocket, what `kubectl` and `docker` use, and what
/// the operator adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upgrades {
    more: Box<[Box<str>]>,
}

impl Upgrades {
    /// The protocols that are always allowed, and these.
    #[must_use]
    pub fn new(more: &[Box<str>]) -> Self {
        Self { more: Box::from(more) }
    }

    /// Whether connections may change to it.
    #[must_use]
    pub fn allows(&self, upgrade: &Upgrade) -> bool {
        Self::always_allow(upgrade) || self.more.iter().any(|name| upgrade.is(name.as_bytes()))
    }

    /// Whether they may where the operator adds nothing.
    pub(super) fn always_allow(upgrade: &Upgrade) -> bool {
        *upgrade == Upgrade::WebSocket || ALWAYS.iter().any(|name| upgrade.is(name.as_bytes()))
    }
}

/// `kubectl exec`, `attach` and `port-forward`; `docker attach` and `exec`.
const ALWAYS: &[&str] = &["SPDY/3.1", "tcp"];

#[cfg(test)]
mod tests {
    use windrose_http::exchange::{Offer, Upgrade};

    use super::Upgrades;

    #[test]
    fn the_first_allowed_protocol_is_chosen() {
        let some = Upgrades::new(&["Mine/1".into()]);
        let cases: [(&Upgrades, &[&str], Option<&str>); 8] = [
            (&Upgrades::default(), &["websocket"], Some("websocket")),
            (&Upgrades::default(), &["SPDY/3.1"], Some("SPDY/3.1")),
            (&Upgrades::default(), &["spdy/3.1"], Some("spdy/3.1")),
            (&Upgrades::default(), &["SPDY/3"], None),
            (&Upgrades::default(), &["mine/1", "tcp", "websocket"], Some("tcp")),
            (&some, &["mine/1", "tcp"], Some("mine/1")),
            (&some, &["mine"], None),
            (&some, &[], None),
        ];
        for (upgrades, offered, chosen) in cases {
            let protocols = offered.iter().filter_map(|name| Upgrade::from_token(name.as_bytes())).collect();
            let mut offer = Offer::new(protocols);
            offer.choose(|upgrade| upgrades.allows(upgrade));
            assert_eq!(offer.chosen().map(Upgrade::as_str), chosen, "{offered:?}");
        }
    }
}
