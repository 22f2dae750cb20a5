//! What stands behind the question mark.

use super::selector::Selector;

/// What is understood of it.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// How long a stretch is meant.
    pub(super) seconds: u64,
    /// Whether somebody would wait for changes.
    pub(super) is_watch: bool,
    pub(super) selector: Option<Selector>,
}

impl Query {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut query = Self { seconds: WINDOW, ..Self::default() };
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value);
            match name {
                // The interface's own server takes what it cannot read for nothing.
                "t" => query.seconds = duration(&value).unwrap_or(WINDOW),
                "watch" => query.is_watch = matches!(&*value, "1" | "t" | "T" | "true" | "True" | "TRUE"),
                "labelSelector" if !value.is_empty() => query.selector = Some(Selector::read(&value)?),
                "fieldSelector" if !value.is_empty() => {
                    return Err("fields cannot be selected by; name what is meant in the path".to_owned());
                }
                _ => {}
            }
        }
        Ok(query)
    }
}

/// Whole seconds of a duration as Go writes it.
fn duration(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut millis: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let factor = match rest.get(..unit)? {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        rest = rest.get(unit..)?;
        millis = millis.checked_add(number.checked_mul(factor)?)?;
    }
    Some(millis.div_ceil(1000)).filter(|seconds| *seconds > 0)
}

/// A value of a query without its escapes.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let hex: String = rest.by_ref().take(2).map(char::from).collect();
                // What is no escape stays as it was written.
                match u8::from_str_radix(&hex, 16) {
                    Ok(byte) => bytes.push(byte),
                    Err(_) => {
                        bytes.push(b'%');
                        bytes.extend(hex.bytes());
                    }
                }
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How long a stretch is unless it is said.
const WINDOW: u64 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_written_as_in_go_and_half_a_minute_where_it_makes_no_sense() {
        let cases = [
            ("t=1m", 60),
            ("t=1m30s", 90),
            ("t=2h", 7200),
            ("t=1500ms", 2),
            ("", 30),
            ("t=", 30),
            ("t=x", 30),
            ("t=-5s", 30),
            ("t=0s", 30),
            ("t=5", 30),
            ("t=99999999999999999999s", 30),
            ("limit=500", 30),
        ];
        for (text, seconds) in cases {
            assert_eq!(Query::read(text).unwrap().seconds, seconds, "{text}");
        }
    }

    #[test]
    fn what_would_change_the_answer_is_not_passed_over() {
        assert!(Query::read("watch=true").unwrap().is_watch);
        assert!(Query::read("fieldSelector=metadata.name%3Da").is_err());
        assert!(Query::read("labelSelector=a%20in%20(").is_err());
        assert!(Query::read("labelSelector=app%3Dcart&fieldSelector=").unwrap().selector.is_some());
    }

    #[test]
    fn escapes_are_undone() {
        for (text, plain) in [("a%2Cb+c", "a,b c"), ("%", "%"), ("%zz", "%zz"), ("%e4", "\u{fffd}")] {
            assert_eq!(decoded(text), plain);
        }
    }
}
