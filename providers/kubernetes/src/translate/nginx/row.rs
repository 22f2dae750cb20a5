//! One line of a table: a name, what becomes of it here, and how it is read.

use super::draft::Draft;

/// What is wrong with a value.
pub(super) type Read = Result<(), String>;

/// An annotation, or a key of the ConfigMap.
pub struct Row {
    /// Its name, without the prefix.
    pub name: &'static str,
    /// What becomes of it.
    pub fate: Fate,
    /// Values about which there is nothing to tell, whatever the fate is.
    pub plain: &'static [&'static str],
    /// Whether it counts on an Ingress that is a canary.
    pub in_canary: bool,
    /// Whether the ConfigMap has a key of the same name, which is the default.
    pub is_key: bool,
    read: fn(&mut Draft, &str) -> Read,
}

/// What becomes of an annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It does what it does in ingress-nginx.
    Exact,
    /// It does nearly that; the text says what is different.
    Approximated(&'static str),
    /// It says nothing that could matter here; the text says why.
    Idle(&'static str),
    /// It is left out and told; the text says why. The routes are served without it.
    LeftOut(&'static str),
    /// It is refused and told; the text says why. The routes are off.
    Refused(&'static str),
}

impl Fate {
    /// Whether what was asked for is done.
    #[must_use]
    pub const fn is_honoured(self) -> bool {
        matches!(self, Self::Exact | Self::Approximated(_))
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximated(_) => "approximated",
            Self::Idle(_) => "no effect",
            Self::LeftOut(_) => "left out",
            Self::Refused(_) => "refused",
        }
    }

    /// What there is to say.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Exact => "",
            Self::Approximated(why) | Self::Idle(why) | Self::LeftOut(why) | Self::Refused(why) => why,
        }
    }
}

impl Row {
    const fn new(name: &'static str, fate: Fate, read: fn(&mut Draft, &str) -> Read) -> Self {
        Self { name, fate, plain: &[], in_canary: false, is_key: false, read }
    }

    pub(super) const fn exact(name: &'static str, read: fn(&mut Draft, &str) -> Read) -> Self {
        Self::new(name, Fate::Exact, read)
    }

    pub(super) const fn nearly(
        name: &'static str,
        why: &'static str,
        read: fn(&mut Draft, &str) -> Read,
    ) -> Self {
        Self::new(name, Fate::Approximated(why), read)
    }

    pub(super) const fn idle(name: &'static str, why: &'static str) -> Self {
        Self::new(name, Fate::Idle(why), |_, _| Ok(()))
    }

    pub(super) const fn left_out(name: &'static str, why: &'static str) -> Self {
        Self::new(name, Fate::LeftOut(why), |_, _| Ok(()))
    }

    pub(super) const fn refused(name: &'static str, why: &'static str) -> Self {
        Self::new(name, Fate::Refused(why), |_, _| Ok(()))
    }

    /// Values about which there is nothing to tell.
    pub(super) const fn plain(self, values: &'static [&'static str]) -> Self {
        Self { plain: values, ..self }
    }

    /// It counts on a canary, too.
    pub(super) const fn of_canary(self) -> Self {
        Self { in_canary: true, ..self }
    }

    /// The ConfigMap has it, too.
    pub(super) const fn key(self) -> Self {
        Self { is_key: true, ..self }
    }

    /// What becomes of it with this value.
    #[must_use]
    pub fn fate_of(&self, value: &str) -> Fate {
        let is_plain = self.plain.iter().any(|plain| plain.eq_ignore_ascii_case(value.trim()));
        if is_plain { Fate::Exact } else { self.fate }
    }

    /// Takes a value in.
    pub(super) fn read(&self, draft: &mut Draft, value: &str) -> Read {
        (self.read)(draft, value.trim())
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Row").field(&self.name).field(&self.fate).finish()
    }
}
