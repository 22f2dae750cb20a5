//! The functions a template may call: the text functions of Go's Sprig set that make sense without a cluster,
//! plus `normalize` and Go's argument order for `split`.
//!
//! Every function is a plain `fn` in the table of its file, where it is made to charge what it makes. A name that is in no table is a parse error of the
//! template. `Args` reads arguments the way Go's typed parameters do.

/// A table of functions that charge what they make.
macro_rules! charged {
    ($(($name:literal, $function:path)),* $(,)?) => {
        &[$(($name, |arguments| crate::template::budget::charged($function, arguments))),*]
    };
}

mod args;
mod builtins;
mod casts;
mod decimal;
mod defaults;
mod dicts;
mod encoding;
mod json;
mod lists;
mod math;
mod paths;
mod random;
mod regexes;
mod text;
mod time;

use gtmpl_ng::Func;

/// All tables; of two entries with the same name the later one counts.
pub(super) const TABLES: &[&[(&str, Func)]] = &[
    builtins::TABLE,
    casts::TABLE,
    defaults::TABLE,
    dicts::TABLE,
    encoding::TABLE,
    json::TABLE,
    lists::TABLE,
    math::TABLE,
    paths::TABLE,
    random::TABLE,
    regexes::TABLE,
    text::TABLE,
    time::TABLE,
];
