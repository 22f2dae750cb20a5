//! What a client can unpack, and what of it is preferred.

use windrose_config::Located;
use windrose_http::{Headers, Id};

use crate::kind::BuildError;

/// A way to pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Brotli,
    Zstd,
}

impl Coding {
    /// All of them; the default order of `encodings`.
    pub(super) const ALL: [Self; 3] = [Self::Gzip, Self::Brotli, Self::Zstd];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|coding| coding.name() == name)
    }

    fn read(written: &Located<Box<str>>) -> Result<Self, BuildError> {
        Self::of(written).ok_or_else(|| {
            let message = format!("`{}` cannot be used, write gzip, br or zstd", written.value);
            BuildError::at(written, message)
        })
    }
}

/// What may be used, the preferred one first.
#[derive(Debug)]
pub(super) struct Offered {
    codings: Vec<Coding>,
    /// For clients that say nothing.
    silent: Option<Coding>,
}

impl Offered {
    pub(super) fn new(
        encodings: &[Located<Box<str>>],
        default: &Located<Box<str>>,
    ) -> Result<Self, BuildError> {
        let mut codings = encodings.iter().map(Coding::read).collect::<Result<Vec<_>, _>>()?;
        if codings.is_empty() {
            codings.extend(Coding::ALL);
        }
        if default.is_empty() {
            return Ok(Self { codings, silent: None });
        }
        let silent = Coding::read(default)?;
        if !codings.contains(&silent) {
            let message = format!("{} is none of encodings, add it there", silent.name());
            return Err(BuildError::at(default, message));
        }
        Ok(Self { codings, silent: Some(silent) })
    }

    /// What to use for a request; `None` for nothing.
    pub(super) fn choose(&self, request: &Headers) -> Option<Coding> {
        if !request.contains(Id::ACCEPT_ENCODING) {
            return self.silent;
        }
        let mut best: Option<(f64, usize, Choice)> = None;
        for line in request.get_all(Id::ACCEPT_ENCODING) {
            for item in line.split(|byte| *byte == b',') {
                let Some((rank, choice)) = self.ranked(item) else { continue };
                let Some(weight) = weight(item) else { continue };
                let is_better = best
                    .as_ref()
                    .is_none_or(|(most, first, _)| weight > *most || (weight >= *most && rank < *first));
                if is_better {
                    best = Some((weight, rank, choice));
                }
            }
        }
        match best?.2 {
            Choice::Coding(coding) => Some(coding),
            Choice::Any => self.silent.or_else(|| self.codings.first().copied()),
            Choice::Identity => None,
        }
    }

    /// What an item names and how much it is preferred, less first; `None` when it cannot be used.
    fn ranked(&self, item: &[u8]) -> Option<(usize, Choice)> {
        let name = without_spaces(item.split(|byte| *byte == b';').next()?);
        match name.as_str() {
            "*" => Some((0, Choice::Any)),
            "identity" => Some((self.codings.len() + 1, Choice::Identity)),
            name => {
                let coding = Coding::of(name)?;
                // A coding that is written twice has its last place.
                let place = self.codings.iter().rposition(|offered| *offered == coding)?;
                Some((place + 1, Choice::Coding(coding)))
            }
        }
    }
}

enum Choice {
    Any,
    Coding(Coding),
    Identity,
}

/// How much an item is wanted; `None` for not at all, or when that cannot be read.
fn weight(item: &[u8]) -> Option<f64> {
    let item = without_spaces(item);
    let Some((_, parameters)) = item.split_once(';') else { return Some(1.0) };
    let Some(number) = parameters.strip_prefix("q=") else { return Some(1.0) };
    number.parse::<f64>().ok().filter(|weight| *weight != 0.0)
}

fn without_spaces(text: &[u8]) -> String {
    text.iter().filter(|byte| **byte != b' ').map(|byte| char::from(*byte)).collect()
}

/// Whether the first line of the field names gzip, in any case, as something that is wanted.
pub(super) fn names_gzip(request: &Headers) -> bool {
    let line = request.get(Id::ACCEPT_ENCODING).unwrap_or_default();
    for item in line.split(|byte| *byte == b',') {
        let mut parts = item.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        if !parts.next().is_some_and(|name| name.eq_ignore_ascii_case(b"gzip")) {
            continue;
        }
        // The last parameter counts, and one that is no number is nothing.
        let last = parts.next_back().and_then(|part| part.strip_prefix(b"q="));
        let weight = last.map_or(Some(1.0), |text| std::str::from_utf8(text).ok()?.parse::<f64>().ok());
        return weight.is_some_and(|weight| weight > 0.0);
    }
    false
}
