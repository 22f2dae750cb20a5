//! The rule language: which requests and connections a router answers.
//!
//! A rule is text such as ``Host(`example.com`) && PathPrefix(`/api`)``. [`parse`] turns it into a [`Rule`], whose
//! [`Matcher`] answers whether a [`RequestView`] satisfies it, and [`Table`] finds the best of very many rules at
//! the cost of one.
//!
//! | module | what it holds |
//! |---|---|
//! | `lexer` | text to tokens, with Go's string literals |
//! | `parser` | tokens to tree: `!`, `&&`, `\|\|`, parentheses |
//! | `tree` | the tree and its evaluation |
//! | `matcher` | one file per matcher, and the list of names of the v3 syntax |
//! | `v2` | the older syntax, lowered to the same tree |
//! | [`regex`] | regular expressions and replacement templates as Go understands them |
//! | `table` | the index over many rules |
//! | `older` | rules of the older syntax, spelt in the current one |
//! | `judge` | which clauses of a rule a request does not satisfy, and how near it is |
//!
//! The crate is pure: no input or output, no clock, no knowledge of how requests are represented elsewhere.

mod error;
mod judge;
mod lexer;
mod matcher;
mod older;
mod parser;
pub mod regex;
mod rule;
mod table;
mod tree;
mod v2;
mod view;

pub use error::RuleError;
pub use judge::{Judgement, Missed};
pub use older::{Older, older};
pub use rule::{MAX_USER_PRIORITY, Matcher, Protocol, Rule, Syntax, parse};
pub use table::{Entry, HostIndex, Table};
pub use view::{Fields, NoFields, RequestView};
