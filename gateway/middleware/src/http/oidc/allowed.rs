//! Who may pass, of those whom the provider knows.

use serde_json::Value;

use super::options::Options;
use crate::jose::{Claims, Condition, Path};
use crate::kind::BuildError;

/// Who may pass. All that is written must hold.
pub(super) struct Allowed {
    condition: Option<Condition>,
    emails: Box<[Box<str>]>,
    domains: Box<[Box<str>]>,
    groups: Box<[Box<str>]>,
    groups_claim: Path,
}

impl Allowed {
    pub(super) fn new(options: &Options) -> Result<Self, BuildError> {
        let lower = |texts: &[Box<str>]| texts.iter().map(|text| text.to_lowercase().into()).collect();
        let domains: Box<[Box<str>]> = lower(&options.allowed_domains);
        if domains.iter().any(|domain| domain.is_empty() || domain.contains('@')) {
            return Err(BuildError::new("allowedDomains: write for example example.com"));
        }
        Ok(Self {
            condition: Condition::new(&options.claims)?,
            emails: lower(&options.allowed_emails),
            domains,
            groups: options.allowed_groups.clone().into(),
            groups_claim: Path::new(&options.groups_claim),
        })
    }

    pub(super) fn lets(&self, claims: &Claims) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds(claims))
            && self.lets_email(claims)
            && self.lets_groups(claims)
    }

    /// An address counts only as long as the provider does not say that nobody has verified it.
    fn lets_email(&self, claims: &Claims) -> bool {
        if self.emails.is_empty() && self.domains.is_empty() {
            return true;
        }
        let is_verified = match claims.member("email_verified") {
            None | Some(Value::Bool(true)) => true,
            Some(Value::String(text)) => text == "true",
            Some(_) => false,
        };
        let Some(email) = claims.text("email").filter(|_| is_verified).map(str::to_lowercase) else {
            return false;
        };
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.emails.iter().any(|known| **known == *email)
            || self.domains.iter().any(|known| !domain.is_empty() && **known == *domain)
    }

    fn lets_groups(&self, claims: &Claims) -> bool {
        let is_ours =
            |group: &Value| group.as_str().is_some_and(|group| self.groups.iter().any(|our| **our == *group));
        self.groups.is_empty()
            || match claims.get(&self.groups_claim) {
                Some(Value::Array(groups)) => groups.iter().any(is_ours),
                Some(group) => is_ours(group),
                None => false,
            }
    }
}
