//! The example in the documentation of every kind is one that works.

use std::sync::Arc;

use windrose_config::{Located, QualifiedName, Source};

use crate::kind::{BuildContext, BuildError, Resolve};
use crate::list::KINDS;
use crate::stage::Stage;
use crate::testing::{middleware, stage};

const DOCS: [(&str, &str); KINDS.len()] = [
    ("addPrefix", include_str!("add_prefix/mod.rs")),
    ("chain", include_str!("chain/mod.rs")),
    ("headers", include_str!("headers/mod.rs")),
    ("ipAllowList", include_str!("ip_allow_list/mod.rs")),
    ("redirectRegex", include_str!("redirect_regex/mod.rs")),
    ("redirectScheme", include_str!("redirect_scheme/mod.rs")),
    ("replacePath", include_str!("replace_path/mod.rs")),
    ("retry", include_str!("retry/mod.rs")),
    ("stripPrefix", include_str!("strip_prefix/mod.rs")),
];

/// Takes every name for that of the same middleware.
struct Anything;

impl Resolve for Anything {
    fn middleware(&self, _: &Located<Arc<str>>) -> Result<Stage, BuildError> {
        Ok(stage("addPrefix: {prefix: /a}"))
    }
}

/// The first YAML block of a module's documentation.
fn example(code: &str) -> String {
    let docs = code.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = docs.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let block = lines.skip_while(|line| *line != "```yaml").skip(1).take_while(|line| *line != "```");
    block.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_documented_example_of_every_kind_works() {
    for (entry, (name, code)) in KINDS.iter().zip(DOCS) {
        assert_eq!(entry.name, name);
        let source = Source::file(name);
        let middleware = middleware(&example(code), &source);
        assert_eq!(&**middleware.kind, name);
        let qualified = QualifiedName::new(name, "file");
        let cx = BuildContext::new(&qualified, &Anything);
        let built = (entry.build)(&middleware, &source, &cx);
        assert!(built.is_ok(), "{name}: {built:?}");
        assert_eq!(cx.take_warnings(&source, middleware.options.mark), [], "{name}");
    }
}
