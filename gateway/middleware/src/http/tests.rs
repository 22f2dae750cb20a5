//! The example in the documentation of every kind is one that works.

use std::sync::Arc;

use windrose_config::dynamic_config::{Middleware, ServersTransport};
use windrose_config::{Located, QualifiedName, Source, Tree, source};
use windrose_http::{Headers, Reply};

use crate::kind::{BuildContext, BuildError, Resolve};
use crate::list::{KINDS, find};
use crate::stage::{Chain, Label, Stage};
use crate::testing::{fields, middleware, request, stage};
use crate::{Callee, Dial};

/// Takes every name for that of the same middleware or service, and every address for that of somebody.
struct Anything;

impl Resolve for Anything {
    fn middleware(&self, _: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError> {
        let label = Label { name: Arc::from("a@file"), kind: "addPrefix" };
        Ok(Chain::of(stage("addPrefix: {prefix: /a}"), label))
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

/// The options of a middleware as the API shows them.
fn shown(written: &Tree, source: &Arc<Source>) -> serde_json::Value {
    let [entry] = written.entries() else { panic!("not one kind") };
    let middleware = Middleware { kind: entry.key.clone().into(), options: entry.value.clone() };
    let kind = find(&entry.key).expect("a kind");
    (kind.check)(&middleware, source).unwrap_or_else(|problems| panic!("{}: {problems:?}", entry.key))
}

#[test]
fn who_asks_who_somebody_is_can_be_written_in_every_form() {
    let hash = format!("shop:{{SHA256}}{}", "0".repeat(64));
    let cases = [
        (
            format!("apiKey: {{keySource: {{header: X-Key}}, keys: ['{hash}'], headerField: X-User, forwardKey: true}}"),
            format!("[apiKey]\nkeys = ['{hash}']\nheaderField = 'X-User'\nforwardKey = true\n[apiKey.keySource]\nheader = 'X-Key'"),
            vec![
                ("apikey.keysource.header", "X-Key"),
                ("apikey.keys", &*hash),
                ("apikey.headerfield", "X-User"),
                ("apikey.forwardkey", "true"),
            ],
        ),
        (
            "jwt: {jwksUrl: 'https://a.test/k', audience: [a, b], leeway: 1m, claims: 'Equals(`a`, `b`)', forwardHeaders: {X-User: sub}, clientConfig: {timeoutSeconds: 3}}".to_owned(),
            "[jwt]\njwksUrl = 'https://a.test/k'\naudience = ['a', 'b']\nleeway = '1m'\nclaims = 'Equals(`a`, `b`)'\n[jwt.forwardHeaders]\nX-User = 'sub'\n[jwt.clientConfig]\ntimeoutSeconds = 3".to_owned(),
            vec![
                ("jwt.jwksurl", "https://a.test/k"),
                ("jwt.audience", "a,b"),
                ("jwt.leeway", "1m"),
                ("jwt.claims", "Equals(`a`, `b`)"),
                ("jwt.forwardheaders.X-User", "sub"),
                ("jwt.clientconfig.timeoutseconds", "3"),
            ],
        ),
        (
            "csrf: {trustedOrigins: ['https://a.test', 'https://b.test'], allowMissingOrigin: true, token: {secrets: [x], secure: false}}".to_owned(),
            "[csrf]\ntrustedOrigins = ['https://a.test', 'https://b.test']\nallowMissingOrigin = true\n[csrf.token]\nsecrets = ['x']\nsecure = false".to_owned(),
            vec![
                ("csrf.trustedorigins", "https://a.test,https://b.test"),
                ("csrf.allowmissingorigin", "true"),
                ("csrf.token.secrets", "x"),
                ("csrf.token.secure", "false"),
            ],
        ),
        (
            "oidc: {issuer: 'https://a.test', clientID: c, clientSecret: s, scopes: [openid, email], authParams: {prompt: login}, session: {secrets: [x, y], sameSite: strict, expiry: 60}}".to_owned(),
            "[oidc]\nissuer = 'https://a.test'\nclientID = 'c'\nclientSecret = 's'\nscopes = ['openid', 'email']\n[oidc.authParams]\nprompt = 'login'\n[oidc.session]\nsecrets = ['x', 'y']\nsameSite = 'strict'\nexpiry = 60".to_owned(),
            vec![
                ("oidc.issuer", "https://a.test"),
                ("oidc.clientid", "c"),
                ("oidc.clientsecret", "s"),
                ("oidc.scopes", "openid,email"),
                ("oidc.authparams.prompt", "login"),
                ("oidc.session.secrets", "x,y"),
                ("oidc.session.samesite", "strict"),
                ("oidc.session.expiry", "60"),
            ],
        ),
    ];
    for (yaml, toml, labels) in cases {
        let source = Source::file("t");
        let expected = shown(&source::yaml::parse(&yaml, &source).expect("YAML"), &source);
        assert_eq!(shown(&source::toml::parse(&toml, &source).expect("TOML"), &source), expected);
        let names: Vec<String> =
            labels.iter().map(|(name, _)| format!("traefik.http.middlewares.m.{name}")).collect();
        let labels = names.iter().zip(&labels).map(|(name, (_, value))| (&**name, *value));
        let read = source::labels::parse("c", labels, &["traefik.http"]);
        let mut tree = &read.tree;
        for part in ["http", "middlewares", "m"] {
            let found = tree.entries().iter().find(|entry| &*entry.key == part);
            tree = &found.unwrap_or_else(|| panic!("no {part}")).value;
        }
        assert_eq!(shown(tree, &read.source), expected);
        let text = expected.to_string();
        assert!(!text.contains("\"x\"") && !text.contains("\"s\"") && !text.contains("SHA256"), "{text}");
    }
}
