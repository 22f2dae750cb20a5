//! The words of a part: options without regard to case, with a value after `=` or as the next word.

use std::time::Duration;

use windrose_config::GoDuration;
use windrose_observe::Level;

use super::WordError;

/// An option that a part knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether it is one of yes and no, so that it may stand alone.
    pub(crate) is_switch: bool,
    /// The option of the provider that it is, where it is nothing else.
    pub(crate) passed: Option<&'static str>,
}

impl Known {
    /// One with a value.
    pub(crate) const fn value(name: &'static str) -> Self {
        Self { name, is_switch: false, passed: None }
    }

    /// One of yes and no.
    pub(crate) const fn switch(name: &'static str) -> Self {
        Self { name, is_switch: true, passed: None }
    }

    /// The same as an option of the provider.
    pub(crate) const fn passed(self, option: &'static str) -> Self {
        Self { passed: Some(option), ..self }
    }
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
        // An address that is written counts before the one in a kubeconfig, also in one that a variable names. maesh: the same.
        if read.get("masterURL").is_some() && read.get("kubeConfig").is_none() {
            let named = variables.iter().find(|(name, value)| name == "KUBECONFIG" && !value.is_empty());
            read.values.extend(named.map(|(_, path)| ("kubeConfig", path.clone())));
        }
        Ok(read)
    }

    /// The value of an option; the last one counts.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What is written of options of a provider, as flags.
    pub(crate) fn passed(&self, provider: &str, known: &[Known]) -> Vec<String> {
        let options = known.iter().filter_map(|known| Some((known.passed?, self.get(known.name)?)));
        options.map(|(option, value)| format!("--providers.{provider}.{option}={value}")).collect()
    }

    /// The level of the log, and as the install configuration has it.
    pub(crate) fn level(&self) -> Result<(Level, String), WordError> {
        let written = if self.is_on("debug")? { "debug" } else { self.get("logLevel").unwrap_or("error") };
        let level = match written {
            "warning" => "WARN".to_owned(),
            other => other.to_ascii_uppercase(),
        };
        let unknown =
            |_| WordError::Value("--logLevel".to_owned(), "a level such as info", written.to_owned());
        Ok((level.parse().map_err(unknown)?, level))
    }

    /// How the log is written.
    pub(crate) fn format(&self) -> Result<&str, WordError> {
        match self.get("logFormat").unwrap_or("common") {
            format @ ("common" | "json") => Ok(format),
            other => Err(WordError::Value("--logFormat".to_owned(), "common or json", other.to_owned())),
        }
    }

    /// The log as options of the install configuration.
    pub(crate) fn log(&self) -> Result<[String; 2], WordError> {
        Ok([format!("--log.level={}", self.level()?.1), format!("--log.format={}", self.format()?)])
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

    /// The value of a time; none is the shortest.
    pub(crate) fn time(&self, name: &'static str) -> Result<Duration, WordError> {
        let Some(value) = self.get(name) else { return Ok(Duration::ZERO) };
        let time = value.parse::<GoDuration>().ok().and_then(GoDuration::to_std);
        time.ok_or_else(|| WordError::Value(format!("--{name}"), "a time such as 5s", value.to_owned()))
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

/// How long services' ports take connections after the signal to stop, for those who have not heard of it yet.
pub(crate) const GRACE: &str = "requestAcceptGraceTimeout";
