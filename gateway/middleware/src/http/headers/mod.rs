//! `headers`: changes fields, answers questions about other origins, and tells browsers to be careful.
//!
//! ```yaml
//! headers:
//!   customRequestHeaders:
//!     X-Team: blue
//!     X-Debug: ""                # removed
//!   customResponseHeaders:
//!     Server: ""                 # removed
//!   accessControlAllowOriginList:
//!     - https://app.example.com
//!   accessControlAllowMethods: [GET, PUT]
//!   accessControlMaxAge: 600
//!   addVaryHeader: true
//!   frameDeny: true
//!   stsSeconds: 31536000
//!   stsIncludeSubdomains: true
//!   contentSecurityPolicy: script-src $NONCE
//! ```
//!
//! A preflight is answered here, whether its origin is allowed or not, when any `accessControl…` option or
//! `addVaryHeader` is set. On the way back security fields come first, then `customResponseHeaders`, then the fields
//! about origins; each replaces what was there. `sslRedirect`, `sslTemporaryRedirect`, `sslHost`, `sslForceHost` and
//! `featurePolicy` are accepted, have no effect and are warned about.

use windrose_config::Mark;
use windrose_http::{Exchange, Reply};

use crate::kind::{BuildContext, BuildError, Kind};
use crate::stage::{Filter, Flow, Stage};

mod cors;
pub(super) mod edit;
mod nonce;
pub(super) mod options;
mod security;
#[cfg(test)]
mod tests;

use cors::Cors;
use edit::{Edit, RequestEdits};
use security::Security;

pub use options::Options;

/// Changes fields, answers questions about other origins, and tells browsers to be careful.
#[derive(Debug)]
pub struct Headers {
    request: RequestEdits,
    response: Box<[Edit]>,
    cors: Option<Cors>,
    security: Security,
}

impl Kind for Headers {
    const NAME: &'static str = "headers";
    const SPAN: Option<&'static str> = Some("Headers");
    type Options = Options;

    fn build(options: Options, cx: &BuildContext<'_>) -> Result<Stage, BuildError> {
        if options == Options::default() {
            return Err(BuildError::new("nothing to do, set at least one option"));
        }
        warn_of_effectless(&options, cx);
        Ok(Stage::filter(Self {
            request: RequestEdits::new(&options.custom_request_headers, cx)?,
            response: edit::response_edits(&options.custom_response_headers, cx)?,
            cors: Cors::new(&options)?,
            security: Security::new(&options)?,
        }))
    }
}

impl Filter for Headers {
    fn request(&self, ex: &mut Exchange) -> Flow {
        if let Some(cors) = &self.cors
            && cors::is_preflight(ex)
        {
            return Flow::reply(cors.preflight(ex));
        }
        self.request.apply(ex);
        if self.security.admits(ex) {
            return Flow::Continue;
        }
        let mut reply = Reply::error(500, "Bad Host\n");
        self.finish(ex, &mut reply);
        Flow::reply(reply)
    }

    fn response(&self, ex: &Exchange, reply: &mut Reply) {
        self.security.apply(ex, reply);
        self.finish(ex, reply);
    }
}

impl Headers {
    /// What is done to answers from outside the security part.
    fn finish(&self, ex: &Exchange, reply: &mut Reply) {
        self.response.iter().for_each(|edit| edit.apply(&mut reply.headers));
        if let Some(cors) = &self.cors {
            cors.apply(ex, reply);
        }
    }
}

fn warn_of_effectless(options: &Options, cx: &BuildContext<'_>) {
    let warn = |name: &str, instead: &str, mark: Mark| {
        let message = format!("{name} has no effect, use {instead}");
        cx.warn(BuildError { message, mark: Some(mark), length: 0 });
    };
    let flags = [
        ("sslRedirect", "a redirectScheme middleware", options.ssl_redirect),
        ("sslTemporaryRedirect", "a redirectScheme middleware", options.ssl_temporary_redirect),
        ("sslForceHost", "a redirectRegex middleware", options.ssl_force_host),
    ];
    for (name, instead, flag) in flags {
        if flag.value {
            warn(name, instead, flag.mark);
        }
    }
    let texts = [
        ("sslHost", "a redirectRegex middleware", &options.ssl_host),
        ("featurePolicy", "permissionsPolicy", &options.feature_policy),
    ];
    for (name, instead, text) in texts {
        if !text.is_empty() {
            warn(name, instead, text.mark);
        }
    }
}
