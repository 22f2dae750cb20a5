//! Fields that the answer gives to the request.

use windrose_http::{Headers, Id, Name};
use windrose_rule::regex::Regex;

/// Fields of the request that the answer alone may fill.
pub(super) struct Taken {
    pub(super) names: Box<[Name]>,
    pub(super) matching: Option<Regex>,
}

impl Taken {
    /// Takes the fields from the answer; what the client wrote in them goes, whatever its spelling.
    pub(super) fn fill(&self, request: &mut Headers, answer: &Headers) {
        let allowed = |id: Id| !id.is_framing() && !id.is_hop_by_hop() && id != Id::HOST;
        for name in self.names.iter().filter(|name| allowed(name.id())) {
            request.remove(name);
            for value in answer.get_all(name) {
                request.append(name, value);
            }
        }
        let Some(matching) = &self.matching else { return };
        // A server may take any mark in a name for a dash, so a name matches if it does with dashes.
        let is_meant = |name: &[u8]| {
            matching.is_match(&canonical(name)) || matching.is_match(&canonical(&with_dashes(name)))
        };
        let mut forged: Vec<Box<[u8]>> = Vec::new();
        forged.extend(
            request
                .iter()
                .filter(|field| allowed(field.id) && is_meant(field.name))
                .map(|field| field.name.into()),
        );
        for name in &forged {
            request.remove(&**name);
        }
        let found = answer.iter().filter(|field| allowed(field.id)).map(|field| canonical(field.name));
        let mut names: Vec<String> = found.filter(|name| matching.is_match(name)).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            request.remove(&*name);
            for value in answer.get_all(&*name) {
                request.append(&*name, value);
            }
        }
    }
}

/// A name as Go writes it: the first letter and each behind a dash are capital.
fn canonical(name: &[u8]) -> String {
    let mut is_first = true;
    let letters = name.iter().map(|byte| {
        let letter = if is_first { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        is_first = *byte == b'-';
        char::from(letter)
    });
    letters.collect()
}

fn with_dashes(name: &[u8]) -> Vec<u8> {
    name.iter().map(|byte| if byte.is_ascii_alphanumeric() { *byte } else { b'-' }).collect()
}
