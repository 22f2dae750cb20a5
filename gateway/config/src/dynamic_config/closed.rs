//! What of a router that cannot be read says where it is.
//!
//! A router that fell away would leave its requests to a broader one, past the middlewares it names. Each field is read
//! by itself here, so that a mistake in one hides no other; what cannot be read counts as not written.

use std::sync::Arc;

use super::{Router, RouterTls};
use crate::origin::Source;
use crate::tree::{Entry, Tree, Value, decode};

/// The place of a router: its rule and how that ranks, its entry points, whether it is for TLS. `None` without a rule.
pub(super) fn salvage(written: &Tree, source: &Arc<Source>) -> Option<Router> {
    let alone = |entry: &Entry| {
        let tree = Tree { mark: entry.mark, value: Value::Table(Box::new([entry.clone()])) };
        decode::<Router>(&tree, source).ok()
    };
    let field = |name: &str| {
        let mut fields = written.entries().iter().filter(|entry| entry.key.eq_ignore_ascii_case(name));
        fields.find_map(alone).unwrap_or_default()
    };
    let rule = field("rule").rule;
    if rule.trim().is_empty() {
        return None;
    }
    Some(Router {
        rule,
        rule_syntax: field("ruleSyntax").rule_syntax,
        priority: field("priority").priority,
        entry_points: field("entryPoints").entry_points,
        tls: is_secure(written, alone).then(Box::<RouterTls>::default),
        ..Router::default()
    })
}

/// Whether it is for TLS; that is meant, too, where what is written of TLS cannot be read.
fn is_secure(written: &Tree, alone: impl Fn(&Entry) -> Option<Router>) -> bool {
    let fields = written.entries().iter().filter(|entry| entry.key.eq_ignore_ascii_case("tls"));
    let mut written = fields.filter(|entry| !entry.value.is_null());
    written.any(|entry| alone(entry).is_none_or(|router| router.tls.is_some()))
}
