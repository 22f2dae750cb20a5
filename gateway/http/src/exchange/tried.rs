//! The servers that a request was sent to, so that it is sent to another one when it is sent again.

/// Servers that were asked; nothing is noted unless somebody may send the request again.
#[derive(Debug, Default)]
#[expect(clippy::box_collection, reason = "every connection has room for it, and few requests need it")]
pub struct Tried(Option<Box<Vec<usize>>>);

impl Tried {
    /// From now on servers are noted. Says whether that is new: whoever began ends it.
    pub fn begin(&mut self) -> bool {
        let is_new = self.0.is_none();
        self.0.get_or_insert_default();
        is_new
    }

    /// Nobody sends the request again any more.
    pub fn end(&mut self) {
        self.0 = None;
    }

    /// A server is asked; a number stands for it, the same each time.
    pub fn note(&mut self, server: usize) {
        if let Some(tried) = &mut self.0
            && !tried.contains(&server)
        {
            tried.push(server);
        }
    }

    /// Whether no server was asked before, as far as anybody has to know.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|tried| tried.is_empty())
    }

    /// Whether this server was asked.
    #[must_use]
    pub fn holds(&self, server: usize) -> bool {
        self.0.as_ref().is_some_and(|tried| tried.contains(&server))
    }
}
