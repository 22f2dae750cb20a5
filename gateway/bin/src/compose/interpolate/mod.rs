//! Variables in the values of a Compose file: `$NAME`, `${NAME:-default}` and their like, `$$` for a dollar sign. Pure.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// What became of a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filled {
    /// The value, with what stands in place of variables.
    pub(super) text: String,
    /// Variables that nobody sets and that have no default: nothing stands in their place.
    pub(super) unset: Vec<String>,
    /// The first of them without which Compose does not start.
    pub(super) needed: Option<String>,
    /// Why Compose would not take it.
    pub(super) wrong: Option<String>,
}

/// Fills a value in.
pub(super) fn fill(text: &str, variables: &BTreeMap<String, String>) -> Filled {
    let mut filled = Filled::default();
    let mut reader = Reader { rest: text.chars().peekable(), variables, needed: None, depth: 0 };
    let mut out = String::with_capacity(text.len());
    if let Err(wrong) = reader.read(&mut out, None, &mut filled.unset) {
        filled.wrong = Some(wrong);
    }
    filled.text = out;
    filled.needed = reader.needed.filter(|name| filled.unset.contains(name));
    filled
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    variables: &'t BTreeMap<String, String>,
    /// The first one without which Compose does not start.
    needed: Option<String>,
    /// How many defaults are open.
    depth: usize,
}

impl Reader<'_> {
    /// Reads up to the end, or to the brace that closes a default.
    fn read(&mut self, out: &mut String, end: Option<char>, unset: &mut Vec<String>) -> Result<(), String> {
        while let Some(next) = self.rest.next() {
            match next {
                _ if Some(next) == end => return Ok(()),
                '$' => self.variable(out, unset)?,
                _ => out.push(next),
            }
        }
        match end {
            None => Ok(()),
            Some(_) => Err("a variable is not closed, write ${NAME}".to_owned()),
        }
    }

    fn variable(&mut self, out: &mut String, unset: &mut Vec<String>) -> Result<(), String> {
        match self.rest.peek() {
            Some('$') => {
                self.rest.next();
                out.push('$');
                Ok(())
            }
            Some('{') => {
                self.rest.next();
                let name = self.name();
                self.braced(&name, out, unset)
            }
            Some(first) if is_first(*first) => {
                let name = self.name();
                self.put(&name, out, unset);
                Ok(())
            }
            Some(other) => Err(format!("`${other}` is no variable, write $$ for a dollar sign")),
            None => Err("a dollar sign stands at the end, write $$ for one".to_owned()),
        }
    }

    fn braced(&mut self, name: &str, out: &mut String, unset: &mut Vec<String>) -> Result<(), String> {
        let mut operator = String::new();
        while let Some(next) = self.rest.next_if(|next| matches!(next, ':' | '-' | '?' | '+')) {
            operator.push(next);
            if next != ':' {
                break;
            }
        }
        if !name.starts_with(is_first) {
            return Err(format!("`${{{name}` names no variable, write ${{NAME}}"));
        }
        if operator.is_empty() {
            if self.rest.next() != Some('}') {
                return Err(format!("`${{{name}` is not closed, write ${{{name}}}"));
            }
            self.put(name, out, unset);
            return Ok(());
        }
        if self.depth >= DEEPEST {
            return Err(format!("defaults stand in defaults more than {DEEPEST} deep, which nobody means"));
        }
        let (mut alternative, mut of_alternative) = (String::new(), Vec::new());
        self.depth += 1;
        self.read(&mut alternative, Some('}'), &mut of_alternative)?;
        self.depth -= 1;
        let counts_empty = operator.starts_with(':');
        let set = self.variables.get(name).filter(|value| !(counts_empty && value.is_empty()));
        match (operator.trim_start_matches(':'), set) {
            ("-", Some(value)) => out.push_str(value),
            ("-", None) | ("+", Some(_)) => {
                out.push_str(&alternative);
                unset.extend(of_alternative);
            }
            ("+", None) => {}
            ("?", Some(value)) => out.push_str(value),
            // Compose stops there; whoever checks on another machine may not have it.
            ("?", None) => {
                self.needed.get_or_insert_with(|| name.to_owned());
                unset.push(name.to_owned());
            }
            _ => return Err(format!("`${{{name}{operator}` is no default, write ${{{name}:-default}}")),
        }
        Ok(())
    }

    fn put(&self, name: &str, out: &mut String, unset: &mut Vec<String>) {
        match self.variables.get(name) {
            Some(value) => out.push_str(value),
            None => unset.push(name.to_owned()),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(next) = self.rest.next_if(|next| next.is_ascii_alphanumeric() || *next == '_') {
            name.push(next);
        }
        name
    }
}

fn is_first(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// How deep defaults stand in defaults.
const DEEPEST: usize = 32;
