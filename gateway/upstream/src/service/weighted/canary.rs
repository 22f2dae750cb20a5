//! Requests that say themselves which of several services they are for: in a field first, in a cookie then.

use windrose_http::{Exchange, Id, Name};

/// How a request says that it is for a service, or that it is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Canary {
    /// By a field.
    pub header: Option<(Name, Word)>,
    /// By a cookie.
    pub cookie: Option<(Box<str>, Word)>,
}

/// The word that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// `always` and `never`.
    Usual,
    /// This, and no word that says otherwise.
    Own(Box<[u8]>),
}

/// What a request says of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Always,
    Never,
}

impl Canary {
    pub(super) fn by_header(&self, ex: &Exchange) -> Option<Said> {
        let (name, word) = self.header.as_ref()?;
        word.said(ex.headers.get(name)?)
    }

    pub(super) fn by_cookie(&self, ex: &Exchange) -> Option<Said> {
        let (name, word) = self.cookie.as_ref()?;
        let pairs = ex.headers.get_all(Id::COOKIE).flat_map(|value| value.split(|byte| *byte == b';'));
        let mut values = pairs.filter_map(|pair| {
            let (known, value) = pair.trim_ascii().split_at_checked(name.len())?;
            (known == name.as_bytes()).then(|| value.strip_prefix(b"="))?
        });
        word.said(values.next()?)
    }
}

impl Word {
    fn said(&self, value: &[u8]) -> Option<Said> {
        match self {
            Self::Own(word) => (*value == **word).then_some(Said::Always),
            Self::Usual => match value {
                b"always" => Some(Said::Always),
                b"never" => Some(Said::Never),
                _ => None,
            },
        }
    }
}
