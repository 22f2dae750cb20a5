//! What middlewares cost a request that passes: nanoseconds beyond a chain without any.
//!
//!     cargo run --release -p windrose-middleware --example stages
//!
//! `tests/bench/micro` runs it and holds it against what is claimed.

use std::hint::black_box;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use windrose_config::dynamic_config::Middleware;
use windrose_config::{Located, QualifiedName, Source, source};
use windrose_http::course::End;
use windrose_http::exchange::{Conn, OddNames, Trust};
use windrose_http::path::{Cleaning, Semicolons};
use windrose_http::{Exchange, Reply};
use windrose_middleware::{BuildContext, BuildError, Chain, Resolve, Service, Stage, chain, list};

fn main() -> Result<(), String> {
    let bare = cost(&[]);
    println!("{:<20}{:>10}", "nanoseconds", "more");
    for (name, yaml) in PARTS {
        let stages = yaml.iter().map(|yaml| stage(yaml)).collect::<Result<Vec<_>, String>>()?;
        println!("{name:<20}{:>10.1}", (cost(&stages) - bare).max(0.0));
    }
    let (key, tokens) = tokens()?;
    let stages = [stage(&format!("jwt: {{publicKey: \"{key}\"}}"))?];
    for (name, tokens) in
        [("jwt, new token", &*tokens), ("jwt, known token", tokens.get(..1).unwrap_or_default())]
    {
        println!("{name:<20}{:>10.1}", (shown(&stages, tokens)? - bare).max(0.0));
    }
    Ok(())
}

/// A key for ES256 as PEM with its line ends written out, and tokens that it signed.
fn tokens() -> Result<(String, Vec<String>), String> {
    let wrong = |error: aws_lc_rs::error::Unspecified| error.to_string();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(wrong)?;
    let key = BASE64.encode(pair.public_key().as_der().map_err(wrong)?.as_ref());
    let head = BASE64URL_NOPAD.encode(br#"{"alg":"ES256","typ":"JWT"}"#);
    let tokens = (0..TOKENS).map(|number| {
        let claims =
            format!(r#"{{"iss":"https://id.test","sub":"alice","jti":"{number}","exp":4102444800}}"#);
        let signed = format!("{head}.{}", BASE64URL_NOPAD.encode(claims.as_bytes()));
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).map_err(wrong)?;
        Ok(format!("Bearer {signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref())))
    });
    let key = format!("-----BEGIN PUBLIC KEY-----\\n{key}\\n-----END PUBLIC KEY-----\\n");
    Ok((key, tokens.collect::<Result<_, String>>()?))
}

/// Nanoseconds of a request that shows a token, the best of many rounds; each token is shown in its turn.
fn shown(stages: &[Stage], tokens: &[String]) -> Result<f64, String> {
    let mut best = f64::MAX;
    let mut turns = tokens.iter().cycle();
    for _ in 0..TOKENS / SHOWN {
        let mut took = Duration::ZERO;
        for token in turns.by_ref().take(SHOWN) {
            let mut ex = request();
            ex.headers.receive("Authorization", token);
            let begun = Instant::now();
            let reply = black_box(once(stages, &mut ex));
            took += begun.elapsed();
            if reply.is_none_or(|reply| reply.status != 200) {
                return Err("a token was refused".to_owned());
            }
            ex.course.end(End::Whole);
        }
        best = best.min(took.as_secs_f64() * 1e9 / SHOWN as f64);
    }
    Ok(best)
}

/// Each part and its middlewares.
const PARTS: [(&str, &[&str]); 4] = [
    (
        "ten filters",
        &[
            "ipAllowList: {sourceRange: [192.0.2.0/24, 10.0.0.0/8]}",
            "headers: {customRequestHeaders: {X-One: one, X-Two: two}, customResponseHeaders: {X-Three: three}}",
            "headers: {frameDeny: true, contentTypeNosniff: true, stsSeconds: 31536000}",
            "redirectRegex: {regex: '^http://old\\.test/(.*)', replacement: 'http://new.test/${1}'}",
            "addPrefix: {prefix: /app}",
            "stripPrefix: {prefixes: [/app]}",
            "ipDenyList: {sourceRange: [198.51.100.0/24]}",
            "bodyLimit: {maxRequestBodyBytes: 1048576}",
            "encodedCharacters: {allowEncodedSlash: true}",
            "replacePathRegex: {regex: '^/old/(.*)', replacement: '/new/$1'}",
        ],
    ),
    ("rateLimit", &["rateLimit: {average: 1000000000, burst: 1000000000}"]),
    ("inFlightReq", &["inFlightReq: {amount: 1000}"]),
    ("circuitBreaker", &["circuitBreaker: {expression: 'NetworkErrorRatio() > 0.5'}"]),
];

/// Nanoseconds of a request through these stages, the best of many rounds.
fn cost(stages: &[Stage]) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..ROUND {
            let mut ex = request();
            let reply = black_box(once(stages, &mut ex));
            drop(reply);
            ex.course.end(End::Whole);
        }
        best = best.min(begun.elapsed().as_secs_f64() * 1e9 / f64::from(ROUND));
    }
    best
}

/// None of these waits for anybody.
fn once(stages: &[Stage], ex: &mut Exchange) -> Option<Reply> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(chain::run(stages, ex, &Empty)).poll(&mut context) {
        Poll::Ready(reply) => Some(reply),
        Poll::Pending => None,
    }
}

struct Empty;

impl Service for Empty {
    async fn call(&self, _: &mut Exchange) -> Reply {
        Reply::empty(200)
    }

    fn route(&self) -> &'static str {
        "app@file"
    }
}

fn stage(yaml: &str) -> Result<Stage, String> {
    let source = Source::file("stages.yaml");
    let tree = source::yaml::parse(yaml, &source).map_err(|problem| format!("{yaml}: {problem:?}"))?;
    let entry = tree.entries().first().ok_or_else(|| format!("{yaml}: no kind"))?;
    let middleware = Middleware { kind: entry.key.clone().into(), options: entry.value.clone() };
    let name = QualifiedName::new("part", "file");
    let context = BuildContext::new(&name, &Nowhere);
    list::build(&middleware, &source, &context).map_err(|problems| format!("{yaml}: {problems:?}"))
}

struct Nowhere;

impl Resolve for Nowhere {
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError> {
        Err(BuildError::at(reference, "there is none"))
    }
}

fn request() -> Exchange {
    thread_local! {
        static CONN: Rc<Conn> = Rc::new(Conn {
            entry_point: "web".into(),
            peer: SocketAddr::from(([192, 0, 2, 1], 4000)),
            peer_ip: "192.0.2.1".into(),
            local: SocketAddr::from(([127, 0, 0, 1], 80)),
            accepted: Instant::now(),
            desk: Rc::default(),
            trust: Trust::Stranger,
            odd_names: OddNames::KEPT,
            tls: None,
        });
    }
    let mut ex = Exchange::new(CONN.with(Rc::clone));
    let _ = ex.target.parse(b"/some/path?with=query", Cleaning::Sanitize, Semicolons::Separate);
    let _ = ex.set_host(b"app.test");
    for (name, value) in [("Accept", "*/*"), ("User-Agent", "Mozilla/5.0"), ("Accept-Encoding", "gzip, br")] {
        ex.headers.receive(name, value);
    }
    ex
}

/// How many tokens there are: each is new once.
const TOKENS: usize = 8_000;
const SHOWN: usize = 200;
const ROUNDS: u32 = 30;
const ROUND: u32 = 10_000;
