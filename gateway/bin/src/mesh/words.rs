//! The words of a part: options without regard to case, with a value after `=` or as the next word.

use super::WordError;

/// An option that a part knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether it is one of yes and no, so that it may stand alone.
    pub(crate) is_switch: bool,
}

/// What was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    values: Vec<(&'static str, String)>,
    /// Options of the install configuration.
    pub(crate) further: Vec<String>,
}

impl Words {
    /// Reads words; where none of ours is written, variables count in their place. maesh: the same.
    pub(crate) fn read(
        words: &[String],
        variables: &[(String, String)],
        known: &'static [Known],
    ) -> Result<Self, WordError> {
        let mut read = Self::default();
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let bare = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
            let Some(bare) = bare.filter(|bare| !bare.is_empty()) else {
                return Err(WordError::Unknown(word.clone()));
            };
            let (name, value) = match bare.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (bare, None),
            };
            let Some(option) = known.iter().find(|option| option.name.eq_ignore_ascii_case(name)) else {
                if !name.contains('.') {
                    return Err(WordError::Unknown(format!("--{name}")));
                }
                read.further.push(word.clone());
                if value.is_none() {
                    read.further.extend(words.next_if(|next| !next.starts_with('-')).cloned());
                }
                continue;
            };
            let value = match value {
                Some(value) => value,
                None if option.is_switch => "true".to_owned(),
                None => {
                    let next = words.next_if(|next| !next.starts_with("--"));
                    next.cloned().ok_or_else(|| WordError::NoValue(format!("--{}", option.name)))?
                }
            };
            read.values.push((option.name, value));
        }
        if read.values.is_empty() {
            read.values = from_variables(variables, known)?;
        }
        Ok(read)
    }

    /// The value of an option; the last one counts.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value of one of yes and no.
    pub(crate) fn is_on(&self, name: &'static str) -> Result<bool, WordError> {
        match self.get(name) {
            None => Ok(false),
            Some(value) if ["true", "1", "t"].iter().any(|yes| yes.eq_ignore_ascii_case(value)) => Ok(true),
            Some(value) if ["false", "0", "f"].iter().any(|no| no.eq_ignore_ascii_case(value)) => Ok(false),
            Some(value) => Err(WordError::Value(format!("--{name}"), "true or false", value.to_owned())),
        }
    }

    /// The value of a number.
    pub(crate) fn number(&self, name: &'static str, otherwise: u16) -> Result<u16, WordError> {
        let Some(value) = self.get(name) else { return Ok(otherwise) };
        value.parse().map_err(|_| WordError::Value(format!("--{name}"), "a number", value.to_owned()))
    }
}

/// What variables say. Those of the two names the mesh has had are not mixed.
fn from_variables(
    variables: &[(String, String)],
    known: &'static [Known],
) -> Result<Vec<(&'static str, String)>, WordError> {
    let of = |prefix: &str| -> Vec<(&'static str, String)> {
        let named = variables.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value)));
        let option = |name: &str| known.iter().find(|option| option.name.eq_ignore_ascii_case(name));
        named.filter_map(|(name, value)| Some((option(name)?.name, value.clone()))).collect()
    };
    let (new, old) = (of("TRAEFIK_MESH_"), of("MAESH_"));
    if !new.is_empty() && !old.is_empty() {
        return Err(WordError::Mixed);
    }
    Ok(if new.is_empty() { old } else { new })
}
