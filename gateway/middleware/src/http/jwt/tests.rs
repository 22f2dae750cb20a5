use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use windrose_config::dynamic_config::ServersTransport;
use windrose_config::{Located, Source};
use windrose_http::{Exchange, Failure, Reply};

use super::*;
use crate::chain::{Aside, Asks, run};
use crate::kind::Resolve;
use crate::list;
use crate::stage::Chain;
use crate::testing::{build, build_with, fields, problems, request, stage};
use crate::{Callee, Dial, Service};

fn tokens() -> Value {
    serde_json::from_str(include_str!("../../jose/tokens/tokens.json")).unwrap()
}

fn token(section: &str, name: &str) -> String {
    tokens()[section][name].as_str().unwrap().to_owned()
}

/// A server, and somebody who has keys.
#[derive(Clone)]
struct World(Rc<Inside>);

struct Inside {
    seen: RefCell<Vec<String>>,
    asked: Cell<usize>,
    keys: RefCell<Result<String, Failure>>,
    slow: Cell<Duration>,
}

impl World {
    fn new() -> Self {
        let keys = RefCell::new(Ok(tokens()["jwks"].to_string()));
        Self(Rc::new(Inside {
            seen: RefCell::default(),
            asked: Cell::default(),
            keys,
            slow: Cell::default(),
        }))
    }

    async fn send(&self, stage: &Stage, head: &str) -> Reply {
        run(std::slice::from_ref(stage), &mut request(head), self).await
    }

    async fn status(&self, stage: &Stage, token: &str) -> u16 {
        self.send(stage, &format!("GET /\nAuthorization: Bearer {token}")).await.status
    }
}

impl Service for World {
    async fn call(&self, ex: &mut Exchange) -> Reply {
        let mut lines = vec![ex.target.as_str().to_owned()];
        lines.extend(fields(&ex.headers));
        self.0.seen.borrow_mut().push(lines.join("|"));
        Reply::empty(200)
    }

    #[allow(clippy::disallowed_methods, reason = "a test has no other tasks")]
    fn aside(&self, task: Aside) {
        tokio::task::spawn_local(task(Rc::new(self.clone())));
    }
}

impl Asks for World {
    fn ask<'a>(&'a self, _: &'a Callee, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply> {
        Box::pin(async move {
            assert_eq!(ex.target.as_str(), "/keys");
            self.0.asked.set(self.0.asked.get() + 1);
            tokio::time::sleep(self.0.slow.get()).await;
            match &*self.0.keys.borrow() {
                Ok(keys) => Reply::with_body(200, keys.clone()),
                Err(failure) => failure.reply(),
            }
        })
    }
}

struct Dialing;

impl Dial for Dialing {
    fn endpoint(&self, url: &str) -> Result<Callee, String> {
        Ok(Callee::new(Arc::new(url.to_owned())))
    }
}

impl Resolve for Dialing {
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError> {
        Err(BuildError::at(reference, "there is none"))
    }

    fn dial(&self, _: &ServersTransport) -> Result<Arc<dyn Dial>, BuildError> {
        Ok(Arc::new(Self))
    }
}

fn by_url(more: &str) -> Stage {
    build_with(&format!("jwt: {{jwksUrl: 'https://id.test/keys'{more}}}"), &Dialing).result.expect("right")
}

fn by_keys(more: &str) -> Stage {
    stage(&format!("jwt: {{jwksFile: '{}'{more}}}", tokens()["jwks"]))
}

async fn locally<T>(test: impl Future<Output = T>) -> T {
    tokio::task::LocalSet::new().run_until(test).await
}

#[tokio::test]
async fn whoever_shows_a_token_passes_and_its_claims_go_to_the_server() {
    let world = World::new();
    let stage = by_keys(
        ", issuer: 'https://id.test', audience: [shop], claims: 'Contains(`groups`, `staff`)', \
         forwardHeaders: {X-User: sub, X-Groups: groups, X-None: none}",
    );
    let es256 = token("tokens", "ES256");
    let forged = "X-User: root\nX_User: root\nX-None: root\nX-Other: 1";
    // The second time it is remembered.
    for _ in 0..2 {
        let reply = world.send(&stage, &format!("GET /p\nauthorization: bearer {es256}\n{forged}")).await;
        assert_eq!(reply.status, 200);
        let seen = world.0.seen.borrow_mut().pop().unwrap();
        assert_eq!(seen, "/p|X-Other: 1|X-User: alice|X-Groups: staff,a%2Cadmin,50%25");
    }
}

