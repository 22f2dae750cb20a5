use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use data_encoding::BASE64 as PLAIN;
use windrose_http::desk::{Computing, Full, Job};
use windrose_http::{Conn, Desk, Exchange, Reply};

use super::credentials::Credentials;
use super::hash::{Cost, Hash};
use crate::chain::run;
use crate::stage::Stage;
use crate::testing::{Scripted, body, build, problems, request, stage};

const BCRYPT: &str = "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
const APR1: &str = "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0";
const SHA1: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";

fn pair(user: &str, password: &str) -> String {
    format!("Authorization: Basic {}", PLAIN.encode(format!("{user}:{password}").as_bytes()))
}

async fn send(stage: &Stage, ex: &mut Exchange) -> (Reply, usize) {
    let service = Scripted::new(|_| Reply::status_text(200));
    let reply = run(std::slice::from_ref(stage), ex, &service).await;
    let asked = service.asked.borrow().len();
    (reply, asked)
}

#[test]
fn every_form_of_htpasswd_is_understood() {
    let cases = [
        (BCRYPT, Cost::Much),
        ("$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a", Cost::Much),
        ("$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW", Cost::Much),
        ("$2x$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW", Cost::Much),
        (APR1, Cost::Much),
        ("$1$saltsalt$9xy1btjgzLYfb7hivXtC//", Cost::Much),
        (SHA1, Cost::Little),
    ];
    for (text, cost) in cases {
        let hash = Hash::parse(text.as_bytes());
        assert!(hash.verify(b"secret"), "{text}");
        for wrong in ["", "Secret", "secret ", "secre", &"secret".repeat(20)] {
            assert!(!hash.verify(wrong.as_bytes()), "{text} {wrong}");
        }
        assert_eq!(hash.cost(), cost, "{text}");
    }
    for none in [
        "",
        "secret",
        "{MD5}x",
        "$2y$",
        "$2y$99$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
        "$1$x",
    ] {
        assert!(Hash::parse(none.as_bytes()) == Hash::None, "{none}");
    }
    // What only looks like MD5 is nobody's hash.
    let odd = Hash::parse(b"$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0");
    assert!(odd != Hash::None && !odd.verify(b"secret"));
}

#[test]
fn md5_of_any_length_is_that_of_openssl() {
    let cases = [
        ("", "$apr1$xxxxxxxx$AL/DOdqyMUurcg0cPNW/P1"),
        ("a", "$apr1$xxxxxxxx$YMs3Jkp9Zx7lSxpQ9nJyH1"),
        ("0123456789abcdef0", "$apr1$xxxxxxxx$GMoSUE1WwDXMeVSz9bZ7F/"),
    ];
    for (password, whole) in cases {
        assert!(Hash::parse(whole.as_bytes()).verify(password.as_bytes()), "{password}");
    }
}

#[test]
fn credentials_are_read_as_go_does() {
    let read = |value: &str| {
        let read = Credentials::read(value.as_bytes())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((text(read.name()), text(read.password())))
    };
    let found = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
    let cases = [
        ("Basic YWRtaW46c2VjcmV0", found("admin", "secret")),
        ("bAsIc YWRtaW46c2VjcmV0", found("admin", "secret")),
        // Bits that say nothing, and more colons.
        ("Basic YWR5=", None),
        ("Basic YTpiOmN=", found("a", "b:c")),
        ("Basic Og==", found("", "")),
        ("Basic YWRtaW4=", None),
        ("Basic  YWRtaW46c2VjcmV0", None),
        ("Basic YWRtaW46c2VjcmV0X", None),
        ("Basic YWRtaW46c2VjcmV", None),
        ("Bearer YWRtaW46c2VjcmV0", None),
        ("Basic", None),
        ("", None),
    ];
    for (value, expected) in cases {
        assert_eq!(read(value), expected, "{value}");
    }
    assert!(Credentials::read(format!("Basic {}", "YTpi".repeat(2000)).as_bytes()).is_none());
}

#[tokio::test]
async fn only_who_knows_the_password_passes() {
    for hash in [BCRYPT, APR1, SHA1] {
        let stage = stage(&format!("basicAuth: {{users: ['admin:{hash}', 'nobody:'], realm: r}}"));
        let cases = [
            (String::new(), 401),
            (pair("admin", "secret"), 200),
            (pair("admin", "secret"), 200),
            (pair("admin", "wrong"), 401),
            (pair("Admin", "secret"), 401),
            (pair("other", "secret"), 401),
            (pair("nobody", ""), 401),
            (pair("", ""), 401),
        ];
        for (field, status) in cases {
            let (reply, asked) = send(&stage, &mut request(format!("GET /\n{field}").trim())).await;
            assert_eq!((reply.status, asked), (status, usize::from(status == 200)), "{hash} {field}");
            if status == 401 {
                assert_eq!(body(&reply), "401 Unauthorized\n");
                assert_eq!(reply.headers.get_str("www-authenticate"), Some("Basic realm=\"r\""));
                assert_eq!(reply.headers.get_str("content-type"), Some("text/plain"));
            }
        }
    }
}

