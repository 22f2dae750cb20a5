use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use windrose_config::Located;
use windrose_config::dynamic_config::ServersTransport;
use windrose_http::path::parameter;
use windrose_http::{Body, Exchange, Failure, Frame, Reply};

use super::*;
use crate::chain::{Aside, Asks, run};
use crate::kind::Resolve;
use crate::stage::Chain;
use crate::testing::{build_with, fields, request, secure_request};
use crate::{Callee, Dial, Service};

const ISSUER: &str = "https://id.test";
const SECRETS: &str = "secrets: ['a secret of more than thirty-two characters']";

/// A provider, and a server behind the middleware.
#[derive(Clone)]
struct World(Rc<Inside>);

struct Inside {
    key: EcdsaKeyPair,
    /// What the next identity token claims, besides what all do.
    claims: RefCell<Value>,
    /// What it says of itself, besides what it always does.
    said: RefCell<Value>,
    /// Whether it can be asked.
    fails: RefCell<Option<Failure>>,
    /// The status of its answers for tokens.
    status: Cell<u16>,
    /// The nonce of the login that it was asked for last.
    nonce: RefCell<String>,
    asked: RefCell<Vec<String>>,
    seen: RefCell<Vec<String>>,
    expires_in: Cell<u64>,
}

impl World {
    fn new() -> Self {
        Self(Rc::new(Inside {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            claims: RefCell::new(json!({})),
            said: RefCell::new(json!({})),
            fails: RefCell::default(),
            status: Cell::new(200),
            nonce: RefCell::default(),
            asked: RefCell::default(),
            seen: RefCell::default(),
            expires_in: Cell::new(3600),
        }))
    }

    fn sign(&self, typ: &str, claims: &Value) -> String {
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&json!({"alg": "ES256", "kid": "k", "typ": typ})), part(claims));
        let signature = self.0.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }

    fn id_token(&self) -> String {
        let mut claims = json!({
            "iss": ISSUER, "aud": "shop", "sub": "alice", "sid": "s1", "exp": now() + 600, "iat": now(),
            "nonce": *self.0.nonce.borrow(), "email": "Alice@example.com", "groups": ["staff"],
        });
        merge(&mut claims, &self.0.claims.borrow());
        self.sign("JWT", &claims)
    }

    fn answer(&self, path: &str, form: &str) -> Reply {
        let body = match path {
            "/.well-known/openid-configuration" => {
                let mut said = json!({
                    "issuer": ISSUER,
                    "authorization_endpoint": "https://id.test/auth",
                    "token_endpoint": "https://id.test/token",
                    "jwks_uri": "https://id.test/keys",
                    "end_session_endpoint": "https://id.test/end?a=b",
                    "authorization_response_iss_parameter_supported": true,
                });
                merge(&mut said, &self.0.said.borrow());
                said
            }
            "/keys" => {
                let point = self.0.key.public_key().as_ref();
                let (x, y) = point[1..].split_at(32);
                let part = |part: &[u8]| BASE64URL_NOPAD.encode(part);
                json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": part(x), "y": part(y)}]})
            }
            "/token" if self.0.status.get() == 200 => {
                let count = self.0.asked.borrow().len();
                json!({"id_token": self.id_token(), "token_type": "Bearer", "access_token": "at",
                       "refresh_token": format!("rt{count}"), "expires_in": self.0.expires_in.get(), "form": form})
            }
            "/token" => return Reply::empty(self.0.status.get()),
            other => panic!("nobody has {other}"),
        };
        Reply::with_body(200, body.to_string())
    }

    async fn send(&self, stage: &Stage, mut ex: Exchange) -> Reply {
        run(std::slice::from_ref(stage), &mut ex, self).await
    }

    fn asked_for(&self, path: &str) -> usize {
        self.0.asked.borrow().iter().filter(|line| line.starts_with(path)).count()
    }
}

fn merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().unwrap() {
        if value.is_null() {
            into.as_object_mut().unwrap().remove(name);
        } else {
            into[name] = value.clone();
        }
    }
}

impl Service for World {
    async fn call(&self, ex: &mut Exchange) -> Reply {
        let mut lines = vec![ex.target.as_str().to_owned()];
        lines.extend(fields(&ex.headers));
        self.0.seen.borrow_mut().push(lines.join("|"));
        Reply::empty(200)
    }

    async fn ask(&self, callee: &Callee, ex: &mut Exchange) -> Reply {
        Asks::ask(self, callee, ex).await
    }

    #[allow(clippy::disallowed_methods, reason = "a test has no other tasks")]
    fn aside(&self, task: Aside) {
        tokio::task::spawn_local(task(Rc::new(self.clone())));
    }
}

