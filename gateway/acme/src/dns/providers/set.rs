//! Providers for which all texts of a name are one set, which is read and written as a whole.

use tokio::sync::Mutex;

use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

/// What such a provider can do.
pub(super) trait Set: Send + Sync {
    /// What was there, as the provider says it.
    type Before: Send;

    /// The texts of a name.
    fn read<'a>(&'a self, record: &'a Record) -> Doing<'a, (Vec<String>, Self::Before)>;

    /// Puts these in their place; none is no set.
    fn write<'a>(&'a self, record: &'a Record, texts: Vec<String>, before: Self::Before) -> Doing<'a, ()>;

    /// How long a record takes to be seen, and how often to look.
    fn timing(&self) -> Timing;
}

/// Such a provider, asked by one after the other, so that nobody writes over what another has added.
pub(super) struct OneSet<S> {
    api: S,
    turn: Mutex<()>,
}

impl<S: Set> OneSet<S> {
    pub(super) fn new(api: S) -> Self {
        Self { api, turn: Mutex::new(()) }
    }

    async fn change(&self, record: &Record, change: impl FnOnce(&mut Vec<String>)) -> Result<(), DnsError> {
        let _turn = self.turn.lock().await;
        let (mut texts, before) = self.api.read(record).await?;
        change(&mut texts);
        self.api.write(record, texts, before).await
    }
}

impl<S: Set> Dns for OneSet<S> {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move {
            self.change(record, |texts| texts.push(record.value.clone())).await?;
            Ok(Placed::default())
        })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        Box::pin(self.change(record, |texts| texts.retain(|text| *text != record.value)))
    }

    fn timing(&self) -> Timing {
        self.api.timing()
    }
}

/// A text without the quotes in which zones write it.
pub(super) fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

/// A text in quotes, as zones write it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
