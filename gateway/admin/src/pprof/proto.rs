//! Profiles as `go tool pprof` and its kin read them: messages of `profile.proto`, in gzip.
//!
//! The order of fields that repeat says nothing in that format, so each is written as soon as it is known.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::write::GzEncoder;

/// A profile that is being written.
#[derive(Debug)]
pub(crate) struct Profile {
    message: Message,
    texts: HashMap<Box<str>, u64>,
    functions: HashMap<Box<str>, u64>,
    locations: u64,
    mappings: u64,
}

/// Code that was loaded from one file.
#[derive(Debug, Default)]
pub(crate) struct Mapping<'a> {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) offset: u64,
    pub(crate) path: &'a str,
    pub(crate) build: &'a str,
    /// Whether its functions have names; a reader looks for names itself otherwise.
    pub(crate) is_named: bool,
}

/// What a function is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a> {
    /// For people.
    pub(crate) shown: &'a str,
    /// For linkers. Where both are the same, readers take what is in angle brackets away.
    pub(crate) symbol: &'a str,
}

impl<'a> Name<'a> {
    /// Of what is no function.
    pub(crate) const fn plain(name: &'a str) -> Self {
        Self { shown: name, symbol: name }
    }
}

/// A number that a profile has of each sample: what it is, and its unit.
pub(crate) type Kind = (&'static str, &'static str);

impl Profile {
    /// A profile with these numbers for each sample.
    pub(crate) fn new(kinds: &[Kind]) -> Self {
        let mut profile = Self {
            message: Message::default(),
            texts: HashMap::new(),
            functions: HashMap::new(),
            locations: 0,
            mappings: 0,
        };
        // The first text is the empty one.
        profile.text("");
        for kind in kinds {
            let kind = profile.kind(*kind);
            profile.message.message(SAMPLE_TYPE, &kind);
        }
        profile
    }

    /// What a reader shows unless it is asked for something else.
    pub(crate) fn shows(&mut self, (name, _): Kind) {
        let name = self.text(name);
        self.message.number(SHOWN, name);
    }

    /// One sample is worth so much of this.
    pub(crate) fn period(&mut self, kind: Kind, value: u64) {
        let kind = self.kind(kind);
        self.message.message(PERIOD_TYPE, &kind);
        self.message.number(PERIOD, value);
    }

    /// When it was taken, and how long that took.
    pub(crate) fn taken(&mut self, begun: SystemTime, lasted: Duration) {
        let since = begun.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.message.number(TIME, nanos(since));
        self.message.number(DURATION, nanos(lasted));
    }

    /// What a reader should know.
    pub(crate) fn comment(&mut self, text: &str) {
        let text = self.text(text);
        self.message.number(COMMENT, text);
    }

    /// Adds a file; gives its number.
    pub(crate) fn mapping(&mut self, of: &Mapping<'_>) -> u64 {
        self.mappings += 1;
        let mut mapping = Message::default();
        for (field, value) in [
            (1, self.mappings),
            (2, of.start),
            (3, of.end),
            (4, of.offset),
            (5, self.text(of.path)),
            (6, self.text(of.build)),
            (7, u64::from(of.is_named)),
        ] {
            mapping.number(field, value);
        }
        self.message.message(MAPPING, &mapping);
        self.mappings
    }

    /// Adds a place in the code, in the file of this number where there is one; gives its number.
    pub(crate) fn location(&mut self, mapping: u64, address: u64, name: Option<Name<'_>>) -> u64 {
        self.locations += 1;
        let mut location = Message::default();
        location.number(1, self.locations);
        location.number(2, mapping);
        location.number(3, address);
        if let Some(name) = name {
            let mut line = Message::default();
            line.number(1, self.function(name));
            location.message(4, &line);
        }
        self.message.message(LOCATION, &location);
        self.locations
    }

    /// Adds a sample: its places, the innermost first, its numbers, and what else is known of it.
    pub(crate) fn sample(&mut self, places: &[u64], values: &[u64], labels: &[(&str, &str)]) {
        let mut sample = Message::default();
        sample.numbers(1, places);
        sample.numbers(2, values);
        for (key, value) in labels {
            let mut label = Message::default();
            label.number(1, self.text(key));
            label.number(2, self.text(value));
            sample.message(3, &label);
        }
        self.message.message(SAMPLE, &sample);
    }

    /// The whole, packed.
    pub(crate) fn finish(mut self) -> io::Result<Vec<u8>> {
        let mut texts: Vec<(Box<str>, u64)> = self.texts.drain().collect();
        texts.sort_unstable_by_key(|(_, number)| *number);
        for (text, _) in texts {
            self.message.bytes(TEXT, text.as_bytes());
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(self.message.0.len() / 3), Compression::fast());
        encoder.write_all(&self.message.0)?;
        encoder.finish()
    }

    fn kind(&mut self, (name, unit): Kind) -> Message {
        let mut kind = Message::default();
        kind.number(1, self.text(name));
        kind.number(2, self.text(unit));
        kind
    }

    fn function(&mut self, name: Name<'_>) -> u64 {
        if let Some(number) = self.functions.get(name.symbol) {
            return *number;
        }
        let number = self.functions.len() as u64 + 1;
        let mut function = Message::default();
        function.number(1, number);
        function.number(2, self.text(name.shown));
        function.number(3, self.text(name.symbol));
        self.message.message(FUNCTION, &function);
        self.functions.insert(name.symbol.into(), number);
        number
    }

    fn text(&mut self, text: &str) -> u64 {
        if let Some(number) = self.texts.get(text) {
            return *number;
        }
        let number = self.texts.len() as u64;
        self.texts.insert(text.into(), number);
        number
    }
}

/// A message in the writing of protocol buffers.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    /// A number; 0 is what a field has that is not there.
    fn number(&mut self, field: u64, value: u64) {
        if value != 0 {
            self.varint(field << 3);
            self.varint(value);
        }
    }

    fn numbers(&mut self, field: u64, values: &[u64]) {
        let mut packed = Self::default();
        values.iter().for_each(|value| packed.varint(*value));
        self.bytes(field, &packed.0);
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}

pub(crate) fn nanos(of: Duration) -> u64 {
    u64::try_from(of.as_nanos()).unwrap_or(u64::MAX)
}

// Fields of `Profile`.
const SAMPLE_TYPE: u64 = 1;
const SAMPLE: u64 = 2;
const MAPPING: u64 = 3;
const LOCATION: u64 = 4;
const FUNCTION: u64 = 5;
const TEXT: u64 = 6;
const TIME: u64 = 9;
const DURATION: u64 = 10;
const PERIOD_TYPE: u64 = 11;
const PERIOD: u64 = 12;
const COMMENT: u64 = 13;
const SHOWN: u64 = 14;