impl Asks for World {
    fn ask<'a>(&'a self, _: &'a Callee, ex: &'a mut Exchange) -> LocalBoxFuture<'a, Reply> {
        Box::pin(async move {
            let mut form = String::new();
            while let Some(Ok(Frame::Data(bytes))) = ex.body.frame().await {
                form.push_str(std::str::from_utf8(&bytes).unwrap());
            }
            self.0.asked.borrow_mut().push(format!("{} {form}", ex.target.as_str()));
            if let Some(failure) = *self.0.fails.borrow() {
                return failure.reply();
            }
            self.answer(ex.target.path(), &form)
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

fn oidc(session: &str, more: &str) -> Stage {
    let yaml = format!(
        "oidc: {{issuer: '{ISSUER}', clientID: shop, clientSecret: s3, redirectUrl: /cb, logoutUrl: /logout, \
         backchannelLogoutUrl: /told, forwardHeaders: {{X-User: email}}, session: {{{SECRETS}{session}}}{more}}}"
    );
    build_with(&yaml, &Dialing).result.unwrap_or_else(|problems| panic!("{yaml}: {problems:?}"))
}

async fn locally<T>(test: impl Future<Output = T>) -> T {
    tokio::task::LocalSet::new().run_until(test).await
}

/// A browser: its cookies.
#[derive(Default, Clone)]
struct Browser(HashMap<String, String>);

impl Browser {
    fn request(&self, target: &str, more: &str) -> Exchange {
        let mut cookies: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.sort();
        let cookies =
            if cookies.is_empty() { String::new() } else { format!("\nCookie: {}", cookies.join("; ")) };
        let navigating = "Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: document";
        secure_request(&format!("GET {target}\nHost: shop.test\n{navigating}{cookies}{more}"))
    }

    async fn get(&mut self, world: &World, stage: &Stage, target: &str) -> Reply {
        let reply = world.send(stage, self.request(target, "")).await;
        for cookie in reply.headers.get_all(Id::SET_COOKIE) {
            let cookie = std::str::from_utf8(cookie).unwrap();
            assert!(
                cookie.len() < 4096 && cookie.contains("; Path=/; HttpOnly; Secure; SameSite=Lax"),
                "{cookie}"
            );
            let (pair, rest) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(name.starts_with("__Host-tested-"), "{name}");
            if rest.contains("Max-Age=0;") {
                self.0.remove(name);
            } else {
                self.0.insert(name.into(), value.into());
            }
        }
        reply
    }

    /// Begins to log in: the parameters that the provider is given.
    async fn begin(&mut self, world: &World, stage: &Stage, target: &str) -> HashMap<String, String> {
        let reply = self.get(world, stage, target).await;
        assert_eq!((reply.status, reply.headers.get_str("Cache-Control")), (302, Some("no-store")));
        let location = reply.headers.get_str("Location").unwrap();
        let query = location.strip_prefix("https://id.test/auth?").unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let all: HashMap<_, _> = query.split('&').map(parameter).map(|(n, v)| (text(&n), text(&v))).collect();
        *world.0.nonce.borrow_mut() = all["nonce"].clone();
        all
    }

    async fn log_in(&mut self, world: &World, stage: &Stage, target: &str) -> Reply {
        let asked = self.begin(world, stage, target).await;
        self.get(world, stage, &format!("/cb?code=c&state={}&iss=https%3A%2F%2Fid.test", asked["state"]))
            .await
    }
}

fn location(reply: &Reply) -> Option<&str> {
    reply.headers.get_str(Id::LOCATION)
}

#[tokio::test]
async fn somebody_logs_in_and_is_known_from_then_on() {
    locally(async {
        let (world, stage, mut browser) = (World::new(), oidc("", ""), Browser::default());
        let asked = browser.begin(&world, &stage, "/a?b=c").await;
        let challenge = asked["code_challenge"].clone();
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", "shop"),
            ("redirect_uri", "https://shop.test/cb"),
            ("scope", "openid"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(asked[name], value);
        }
        let reply = browser
            .get(&world, &stage, &format!("/cb?code=c%2B&state={}&iss={ISSUER}", asked["state"]))
            .await;
        assert_eq!((reply.status, location(&reply)), (303, Some("/a?b=c")));
        let form = world.0.asked.borrow().iter().find(|line| line.starts_with("/token")).unwrap().clone();
        let verifier = form.split("code_verifier=").nth(1).unwrap().split('&').next().unwrap();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        assert_eq!(BASE64URL_NOPAD.encode(digest.as_ref()), challenge);
        assert!(form.contains("code=c%2B&") && !form.contains("s3"), "{form}");
        assert_eq!(browser.0.len(), 1, "the login's own cookie is gone");
        let mut ex = browser.request("/a?b=c", "\nX-User: root\nX_user: root");
        ex.headers.remove("Sec-Fetch-Mode");
        ex.headers.remove("Sec-Fetch-Dest");
        let reply = world.send(&stage, ex).await;
        assert_eq!((reply.status, reply.headers.contains(Id::SET_COOKIE)), (200, false));
        assert_eq!(*world.0.seen.borrow(), ["/a?b=c|X-User: Alice@example.com"]);
        assert_eq!(
            (world.asked_for("/.well"), world.asked_for("/keys"), world.asked_for("/token")),
            (1, 1, 1)
        );
    })
    .await;
}

#[tokio::test]
async fn a_strict_cookie_is_given_by_a_page_that_leads_on() {
    locally(async {
        let (world, stage) = (World::new(), oidc(", sameSite: strict", ""));
        let reply = world.send(&stage, Browser::default().request("/a'?b=%3Cc%3E&d\"", "")).await;
        let cookie = reply.headers.get_str(Id::SET_COOKIE).unwrap();
        assert!(cookie.contains("SameSite=Lax"), "the provider leads back: {cookie}");
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        let mut browser = Browser::default();
        browser.0.insert(name.into(), value.into());
        let of = |name: &str| {
            location(&reply).unwrap().split(name).nth(1).unwrap().split('&').next().unwrap().to_owned()
        };
        *world.0.nonce.borrow_mut() = of("&nonce=");
        let target = format!("/cb?code=c&iss={ISSUER}&state={}", of("&state="));
        let reply = world.send(&stage, browser.request(&target, "")).await;
        let page = crate::testing::body(&reply);
        assert_eq!(
            page,
            "<!doctype html><meta http-equiv=\"refresh\" content=\"0;url=/a%27?b=%3Cc%3E&amp;d&quot;\">"
        );
        let cookies: Vec<_> = reply.headers.get_all(Id::SET_COOKIE).map(String::from_utf8_lossy).collect();
        assert!(
            reply.status == 200 && cookies.iter().any(|cookie| cookie.ends_with("SameSite=Strict")),
            "{cookies:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn only_a_browser_that_goes_somewhere_is_sent_to_log_in() {
    locally(async {
        let (world, stage) = (World::new(), oidc("", ""));
        let cases = [
            ("GET /\nHost: a.test\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", 302),
            ("GET /\nHost: a.test\nAccept: text/html,*/*", 302),
            ("GET /\nHost: a.test\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe", 401),
            ("GET /\nHost: a.test\nSec-Fetch-Mode: cors\nAccept: text/html", 401),
            ("GET /\nHost: a.test\nAccept: text/html\nX-Requested-With: XMLHttpRequest", 401),
            ("GET /\nHost: a.test\nAccept: application/json", 401),
            ("GET /\nHost: a.test", 401),
            ("POST /\nHost: a.test\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", 401),
            ("HEAD /\nHost: a.test\nAccept: text/html", 401),
        ];
        for (head, status) in cases {
            assert_eq!(world.send(&stage, secure_request(head)).await.status, status, "{head}");
        }
        let nobody = oidc("", ", disableLogin: true");
        assert_eq!(world.send(&nobody, secure_request(cases[0].0)).await.status, 401);
        assert!(world.0.seen.borrow().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_login_belongs_to_the_browser_that_began_it() {
    locally(async {
        let (world, stage) = (World::new(), oidc("", ""));
        let (mut mine, mut theirs) = (Browser::default(), Browser::default());
        let (own, other) = (mine.begin(&world, &stage, "/").await, theirs.begin(&world, &stage, "/").await);
        let come = |state: &str, more: &str| format!("/cb?state={state}&iss={ISSUER}{more}");
        // Whose code it is, the state is of another browser.
        for (target, what) in [
            (come(&other["state"], "&code=c"), "of another browser"),
            (come(&format!("{}x", &own["state"][..8]), "&code=c"), "with the same mark"),
            (come("", "&code=c"), "empty"),
            (format!("/cb?code=c&iss={ISSUER}"), "none"),
            (come(&own["state"], "&code=c&code=d"), "two codes"),
            (come(&own["state"], &format!("&code=c&state={}", own["state"])), "twice"),
            (format!("/cb?code=c&state={}", own["state"]), "no issuer (RFC 9207)"),
            (format!("/cb?code=c&state={}&iss=https://evil.test", own["state"]), "another issuer (mix-up)"),
            (format!("/cb?code=c&state={}&iss={ISSUER}/", own["state"]), "nearly the issuer"),
        ] {
            assert_eq!(mine.clone().get(&world, &stage, &target).await.status, 400, "{what}");
        }
        // A state under the name of a session, and a session under that of a state.
        let mut swapped = Browser::default();
        let sealed = mine.0.values().next().unwrap().clone();
        swapped.0.insert("__Host-tested-session".into(), format!("1.{sealed}"));
        assert_eq!(swapped.get(&world, &stage, "/").await.status, 302);
        assert!(world.asked_for("/token") == 0 && world.0.seen.borrow().is_empty());
        // No code, but an error.
        let target = come(&own["state"], "&code=c&error=access_denied");
        assert_eq!(mine.clone().get(&world, &stage, &target).await.status, 403);
        *world.0.nonce.borrow_mut() = own["nonce"].clone();
        assert_eq!(mine.get(&world, &stage, &come(&own["state"], "&code=c")).await.status, 303);
        assert_eq!(mine.get(&world, &stage, &come(&own["state"], "&code=c")).await.status, 400, "only once");
    })
    .await;
}

#[tokio::test]
async fn tokens_that_are_not_for_this_login_let_nobody_in() {
    locally(async {
        let (world, stage) = (World::new(), oidc("", ""));
        let wrong = [
            json!({"nonce": "other"}),
            json!({"nonce": null}),
            json!({"iss": "https://evil.test"}),
            json!({"aud": "other"}),
            json!({"aud": ["shop", "other"]}),
            json!({"aud": ["shop", "other"], "azp": "other"}),
            json!({"azp": "other"}),
            json!({"exp": 1_700_000_000}),
            json!({"exp": null}),
            json!({"iat": 4_000_000_000_u64}),
            json!({"sub": null}),
            json!({"sub": ""}),
        ];
        for claims in wrong {
            *world.0.claims.borrow_mut() = claims.clone();
            let mut browser = Browser::default();
            assert_eq!(browser.log_in(&world, &stage, "/").await.status, 400, "{claims}");
            assert!(!browser.0.contains_key("__Host-tested-session"));
        }
        for claims in [json!({"aud": ["shop", "other"], "azp": "shop"}), json!({})] {
            *world.0.claims.borrow_mut() = claims;
            assert_eq!(Browser::default().log_in(&world, &stage, "/").await.status, 303);
        }
        world.0.status.set(400);
        assert_eq!(Browser::default().log_in(&world, &stage, "/").await.status, 400);
        world.0.status.set(500);
        assert_eq!(Browser::default().log_in(&world, &stage, "/").await.status, 503);
    })
    .await;
}

#[tokio::test]
async fn no_login_leads_to_another_site() {
    locally(async {
        let (world, stage) = (World::new(), oidc("", ""));
        let cases = [
            ("/a?next=https://evil.test", "/a?next=https://evil.test"),
            ("/%5Cevil.test", "/%5Cevil.test"),
            ("/cb/", "/cb/"),
            ("/logout?x", "/"),
        ];
        for (target, back) in cases.into_iter().filter(|(target, _)| !target.starts_with("/logout")) {
            let reply = Browser::default().log_in(&world, &stage, target).await;
            assert_eq!(location(&reply), Some(back), "{target}");
        }
        // An entry point that leaves paths as they are.
        for raw in ["//evil.test/x", "/\\evil.test", "///evil.test"] {
            let mut browser = Browser::default();
            let mut ex = browser.request("/", "");
            let keep = windrose_http::path::Cleaning::Keep;
            let separate = windrose_http::path::Semicolons::Separate;
            if ex.target.parse(raw.as_bytes(), keep, separate).is_err() {
                continue;
            }
            let reply = world.send(&stage, ex).await;
            let cookie = reply.headers.get_str(Id::SET_COOKIE).unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            browser.0.insert(name.into(), value.into());
            let asked = location(&reply).unwrap();
            let of = |name: &str| asked.split(name).nth(1).unwrap().split('&').next().unwrap().to_owned();
            *world.0.nonce.borrow_mut() = of("nonce=");
            let target = format!("/cb?code=c&iss={ISSUER}&state={}", of("&state="));
            let reply = browser.get(&world, &stage, &target).await;
            let back = location(&reply).unwrap();
            assert!(back.starts_with('/') && !back.starts_with("//"), "{raw}: {back}");
        }
        let reply = Browser::default().log_in(&world, &stage, &format!("/{}", "x".repeat(3000))).await;
        assert_eq!(location(&reply), Some("/"));
    })
    .await;
}

#[tokio::test]
async fn a_cookie_that_was_changed_is_no_session_and_one_of_an_older_secret_is() {
    locally(async {
        let (world, stage, mut browser) = (World::new(), oidc("", ""), Browser::default());
        browser.log_in(&world, &stage, "/").await;
        let name = "__Host-tested-session";
        let cookie = browser.0[name].clone();
        let status = async |stage: &Stage, value: &str| {
            let mut browser = Browser::default();
            browser.0.insert(name.into(), value.into());
            browser.get(&world, stage, "/").await.status
        };
        assert_eq!(status(&stage, &cookie).await, 200);
        let mut flipped = cookie.clone().into_bytes();
        let middle = flipped.len() / 2;
        flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
        let flipped = String::from_utf8(flipped).unwrap();
        for wrong in [&*flipped, &cookie[2..], "1.", "0.x", "9.x", "2.x", "", &format!("2.{}", &cookie[2..])] {
            assert_eq!(status(&stage, wrong).await, 302, "{wrong}");
        }
        let rotated = oidc(", secretsFile: ''", "");
        assert_eq!(status(&rotated, &cookie).await, 200);
        let newer = "oidc: {issuer: 'https://id.test', clientID: shop, session: {secrets: ['another secret of thirty-two characters', 'a secret of more than thirty-two characters']}}";
        let newer = build_with(newer, &Dialing).result.unwrap();
        assert_eq!(status(&newer, &cookie).await, 200);
        let other = "oidc: {issuer: 'https://id.test', clientID: shop, session: {secrets: ['another secret of thirty-two characters']}}";
        assert_eq!(status(&build_with(other, &Dialing).result.unwrap(), &cookie).await, 302);
        let client = format!("oidc: {{issuer: '{ISSUER}', clientID: other, session: {{{SECRETS}}}}}");
        assert_eq!(status(&build_with(&client, &Dialing).result.unwrap(), &cookie).await, 302);
    })
    .await;
}

#[tokio::test]
async fn a_long_session_takes_several_cookies_and_one_that_is_too_long_none() {
    locally(async {
        let (world, stage, mut browser) = (World::new(), oidc("", ""), Browser::default());
        *world.0.claims.borrow_mut() = json!({"groups": vec!["a long name of a group"; 200]});
        assert_eq!(browser.log_in(&world, &stage, "/").await.status, 303);
        assert!(browser.0.len() >= 2, "{}", browser.0.len());
        assert_eq!(browser.get(&world, &stage, "/").await.status, 200);
        let mut cut = browser.clone();
        cut.0.remove("__Host-tested-session.1");
        assert_eq!(cut.get(&world, &stage, "/").await.status, 302);
        assert!(cut.0.keys().all(|name| !name.contains("session")), "what is left of it goes");
        // Nor is anybody sent round and round.
        *world.0.claims.borrow_mut() = json!({"groups": vec!["a long name of a group"; 2000]});
        let mut large = Browser::default();
        assert_eq!(large.log_in(&world, &stage, "/").await.status, 400);
        assert!(large.0.keys().all(|name| !name.contains("session")));
    })
    .await;
    let jar = Jar::new(&SessionOptions::default(), "tested").unwrap();
    let mut reply = Reply::empty(200);
    assert_eq!(jar.give(&mut reply, &"x".repeat(6 * 3600 + 1), 60), Err(TooLong));
    assert_eq!((jar.give(&mut reply, &"x".repeat(6 * 3600), 60), reply.headers.len()), (Ok(()), 6));
}

#[tokio::test]
async fn who_is_not_on_the_lists_does_not_pass() {
    locally(async {
        let cases = [
            (", allowedEmails: [alice@example.com]", json!({}), 303),
            (", allowedEmails: [bob@example.com]", json!({}), 403),
            (", allowedDomains: [example.com]", json!({}), 303),
            (", allowedDomains: [example.com]", json!({"email_verified": false}), 403),
            (", allowedDomains: [example.com]", json!({"email": "alice@sub.example.com"}), 403),
            (", allowedDomains: [example.com]", json!({"email": "alice@example.com@evil.test"}), 403),
            (", allowedDomains: [example.com]", json!({"email": ["alice@example.com"]}), 403),
            (", allowedDomains: [example.com]", json!({"email": null}), 403),
            (", allowedGroups: [staff]", json!({}), 303),
            (", allowedGroups: [staff]", json!({"groups": "staff"}), 303),
            (", allowedGroups: [staff]", json!({"groups": ["staffs"]}), 403),
            (
                ", allowedGroups: [staff], groupsClaim: realm.roles",
                json!({"realm": {"roles": ["staff"]}}),
                303,
            ),
            (", claims: 'Equals(`sub`, `alice`)'", json!({}), 303),
            (", claims: 'Equals(`sub`, `alice`)'", json!({"sub": "bob"}), 403),
        ];
        for (options, claims, status) in cases {
            let world = World::new();
            *world.0.claims.borrow_mut() = claims.clone();
            let reply = Browser::default().log_in(&world, &oidc("", options), "/").await;
            assert_eq!(reply.status, status, "{options} {claims}");
        }
        // Who was let in before the list became shorter.
        let (world, mut browser) = (World::new(), Browser::default());
        browser.log_in(&world, &oidc("", ""), "/").await;
        assert_eq!(browser.get(&world, &oidc("", ", allowedGroups: [admins]"), "/").await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn new_tokens_are_had_once_for_all_requests_that_need_them() {
    locally(async {
        let (world, stage, mut browser) = (World::new(), oidc("", ""), Browser::default());
        world.0.expires_in.set(1);
        browser.log_in(&world, &stage, "/").await;
        // They are due at once when the clock says so.
        let due = |browser: &Browser, stage: &Stage| reseal(browser, stage, |session| session.due = 0);
        browser = due(&browser, &stage);
        let all = [browser.request("/1", ""), browser.request("/2", ""), browser.request("/3", "")];
        let [first, second, third] = all.map(|ex| world.send(&stage, ex));
        let (first, second, third) = tokio::join!(first, second, third);
        for reply in [&first, &second, &third] {
            assert!(reply.status == 200 && reply.headers.contains(Id::SET_COOKIE));
        }
        assert_eq!(world.asked_for("/token grant_type=refresh_token"), 1);
        // Nor a moment later, by the old cookie.
        assert_eq!(browser.get(&world, &stage, "/").await.status, 200);
        assert_eq!(world.asked_for("/token grant_type=refresh_token"), 1);
        // The new cookie has the new refresh token.
        let again = due(&browser, &stage);
        assert_eq!(again.clone().get(&world, &stage, "/").await.status, 200);
        assert_eq!(world.asked_for("/token grant_type=refresh_token"), 2);
        // One of somebody else's.
        let mut stolen =
            due(&reseal(&browser, &stage, |session| session.refresh_token = Some("x".into())), &stage);
        *world.0.claims.borrow_mut() = json!({"sub": "bob"});
        assert_eq!(stolen.get(&world, &stage, "/").await.status, 302);
        // It is not to be had; it is refused.
        world.0.status.set(500);
        let with = |token: &str| {
            due(&reseal(&browser, &stage, |session| session.refresh_token = Some(token.into())), &stage)
        };
        let reply = with("y").get(&world, &stage, "/").await;
        assert_eq!((reply.status, reply.headers.contains(Id::RETRY_AFTER)), (503, true));
        world.0.status.set(400);
        let mut over = with("z");
        assert_eq!(over.get(&world, &stage, "/").await.status, 302);
        assert!(over.0.keys().all(|name| !name.contains("session")));
    })
    .await;
}

/// The browser with another session in its cookie, as only who has the secrets can make it.
fn reseal(browser: &Browser, _: &Stage, change: impl Fn(&mut Session)) -> Browser {
    let whom = format!("{ISSUER}\nshop");
    let secret: &[u8] = b"a secret of more than thirty-two characters";
    let seals = Seals::new(std::iter::once(secret), &whom).unwrap();
    let mut changed = browser.clone();
    let cookie = changed.0.get_mut("__Host-tested-session").unwrap();
    let text = seals.open(Purpose::Session, &cookie.as_bytes()[2..]).unwrap();
    let mut session: Session = serde_json::from_slice(&text).unwrap();
    change(&mut session);
    *cookie = format!("1.{}", seals.seal(Purpose::Session, &serde_json::to_vec(&session).unwrap()).unwrap());
    changed
}

#[tokio::test]
async fn a_session_ends_when_it_is_old_or_was_not_used() {
    locally(async {
        let (world, mut browser) = (World::new(), Browser::default());
        let stage = oidc(", expiry: 1000, idle: 100", "");
        browser.log_in(&world, &stage, "/").await;
        let status = async |change: fn(&mut Session)| {
            let mut browser = reseal(&browser, &stage, change);
            let reply = browser.get(&world, &stage, "/").await;
            (reply.status, reply.headers.contains(Id::SET_COOKIE))
        };
        assert_eq!(status(|_| {}).await, (200, false));
        assert_eq!(status(|session| session.used -= 50).await, (200, true), "it goes on");
        assert_eq!(status(|session| session.used -= 101).await.0, 302);
        assert_eq!(status(|session| session.begun -= 900).await.0, 200);
        assert_eq!(status(|session| session.begun -= 1001).await.0, 302);
    })
    .await;
}

#[tokio::test]
async fn while_the_provider_is_away_nobody_new_comes_in_and_the_others_stay() {
    locally(async {
        let (world, stage, mut known) =
            (World::new(), oidc("", ", clientConfig: {maxRetries: 0}"), Browser::default());
        known.log_in(&world, &stage, "/").await;
        let fresh = oidc("", ", clientConfig: {maxRetries: 0}");
        let wrong: [fn(&World); 5] = [
            |world| *world.0.fails.borrow_mut() = Some(Failure::Connect),
            |world| *world.0.said.borrow_mut() = json!({"issuer": "https://id.test/"}),
            |world| *world.0.said.borrow_mut() = json!({"token_endpoint": "http://id.test/token"}),
            |world| *world.0.said.borrow_mut() = json!({"jwks_uri": null}),
            |world| *world.0.said.borrow_mut() = json!({"authorization_endpoint": "javascript:alert(1)"}),
        ];
        for (index, spoil) in wrong.into_iter().enumerate() {
            let fresh = oidc("", ", clientConfig: {maxRetries: 0}");
            (*world.0.fails.borrow_mut(), *world.0.said.borrow_mut()) = (None, json!({}));
            spoil(&world);
            let reply = Browser::default().get(&world, &fresh, "/").await;
            assert_eq!((reply.status, reply.headers.contains(Id::RETRY_AFTER)), (503, true), "{index}");
        }
        assert_eq!(known.get(&world, &fresh, "/").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn who_logs_out_is_out_also_with_a_copy_of_the_cookie() {
    locally(async {
        let (world, stage) = (World::new(), oidc("", ", postLogoutRedirectUrl: /bye"));
        let mut browser = Browser::default();
        browser.log_in(&world, &stage, "/").await;
        let mut copy = browser.clone();
        let forced = world.send(&stage, browser.request("/logout", "\nSec-Fetch-Site: cross-site")).await;
        assert_eq!((forced.status, forced.headers.contains(Id::SET_COOKIE)), (403, false));
        let reply = browser.get(&world, &stage, "/logout").await;
        let place = location(&reply).unwrap();
        assert!(place.starts_with("https://id.test/end?a=b&id_token_hint=ey"), "{place}");
        assert!(
            place.ends_with("&client_id=shop&post_logout_redirect_uri=https%3A%2F%2Fshop.test%2Fbye"),
            "{place}"
        );
        assert!(reply.status == 303 && browser.0.is_empty());
        assert_eq!(copy.get(&world, &stage, "/").await.status, 302);
        assert_eq!(
            location(&Browser::default().get(&world, &stage, "/logout").await),
            Some("https://shop.test/bye")
        );
        let plain = oidc("", "");
        assert_eq!(Browser::default().get(&world, &plain, "/logout").await.status, 200);
    })
    .await;
}

fn told(token: &str) -> Exchange {
    let mut ex = request("POST /told\nHost: shop.test\nContent-Type: application/x-www-form-urlencoded");
    ex.body = Body::from(format!("logout_token={token}"));
    ex
}

#[tokio::test]
async fn the_provider_ends_sessions_by_tokens_that_are_for_that() {
    locally(async {
        let (world, stage) = (World::new(), oidc("", ""));
        let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        let token = |typ: &str, changes: Value| {
            let mut claims = json!({
                "iss": ISSUER, "aud": "shop", "iat": now(), "exp": now() + 120, "jti": "1", "events": event, "sid": "s1",
            });
            merge(&mut claims, &changes);
            world.sign(typ, &claims)
        };
        let mut browser = Browser::default();
        browser.log_in(&world, &stage, "/").await;
        let wrong = [
            token("logout+jwt", json!({"iss": "https://evil.test"})),
            token("logout+jwt", json!({"aud": "other"})),
            token("logout+jwt", json!({"events": null})),
            token("logout+jwt", json!({"events": {"http://schemas.openid.net/event/backchannel-logout": 1}})),
            token("logout+jwt", json!({"nonce": "x"})),
            token("logout+jwt", json!({"jti": null})),
            token("logout+jwt", json!({"iat": null})),
            token("logout+jwt", json!({"exp": null})),
            token("logout+jwt", json!({"exp": now() - 100})),
            token("logout+jwt", json!({"sid": null})),
            token("at+jwt", json!({})),
            World::new().sign("logout+jwt", &json!({"iss": ISSUER})),
            world.id_token(),
            "x.y.z".to_owned(),
            format!("{0}&logout_token={0}", token("logout+jwt", json!({}))),
            String::new(),
        ];
        for token in wrong {
            assert_eq!(world.send(&stage, told(&token)).await.status, 400, "{token}");
        }
        assert_eq!(world.send(&stage, browser.request("/told", "")).await.status, 405);
        assert_eq!(browser.clone().get(&world, &stage, "/").await.status, 200);
        let reply = world.send(&stage, told(&token("logout+jwt", json!({})))).await;
        assert_eq!((reply.status, reply.headers.get_str("Cache-Control")), (200, Some("no-store")));
        assert_eq!(browser.get(&world, &stage, "/").await.status, 302);
        // All of somebody's.
        *world.0.claims.borrow_mut() = json!({"sid": "s2"});
        browser.log_in(&world, &stage, "/").await;
        assert_eq!(browser.clone().get(&world, &stage, "/").await.status, 200);
        let all = token("JWT", json!({"sid": null, "sub": "alice"}));
        assert_eq!(world.send(&stage, told(&all)).await.status, 200);
        assert_eq!(browser.get(&world, &stage, "/").await.status, 302);
    })
    .await;
}

#[test]
fn forgetting_who_was_logged_out_lets_nobody_in() {
    let revoked = Revoked::default();
    let sid = |number: u64| Known::Sid(number.to_string().into());
    for number in 0..100 {
        revoked.end(sid(number), u64::MAX, 1000 + number, 1_000_000);
        for earlier in 0..=number {
            assert!(revoked.has(&[sid(earlier)], 900 + earlier), "{earlier} after {number}");
        }
    }
    assert!(!revoked.has(&[Known::Own("new".into())], 1100), "what began later is not touched");
    revoked.end(Known::Subject("a".into()), 2000, 2000, 10);
    assert!(
        revoked.has(&[Known::Subject("a".into())], 2000) && !revoked.has(&[Known::Subject("a".into())], 2001)
    );
}

#[test]
fn what_cannot_work_is_told_without_showing_a_secret() {
    let base = format!("issuer: '{ISSUER}', clientID: shop, clientSecret: hunter2");
    let cases = [
        (format!("clientID: shop, session: {{{SECRETS}}}"), "issuer and clientID"),
        (format!("issuer: id.test, clientID: a, session: {{{SECRETS}}}"), "issuer is none"),
        (format!("{base}, session: {{secrets: [hunter2]}}"), "at least 32 characters"),
        (format!("{base}, session: {{secretsFile: /does/not/exist}}"), "cannot read the file"),
        (format!("{base}, session: {{{SECRETS}, expiry: 0}}"), "session.expiry"),
        (format!("{base}, session: {{{SECRETS}, name: 'a b'}}"), "session.name"),
        (format!("{base}, session: {{{SECRETS}, name: __Host-a, domain: a.test}}"), "session.name"),
        (format!("{base}, session: {{{SECRETS}, name: __Host-a, secure: false}}"), "session.name"),
        (format!("{base}, session: {{{SECRETS}, sameSite: none, secure: false}}"), "session.sameSite"),
        (format!("{base}, session: {{{SECRETS}, domain: 'a;b'}}"), "session.domain"),
        (format!("{base}, session: {{{SECRETS}}}, scopes: [email]"), "openid must be among them"),
        (format!("{base}, session: {{{SECRETS}}}, authParams: {{state: x}}"), "state cannot be changed"),
        (format!("{base}, session: {{{SECRETS}}}, redirectUrl: //evil"), "redirectUrl"),
        (format!("{base}, session: {{{SECRETS}}}, redirectUrl: 'ftp://a/b'"), "redirectUrl"),
        (format!("{base}, session: {{{SECRETS}}}, redirectUrl: /"), "paths of their own"),
        (format!("{base}, session: {{{SECRETS}}}, logoutUrl: /oidc/callback"), "paths of their own"),
        (format!("{base}, session: {{{SECRETS}}}, allowedDomains: ['@a.test']"), "allowedDomains"),
    ];
    for (options, told) in cases {
        let built = build_with(&format!("oidc: {{{options}}}"), &Dialing).result;
        let found = built.expect_err(&options)[0].to_string();
        assert!(found.contains(told) && !found.contains("hunter2"), "{options}: {found}");
    }
    let built = build_with(&format!("oidc: {{{base}}}"), &Dialing);
    assert!(built.result.is_ok() && built.warnings[0].contains("sessions end with this process"));
}