#[tokio::test]
async fn who_is_refused_is_told_why_in_the_words_of_the_standard() {
    let world = World::new();
    let stage = by_keys(", issuer: 'https://id.test', audience: [shop], claims: 'Equals(`sub`, `alice`)'");
    let enough = by_keys(", claims: 'Equals(`sub`, `bob`)'");
    let es256 = token("tokens", "ES256");
    let invalid = Some("Bearer error=\"invalid_token\"");
    let cases = [
        (&stage, "X: 1".to_owned(), 401, Some("Bearer")),
        (&stage, "Authorization: Basic YTpi".to_owned(), 401, Some("Bearer")),
        (&stage, "Authorization: Bearer".to_owned(), 401, Some("Bearer")),
        (&stage, "Authorization: Bearer x.y.z".to_owned(), 401, invalid),
        (&stage, format!("Authorization: Bearer {es256}\nAuthorization: Bearer {es256}"), 401, invalid),
        (&stage, format!("Authorization: Bearer {es256}\nAuthorization: Basic YTpi"), 401, invalid),
        (&stage, format!("Authorization: Bearer {es256}, Bearer {es256}"), 401, invalid),
        (&enough, format!("Authorization: Bearer {es256}"), 403, Some("Bearer error=\"insufficient_scope\"")),
    ];
    for (stage, head, status, challenge) in cases {
        let reply = world.send(stage, &format!("GET /\n{head}")).await;
        assert_eq!((reply.status, reply.headers.get_str("WWW-Authenticate")), (status, challenge), "{head}");
    }
    for (name, attack) in tokens()["attacks"].as_object().unwrap() {
        let attack = attack.as_str().unwrap();
        if attack.contains('\n') || attack.starts_with(' ') {
            // Neither can be in a field.
            continue;
        }
        assert_eq!(world.status(&stage, attack).await, 401, "{name}");
        assert_eq!(world.status(&stage, attack).await, 401, "{name}, again");
    }
    assert!(world.0.seen.borrow().is_empty());
}

#[tokio::test]
async fn claims_with_control_characters_let_nobody_pass() {
    let world = World::new();
    let yaml = format!(
        "jwt: {{signingSecret: '{}', forwardHeaders: {{X-User: sub}}}}",
        tokens()["secret"].as_str().unwrap()
    );
    let stage = stage(&yaml);
    for (name, token) in tokens()["controls"].as_object().unwrap() {
        assert_eq!(world.status(&stage, token.as_str().unwrap()).await, 401, "{name}");
    }
    assert_eq!(world.status(&stage, &token("unnamed", "HS256")).await, 200);
}

