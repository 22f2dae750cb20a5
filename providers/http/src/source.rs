//! The URL as a source.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use windrose_config::redact::urls;
use windrose_config::refuse::DYNAMIC;
use windrose_config::source::{Format, parse};
use windrose_config::tree::Entry;
use windrose_config::{DynamicConfig, Problem, Source as Place, Tree};
use windrose_courier::{Https, Limits, Request};
use windrose_providers_core::{BoxFuture, Failed, Found, Source};
use windrose_tls::ClientTlsOptions;

use crate::Options;

/// Why an answer is no routing file.
#[derive(Debug, Error)]
pub(crate) enum AnswerError {
    /// Anything but 200.
    #[error("{url} answers {status}, and only 200 comes with a routing file: {text}")]
    Status { url: String, status: u16, text: String },
    /// No text.
    #[error("the answer of {0} is not UTF-8 text, byte {1} is wrong")]
    Text(String, usize),
    /// No document.
    #[error("{0}")]
    Document(Box<Problem>),
    /// Nothing, which may be what is left of something.
    #[error(
        "the answer of {0} says nothing, which changes nothing; write {{}} where nothing is to be routed any more"
    )]
    Nothing(String),
    /// An object or a section without anything behind its name, which may be where an answer was cut.
    #[error("{0}; an answer that ends there may have been cut, so that it changes nothing")]
    Bare(Box<Problem>),
}

struct Url {
    https: Https,
    request: Request,
    /// The URL without its password.
    shown: String,
    interval: Duration,
    /// The answer before.
    last: Option<Vec<u8>>,
}

/// Makes ready to ask; the first look is the first question.
pub(crate) fn reach(options: Options) -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> {
    Box::pin(async move {
        let limits = Limits { whole: options.timeout, head: options.timeout };
        let read = |path: &str| windrose_sys::read_file(Path::new(path), LARGEST_FILE);
        let https = Https::new(&ClientTlsOptions::from(&options.tls), &read, limits)?;
        let mut request = Request::get(&*options.endpoint);
        for (name, value) in &options.headers {
            request = request.with(&**name, value.expose());
        }
        let shown = urls(&options.endpoint).into_owned();
        let https = https.at_most(options.largest);
        let url = Url { https, request, shown, interval: options.interval, last: None };
        Ok(Box::new(url) as Box<dyn Source>)
    })
}

impl Source for Url {
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>> {
        Box::pin(async move {
            let answer = self.https.send(&self.request).await?;
            if answer.status != 200 {
                let (url, status, text) = (self.shown.clone(), answer.status, answer.text());
                return Err(AnswerError::Status { url, status, text }.into());
            }
            if self.last.as_ref() == Some(&answer.body) {
                return Ok(None);
            }
            let config = read(&self.shown, &answer.body)?;
            self.last = Some(answer.body);
            Ok(Some(Found { config, count: 1 }))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>> {
        Box::pin(async move {
            tokio::time::sleep(self.interval).await;
            Ok(())
        })
    }
}

/// What an answer declares.
pub(crate) fn read(url: &str, bytes: &[u8]) -> Result<DynamicConfig, AnswerError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| AnswerError::Text(url.to_owned(), error.valid_up_to()))?;
    let place = Place::other(&format!("the answer of {url}"));
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = document(text, &place);
    let document = document.map_err(|problem| AnswerError::Document(Box::new(problem)))?;
    if document.is_null() {
        return Err(AnswerError::Nothing(url.to_owned()));
    }
    if let Some(problem) = last_is_bare(text, &document, &place) {
        return Err(AnswerError::Bare(Box::new(problem)));
    }
    Ok(DynamicConfig::decode(document, &place, DYNAMIC))
}

/// What is wrong where the last section or object of a document has nothing behind its name: `http:`, and then the end.
/// JSON has an end of its own.
fn last_is_bare(text: &str, document: &Tree, place: &Arc<Place>) -> Option<Problem> {
    if text.trim_start().starts_with('{') {
        return None;
    }
    let mut tree = document;
    for depth in 0..OBJECTS {
        let Entry { key, mark, value } = tree.entries().last()?;
        if value.is_null() {
            let message = format!("`{key}` has nothing behind it, write {{}} or remove it");
            return Some(Problem::error(message).at(place, *mark));
        }
        // Options and stores of TLS may be empty.
        if depth + 2 == OBJECTS && document.entries().last()?.key.eq_ignore_ascii_case("tls") {
            return None;
        }
        tree = value;
    }
    None
}

/// JSON is YAML, but what is meant as JSON is told of as JSON.
fn document(text: &str, place: &Arc<Place>) -> Result<Tree, Problem> {
    if !text.trim_start().starts_with('{') {
        return parse(Format::Yaml, text, place);
    }
    parse(Format::Json, text, place).or_else(|problem| parse(Format::Yaml, text, place).map_err(|_| problem))
}

/// `http`, `routers`, and the name of one.
const OBJECTS: usize = 3;
/// How many bytes of a certificate, a key or a list of authorities are read.
const LARGEST_FILE: u64 = 16 << 20;
