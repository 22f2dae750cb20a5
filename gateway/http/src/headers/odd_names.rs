//! What an entry point does to field names that some servers take for others.
//!
//! Servers that know fields by the names of variables (CGI, WSGI, PHP) turn whatever is no letter and no digit into an
//! underscore: to them `X_User` and `X.User` are `X-User`, which the gateway may have set.

/// What is done to such names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OddNames {
    /// To those with an underscore.
    pub underscores: Treatment,
    /// To those with anything else that is no letter, no digit and no dash.
    pub others: Treatment,
}

/// What is done to a name, the later the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Treatment {
    /// It stays, unless it is a spelling of a name that the gateway owns or has set.
    Keep,
    /// It goes.
    Delete,
    /// Its request is refused.
    Reject,
}

impl OddNames {
    /// All stay.
    pub const KEPT: Self = Self { underscores: Treatment::Keep, others: Treatment::Keep };

    /// What is done to this name.
    #[must_use]
    pub fn judge(&self, name: &[u8]) -> Treatment {
        if *self == Self::KEPT {
            return Treatment::Keep;
        }
        let of = |byte: &u8| match *byte {
            b'_' => self.underscores,
            b'-' => Treatment::Keep,
            byte if byte.is_ascii_alphanumeric() => Treatment::Keep,
            _ => self.others,
        };
        name.iter().map(of).max().unwrap_or(Treatment::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_treated_by_the_strictest_of_its_characters() {
        use Treatment::{Delete, Keep, Reject};
        let both = OddNames { underscores: Delete, others: Reject };
        for (name, expected) in [
            ("X-User-1", Keep),
            ("X_User", Delete),
            ("X.User", Reject),
            ("X_User.a", Reject),
            ("X~User", Reject),
            ("", Keep),
        ] {
            assert_eq!(both.judge(name.as_bytes()), expected, "{name}");
            assert_eq!(OddNames::KEPT.judge(name.as_bytes()), Keep, "{name}");
        }
    }
}