#[tokio::test]
async fn a_token_is_taken_from_where_it_may_be_and_reaches_the_server_only_if_wanted() {
    let world = World::new();
    let es256 = token("tokens", "ES256");
    let keys =
        |more: &str| by_keys(&format!(", tokenSource: {{header: X-Token, cookie: t, query: q}}{more}"));
    let cases = [
        (keys(""), format!("GET /a?b=1\nX-Token: {es256}"), "/a?b=1"),
        (keys(""), format!("GET /a\nCookie: t={es256}; u=1"), "/a|Cookie: u=1"),
        (keys(""), format!("GET /a?q={es256}&b"), "/a?b"),
        (by_keys(", tokenKey: access_token"), format!("GET /a?access_token={es256}"), "/a"),
        (by_keys(", tokenKey: t"), format!("GET /a?t=x\nAuthorization: Bearer {es256}"), "/a"),
    ];
    for (stage, head, seen) in cases {
        assert_eq!(world.send(&stage, &head).await.status, 200, "{head}");
        assert_eq!(world.0.seen.borrow_mut().pop().as_deref(), Some(seen), "{head}");
    }
    let stage = by_keys(", forwardAuthorization: true");
    assert_eq!(world.status(&stage, &es256).await, 200);
    assert!(world.0.seen.borrow_mut().pop().unwrap().contains(&es256));
    assert_eq!(world.send(&keys(""), &format!("GET /\nAuthorization: Bearer {es256}")).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_once_and_again_beside_requests() {
    locally(async {
        let (world, stage, es256) = (World::new(), by_url(""), token("tokens", "ES256"));
        world.0.slow.set(Duration::from_secs(1));
        let all = [world.status(&stage, &es256), world.status(&stage, &es256), world.status(&stage, &es256)];
        let [first, second, third] = all;
        assert_eq!(tokio::join!(first, second, third), (200, 200, 200));
        assert_eq!(world.0.asked.get(), 1);
        tokio::time::advance(Duration::from_secs(15 * 60)).await;
        *world.0.keys.borrow_mut() = Err(Failure::Connect);
        // Nobody waits for new ones, and those there are stay in use while none are to be had.
        let begun = tokio::time::Instant::now();
        assert_eq!(world.status(&stage, &es256).await, 200);
        assert_eq!(begun.elapsed(), Duration::ZERO);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let before = world.0.asked.get();
        assert!(before >= 5, "{before}: retried");
        assert_eq!(world.status(&stage, &token("tokens", "RS256")).await, 200);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_keys_nobody_passes_and_the_provider_is_not_pressed() {
    locally(async {
        let (world, stage, es256) =
            (World::new(), by_url(", clientConfig: {maxRetries: 0}"), token("tokens", "ES256"));
        for keys in [Err(Failure::Connect), Ok("{}".to_owned()), Ok("{\"keys\": []}".to_owned())] {
            *world.0.keys.borrow_mut() = keys;
            let before = world.0.asked.get();
            for _ in 0..5 {
                let reply = world.send(&stage, &format!("GET /\nAuthorization: Bearer {es256}")).await;
                assert_eq!((reply.status, reply.headers.contains(Id::RETRY_AFTER)), (503, true));
            }
            assert_eq!(world.0.asked.get(), before + 1);
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        // One who does not answer.
        world.0.slow.set(Duration::from_secs(3600));
        let begun = tokio::time::Instant::now();
        assert_eq!(world.status(&stage, &es256).await, 503);
        assert_eq!(begun.elapsed(), Duration::from_secs(5));
        assert!(world.0.seen.borrow().is_empty());
        world.0.slow.set(Duration::ZERO);
        *world.0.keys.borrow_mut() = Ok(tokens()["jwks"].to_string());
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(world.status(&stage, &es256).await, 200);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_missing_is_looked_for_once_in_a_while() {
    locally(async {
        let (world, stage, es256) = (World::new(), by_url(""), token("tokens", "ES256"));
        let rsa = json!({"keys": [tokens()["jwks"]["keys"][0]]}).to_string();
        *world.0.keys.borrow_mut() = Ok(rsa);
        assert_eq!(world.status(&stage, &token("tokens", "RS256")).await, 200);
        let unknown = token("attacks", "unknown kid");
        for _ in 0..10 {
            assert_eq!(world.status(&stage, &unknown).await, 401);
        }
        assert_eq!(world.0.asked.get(), 1, "it was just asked");
        tokio::time::advance(Duration::from_secs(10)).await;
        *world.0.keys.borrow_mut() = Ok(tokens()["jwks"].to_string());
        assert_eq!(world.status(&stage, &es256).await, 200, "the key is new");
        assert_eq!(world.0.asked.get(), 2);
        for _ in 0..10 {
            assert_eq!(world.status(&stage, &unknown).await, 401);
        }
        assert_eq!(world.0.asked.get(), 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_token_is_forgotten_with_the_key_that_signed_it() {
    locally(async {
        let (world, stage, es256) = (World::new(), by_url(""), token("tokens", "ES256"));
        assert_eq!(world.status(&stage, &es256).await, 200);
        let rsa = json!({"keys": [tokens()["jwks"]["keys"][0]]}).to_string();
        *world.0.keys.borrow_mut() = Ok(rsa);
        tokio::time::advance(Duration::from_secs(15 * 60)).await;
        assert_eq!(world.status(&stage, &es256).await, 200, "by the keys there are");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(world.status(&stage, &es256).await, 401);
    })
    .await;
}

#[test]
fn what_is_remembered_ends_with_its_time() {
    let remembered = Remembered::new();
    let verifier = Verifier::default();
    let keys =
        crate::jose::parse_jwks(tokens()["jwks"].to_string().as_bytes(), crate::jose::Origin::Operator);
    let es256 = token("tokens", "ES256");
    let digest = || Digest::of(es256.as_bytes());
    let now = 3_999_999_900.0;
    let (_, times) = verifier.verify(es256.as_bytes(), &keys.unwrap(), now).unwrap();
    let passed = Arc::new(Passed { user: None, values: Box::default() });
    remembered.keep(digest(), 1, times, now, &passed);
    assert!(remembered.find(&digest(), 1, now).is_some());
    assert!(remembered.find(&digest(), 1, now + 99.0).is_some());
    assert!(remembered.find(&digest(), 1, now + 100.0).is_none(), "it has expired");
    assert!(remembered.find(&digest(), 1, now - 1.0).is_none(), "the clock was put back");
    assert!(remembered.find(&digest(), 2, now).is_none(), "by other keys");
    assert!(remembered.find(&Digest::of(b"other"), 1, now).is_none());
    let early = 2_000_000_000.0;
    remembered.keep(digest(), 1, times, early, &passed);
    assert!(remembered.find(&digest(), 1, early + 299.0).is_some());
    assert!(remembered.find(&digest(), 1, early + 300.0).is_none(), "it was long ago");
    let large = Arc::new(Passed { user: Some("x".repeat(4097).into()), values: Box::default() });
    remembered.keep(Digest::of(b"large"), 1, times, now, &large);
    assert!(remembered.find(&Digest::of(b"large"), 1, now).is_none());
}

#[test]
fn what_cannot_work_is_told_without_showing_a_secret() {
    let cases = [
        ("issuer: x", "write exactly one of"),
        ("signingSecret: hunter2, jwksUrl: 'http://id.test'", "write exactly one of"),
        ("publicKey: hunter2", "cannot read the file"),
        ("publicKey: \"-----BEGIN X-----\\nhunter2\\n\"", "publicKey holds no public key in PEM"),
        ("jwksFile: '{\"keys\": []}'", "jwksFile has no key"),
        ("jwksFile: /does/not/exist", "cannot read the file"),
        ("signingSecret: hunter2, signingSecretBase64Encoded: true", "not written in base64"),
        ("signingSecret: hunter2, algorithms: [none]", "expected some of HS256"),
        ("signingSecret: hunter2, leeway: 1h", "leeway is"),
        ("signingSecret: hunter2, claims: 'Equals('", "claims: cannot read the condition"),
        ("signingSecret: hunter2, forwardHeaders: {Host: sub}", "says something else"),
        ("signingSecret: hunter2, tokenSource: {headerAuthScheme: Bearer}", "headerAuthScheme"),
    ];
    for (options, told) in cases {
        let found = problems(&format!("jwt: {{{options}}}"));
        assert!(found[0].contains(told) && !found[0].contains("guess hunter2"), "{options}: {found:?}");
    }
    for (options, told) in [
        ("jwksUrl: id.test", "jwksUrl is none"),
        ("jwksUrl: 'http://id.test', jwksRefresh: 1s", "jwksRefresh is"),
        ("jwksUrl: 'http://id.test', clientConfig: {timeoutSeconds: 0}", "timeoutSeconds"),
    ] {
        let built = build_with(&format!("jwt: {{{options}}}"), &Dialing).result;
        let found = built.expect_err(options)[0].to_string();
        assert!(found.contains(told), "{options}: {found}");
    }
    let built = build("jwt: {signingSecret: hunter2}");
    assert!(built.result.is_ok());
    assert!(built.warnings[0].contains("the secret has 7 bytes") && !built.warnings[0].contains("hunter2"));
    let source = Source::file("t");
    let written =
        crate::testing::middleware("jwt: {signingSecret: hunter2, publicKey: \"-----BEGIN\\n\"}", &source);
    let shown = (list::find("jwt").unwrap().check)(&written, &source).unwrap().to_string();
    assert!(!shown.contains("hunter2") && !shown.contains("BEGIN"), "{shown}");
    let keys = crate::testing::middleware("jwt: {jwksFile: '{\"keys\": [{\"k\": \"hunter2\"}]}'}", &source);
    let shown = (list::find("jwt").unwrap().check)(&keys, &source).unwrap().to_string();
    assert!(!shown.contains("hunter2"), "{shown}");
}
