//! `acme-http@internal`: answers authorities that look for a token (RFC 8555 §8.3).

use std::collections::HashMap;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use windrose_http::{Exchange, Reply};
use windrose_upstream::service::Internal;

/// The tokens that authorities may ask for now, with what they are to be shown.
#[derive(Debug, Default)]
pub struct Tokens(ArcSwap<HashMap<Box<str>, Box<str>>>);

impl Tokens {
    /// Answers for a token from now on.
    pub fn show(&self, token: &str, authorization: &str) {
        self.0.rcu(|tokens| {
            let mut tokens = HashMap::clone(tokens);
            tokens.insert(token.into(), authorization.into());
            tokens
        });
    }

    /// Answers no more for a token.
    pub fn hide(&self, token: &str) {
        self.0.rcu(|tokens| {
            let mut tokens = HashMap::clone(tokens);
            tokens.remove(token);
            tokens
        });
    }

    fn find(&self, token: &str) -> Option<Box<str>> {
        self.0.load().get(token).cloned()
    }
}

/// The service.
#[derive(Debug)]
pub struct AcmeHttp(Arc<Tokens>);

impl AcmeHttp {
    /// Answers with these.
    #[must_use]
    pub const fn new(tokens: Arc<Tokens>) -> Self {
        Self(tokens)
    }

    fn reply(&self, path: &str) -> Reply {
        let token = path.strip_prefix(PREFIX).filter(|token| !token.is_empty());
        match token.and_then(|token| self.0.find(token)) {
            Some(authorization) => Reply::with_body(200, authorization.into_string()),
            None => Reply::error(404, "404 page not found\n"),
        }
    }
}

impl Internal for AcmeHttp {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(ready(self.reply(ex.target.path())))
    }
}

const PREFIX: &str = "/.well-known/acme-challenge/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_answered_while_it_is_shown() {
        let tokens = Arc::new(Tokens::default());
        let service = AcmeHttp::new(Arc::clone(&tokens));
        let status = |path: &str| service.reply(path).status;
        tokens.show("abc", "abc.thumb");
        assert_eq!(status("/.well-known/acme-challenge/abc"), 200);
        for other in ["/.well-known/acme-challenge/", "/.well-known/acme-challenge/ab", "/abc"] {
            assert_eq!(status(other), 404, "{other}");
        }
        tokens.hide("abc");
        assert_eq!(status("/.well-known/acme-challenge/abc"), 404);
    }
}