#[tokio::test]
async fn the_name_goes_to_its_field_and_nobody_elses_does() {
    let stage = stage(&format!(
        "basicAuth: {{users: ['admin:{SHA1}'], headerField: x-web-user, removeHeader: true}}"
    ));
    let mut ex = request(&format!(
        "GET /\nX-Web-User: root\nX_Web_User: root\nx-web-user: root\n{}",
        pair("admin", "secret")
    ));
    assert_eq!(send(&stage, &mut ex).await.0.status, 200);
    assert_eq!(crate::testing::fields(&ex.headers), ["x-web-user: admin"]);
}

/// Counts what is computed, and can be full.
#[derive(Default)]
struct Counted {
    jobs: AtomicUsize,
    is_full: Mutex<bool>,
}

impl Computing for Counted {
    fn submit(&self, job: Job) -> Result<(), Full> {
        if *self.is_full.lock().unwrap() {
            return Err(Full);
        }
        self.jobs.fetch_add(1, Ordering::Relaxed);
        job();
        Ok(())
    }
}

/// A request whose worker lends this.
fn request_by(head: &str, computing: &Arc<Counted>) -> Exchange {
    let mut ex = request(head);
    let conn = Conn {
        entry_point: "web".into(),
        peer: ex.conn.peer,
        peer_ip: ex.conn.peer_ip.clone(),
        local: ex.conn.local,
        accepted: ex.conn.accepted,
        desk: Desk::new(Arc::clone(computing) as Arc<dyn Computing>).into(),
        trust: ex.conn.trust,
        odd_names: ex.conn.odd_names,
        tls: None,
    };
    ex.conn = std::rc::Rc::new(conn);
    ex
}

#[tokio::test]
async fn a_right_password_is_computed_once_in_a_while_and_a_wrong_one_every_time() {
    let stage = stage(&format!("basicAuth: {{users: ['admin:{BCRYPT}', 'other:{BCRYPT}']}}"));
    let counted = Arc::new(Counted::default());
    let mut total = 0;
    let mut computed = async |head: &str, later: Duration| {
        let mut ex = request_by(head, &counted);
        ex.started = Instant::now() + later;
        let status = send(&stage, &mut ex).await.0.status;
        let jobs = counted.jobs.load(Ordering::Relaxed) - total;
        total += jobs;
        (status, jobs)
    };
    let [right, wrong, unknown, other] =
        [("admin", "secret"), ("admin", "wrong"), ("who", "secret"), ("other", "secret")]
            .map(|(user, password)| format!("GET /\n{}", pair(user, password)));
    let now = Duration::ZERO;
    assert_eq!(computed(&right, now).await, (200, 1));
    assert_eq!(computed(&right, now).await, (200, 0));
    // An unknown name costs what a known one does, and what one user may says nothing of another.
    for _ in 0..2 {
        assert_eq!(computed(&wrong, now).await, (401, 1));
        assert_eq!(computed(&unknown, now).await, (401, 1));
    }
    assert_eq!(computed(&other, now).await, (200, 1));
    assert_eq!(computed(&right, now).await, (200, 0));
    assert_eq!(computed(&right, Duration::from_secs(301)).await, (200, 1));
    *counted.is_full.lock().unwrap() = true;
    assert_eq!(computed(&wrong, now).await, (503, 0));
    assert_eq!(computed(&right, Duration::from_secs(301)).await, (200, 0));
}

#[test]
fn what_cannot_work_is_told_without_showing_a_hash() {
    let told = problems("basicAuth: {users: ['admin:plain'], realm: \"a\\nb\"}");
    assert!(told[0].contains("realm has control characters"), "{told:?}");
    let told = problems("basicAuth: {users: ['admin:plain'], headerField: 'a b'}");
    assert!(told[0].contains("headerField: not a valid header name"), "{told:?}");
    for field in ["Host", "content-length", "Connection"] {
        let told = problems(&format!("basicAuth: {{users: ['admin:plain'], headerField: {field}}}"));
        assert!(told[0].contains("says something else"), "{told:?}");
    }
    let built = build("basicAuth: {users: ['admin:plain', 'other:{SHA}x']}");
    assert!(built.result.is_ok());
    assert_eq!(built.warnings.len(), 1);
    assert!(
        built.warnings[0].contains("1 of 2 users can never log in") && !built.warnings[0].contains("plain")
    );
}
