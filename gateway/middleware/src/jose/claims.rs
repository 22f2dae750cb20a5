//! What a token claims.

use std::fmt::Write;

use serde_json::{Map, Value};

/// What a token claims.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Claims(Map<String, Value>);

/// The way to a claim: `user.name` is inside of `user`; `\.` is a dot of a name, `\\` a backslash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    whole: Box<str>,
    parts: Box<[Box<str>]>,
}

impl Path {
    pub(crate) fn new(text: &str) -> Self {
        let (mut parts, mut part) = (Vec::new(), String::new());
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            match char {
                '.' => parts.push(std::mem::take(&mut part).into_boxed_str()),
                '\\' => part.push(chars.next().unwrap_or('\\')),
                char => part.push(char),
            }
        }
        parts.push(part.into());
        Self { whole: text.into(), parts: parts.into() }
    }
}

impl Claims {
    pub(crate) const fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// A claim; null is none. A claim whose whole name is the path, as names with dots in addresses are, goes first.
    pub(crate) fn get(&self, path: &Path) -> Option<&Value> {
        let mut parts = path.parts.iter();
        let inside = || {
            let first = self.0.get(&**parts.next()?)?;
            parts.try_fold(first, |value, part| value.as_object()?.get(&**part))
        };
        self.0.get(&*path.whole).or_else(inside).filter(|value| !value.is_null())
    }

    /// A claim of the first level.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is text; `None` when it is something else.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A time in seconds (RFC 7519 §2).
    ///
    /// # Errors
    /// It is there and no number.
    pub(crate) fn time(&self, name: &str) -> Result<Option<f64>, NoTime> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_f64().filter(|time| time.is_finite()).map(Some).ok_or(NoTime),
        }
    }
}

/// A claim that should be a time is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoTime;

/// A value as one text: texts as they are, lists joined by commas, objects as JSON.
///
/// A comma inside an element is written as `%2C`, so that nobody who names a thing can make it look like two.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let mut out = String::new();
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                let item = match item {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                out.push_str(&item.replace('%', "%25").replace(',', "%2C"));
            }
            out
        }
        other => {
            let mut out = String::new();
            let _ = write!(out, "{other}");
            out
        }
    }
}
