//! The example in the documentation of every kind is one that works.

use std::sync::Arc;

use windrose_config::dynamic_config::ServersTransport;
use windrose_config::{Located, QualifiedName, Source};
use windrose_http::{Headers, Reply};

use crate::kind::{BuildContext, BuildError, Resolve};
use crate::list::KINDS;
use crate::stage::{Chain, Stage};
use crate::testing::{fields, middleware, request, stage};
use crate::{Callee, Dial};

/// Takes every name for that of the same middleware or service, and every address for that of somebody.
struct Anything;

impl Resolve for Anything {
    fn middleware(&self, _: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError> {
        Ok(Chain::of(stage("addPrefix: {prefix: /a}"), &Arc::from("a@file")))
    }

    fn service(&self, _: &Located<Arc<str>>) -> Result<Callee, BuildError> {
        Ok(Callee::new(Arc::new(())))
    }

    fn endpoint(&self, _: &Located<Arc<str>>, _: &ServersTransport) -> Result<Callee, BuildError> {
        Ok(Callee::new(Arc::new(())))
    }

    fn dial(&self, _: &ServersTransport) -> Result<Arc<dyn Dial>, BuildError> {
        Ok(Arc::new(Self))
    }
}

impl Dial for Anything {
    fn endpoint(&self, _: &str) -> Result<Callee, String> {
        Ok(Callee::new(Arc::new(())))
    }
}

#[test]
fn the_documented_example_of_every_kind_works() {
    for entry in &KINDS {
        let name = entry.name;
        let source = Source::file(name);
        let middleware = middleware(&entry.example(), &source);
        assert_eq!(&**middleware.kind, name);
        let qualified = QualifiedName::new(name, "file");
        let cx = BuildContext::new(&qualified, &Anything);
        let built = (entry.build)(&middleware, &source, &cx);
        assert!(built.is_ok(), "{name}: {built:?}");
        assert_eq!(cx.take_warnings(&source, middleware.options.mark), [], "{name}");
    }
}

/// The names of fields that are in one and not, or otherwise, in the other.
fn changed(before: &[String], after: &Headers) -> Vec<String> {
    let now = fields(after);
    let differing = before
        .iter()
        .filter(|line| !now.contains(line))
        .chain(now.iter().filter(|line| !before.contains(line)));
    differing.map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect()
}

/// Trailers and other spellings are judged by what is remembered, so a kind that changes a head past that would be undone
/// by them.
#[test]
fn whatever_a_kind_changes_in_a_head_is_remembered() {
    let mut seen = Vec::new();
    let extra = [
        (
            "headers",
            "headers: {customRequestHeaders: {X-A: b, X-Gone: ''}, accessControlAllowOriginList: ['*']}",
        ),
        (
            "headers",
            "headers: {customResponseHeaders: {X-A: b, Server: ''}, accessControlAllowCredentials: true}",
        ),
        ("headers", "headers: {frameDeny: true, contentSecurityPolicy: x $NONCE, addVaryHeader: true}"),
    ];
    let documented = KINDS.iter().map(|entry| (entry.name, entry.example()));
    for (name, yaml) in documented.chain(extra.map(|(name, yaml)| (name, yaml.to_owned()))) {
        let source = Source::file(name);
        let qualified = QualifiedName::new(name, "file");
        let built = (KINDS.iter().find(|kind| kind.name == name).expect("a kind").build)(
            &middleware(&yaml, &source),
            &source,
            &BuildContext::new(&qualified, &Anything),
        );
        let Stage::Filter(filter) = built.expect(name) else { continue };
        let mut ex =
            request("GET /api/x\nHost: a.test\nOrigin: https://app.example.com\nX-Debug: 1\nX-Gone: 1");
        let before = fields(&ex.headers);
        let _ = filter.request(&mut ex);
        let mut reply = Reply::empty(200);
        reply.headers.receive("Server", "theirs");
        reply.headers.receive("Vary", "Accept");
        let told = fields(&reply.headers);
        filter.response(&ex, &mut reply);
        for (names, head) in
            [(changed(&before, &ex.headers), &ex.headers), (changed(&told, &reply.headers), &reply.headers)]
        {
            for changed in names {
                assert!(head.is_claimed(&*changed), "{name} changes {changed} past the memory");
                seen.push(changed);
            }
        }
    }
    for name in
        ["X-Debug", "X-Gone", "X-Replaced-Path", "X-Forwarded-Prefix", "Server", "Vary", "X-Frame-Options"]
    {
        assert!(seen.iter().any(|seen| seen == name), "nothing changed {name}: {seen:?}");
    }
}
