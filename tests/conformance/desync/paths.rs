//! Paths in odd spellings: what is routed is what is sent on.

use crate::client::exchange;
use crate::gateway::Gateway;
use crate::recorder::Recorder;

/// The path as sent, and what reaches the server: a path, or nothing when the request is refused.
type Case = (&'static str, Option<&'static str>);

/// Whatever reaches the server is a normal form: it means the same to every reader, and a router for `/admin` sees it
/// exactly when the server does.
#[tokio::test]
async fn a_path_has_one_form() {
    check("", &[CASES, ESCAPED].concat()).await;
}

/// An entry point may refuse the escapes that servers like to read as what they stand for.
#[tokio::test]
async fn escapes_of_separators_can_be_refused() {
    let refused: Vec<Case> = ESCAPED.iter().map(|(path, _)| (*path, None)).collect();
    check(DENIED, &[CASES, &refused].concat()).await;
}

async fn check(entry_point: &str, cases: &[Case]) {
    let recorder = Recorder::start().await;
    let gateway = Gateway::routing(entry_point, &guarded(&recorder.url())).await;
    let mut failed = Vec::new();
    for (path, normal) in cases {
        let send =
            [b"GET ", path.as_bytes(), b" HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"].concat();
        let seen = exchange(gateway.addr(), &send).await;
        let requests = recorder.take_requests(path);
        let sent: Vec<&str> = requests.iter().map(|request| request.target()).collect();
        let guards = requests.iter().filter(|request| request.values("x-guard") == ["passed"]).count();
        let should_guard = normal.is_some_and(|path| path == "/admin" || path.starts_with("/admin/"));
        let status = if normal.is_some() { 200 } else { 400 };
        if sent != normal.as_slice() || seen.statuses() != [status] || (guards == 1) != should_guard {
            failed.push(format!("{path}: {seen:?}, sent {sent:?}, guarded {guards}"));
        }
    }
    gateway.expect_well().await;
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn guarded(url: &str) -> String {
    format!(
        "http:\n  routers:\n    guard: {{rule: 'Path(`/admin`) || PathPrefix(`/admin/`)', service: app, middlewares: [mark]}}\n    \
         open: {{rule: 'PathPrefix(`/`)', service: app}}\n  \
         middlewares:\n    mark: {{headers: {{customRequestHeaders: {{X-Guard: passed}}}}}}\n  \
         services:\n    app: {{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}\n"
    )
}

const CASES: &[Case] = &[
    ("/", Some("/")),
    ("/admin", Some("/admin")),
    ("/public/../admin", Some("/admin")),
    ("/public/%2e%2e/admin", Some("/admin")),
    ("/public/%2E%2e/admin", Some("/admin")),
    ("/public/.%2e/admin", Some("/admin")),
    ("/public/%2e./admin", Some("/admin")),
    ("//admin", Some("/admin")),
    ("///admin//x", Some("/admin/x")),
    ("/./admin", Some("/admin")),
    ("/%2e/admin", Some("/admin")),
    ("/%61dmin", Some("/admin")),
    ("/%61%64%6d%69%6E", Some("/admin")),
    ("/admin/.", Some("/admin")),
    ("/admin/", Some("/admin/")),
    ("/admin/..", Some("/")),
    ("/admin/../..", Some("/")),
    ("/../../admin", Some("/admin")),
    ("/public../admin", Some("/public../admin")),
    ("/...", Some("/...")),
    ("/%2e%2e%2e", Some("/...")),
    ("/public/%u002e%u002e/admin", None),
    ("/admin%", None),
    ("/admin%2", None),
    ("/admin%zz", None),
    ("/a?x=%zz", Some("/a?x=%zz")),
    ("/a?b?c", Some("/a?b?c")),
    ("/a?/../b", Some("/a?/../b")),
    ("/ADMIN", Some("/ADMIN")),
    ("/admin;x=y", Some("/admin;x=y")),
    ("/public/..;/admin", Some("/public/..;/admin")),
    ("/public%23/../admin", Some("/admin")),
    ("/%c0%ae%c0%ae/admin", Some("/%C0%AE%C0%AE/admin")),
    ("/\"x\"", Some("/%22x%22")),
    ("/admin%20", Some("/admin%20")),
    ("/%41DMIN", Some("/ADMIN")),
    ("/admin%7f", Some("/admin%7F")),
    ("/admin%0d%0aX:%20y", Some("/admin%0D%0AX:%20y")),
];

/// Escapes that entry points may refuse.
const ESCAPED: &[Case] = &[
    ("/public/..\\admin", Some("/public/..%5Cadmin")),
    ("/public/%5c..%5cadmin", Some("/public/%5C..%5Cadmin")),
    ("/public%2f..%2fadmin", Some("/public%2F..%2Fadmin")),
    ("/public/..%2fadmin", Some("/public/..%2Fadmin")),
    ("/%2fadmin", Some("/%2Fadmin")),
    ("/admin%00", Some("/admin%00")),
    ("/admin%3bx", Some("/admin%3Bx")),
    ("/admin%3fx", Some("/admin%3Fx")),
    ("/admin%23", Some("/admin%23")),
    ("/admin%252e", Some("/admin%252e")),
    ("/%252e%252e/admin", Some("/%252e%252e/admin")),
    ("/admin/%2e%2e%2fadmin", Some("/admin/..%2Fadmin")),
];

const DENIED: &str = "http: {encodedCharacters: {allowEncodedSlash: false, allowEncodedBackSlash: false, \
    allowEncodedNullCharacter: false, allowEncodedSemicolon: false, allowEncodedPercent: false, \
    allowEncodedQuestionMark: false, allowEncodedHash: false}}";
