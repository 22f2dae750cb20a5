use super::*;
use crate::testing::{answer, filter, problems, request, secure_request};

fn passes(yaml: &str, ex: &mut Exchange) -> bool {
    let reply = answer(&*filter(yaml), ex);
    assert!(reply.as_ref().is_none_or(|reply| reply.status == 403));
    reply.is_none()
}

const TRUSTING: &str =
    "csrf: {trustedOrigins: ['https://app.test', 'https://*.apps.test', 'http://old.test:8080']}";

#[test]
fn what_changes_nothing_passes_from_anywhere() {
    for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
        let head = format!("{method} /\nHost: a.test\nOrigin: https://evil.test\nSec-Fetch-Site: cross-site");
        assert!(passes(TRUSTING, &mut request(&head)), "{method}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "get", "PURGE"] {
        let head = format!("{method} /\nHost: a.test\nOrigin: https://evil.test");
        assert!(!passes(TRUSTING, &mut request(&head)), "{method}");
    }
}

#[test]
fn what_becomes_a_websocket_is_no_harmless_get() {
    let head = "GET /\nHost: a.test\nSec-WebSocket-Key: x\nOrigin: https://evil.test";
    assert!(!passes(TRUSTING, &mut request(head)));
    let head = "GET /\nHost: a.test\nSec-WebSocket-Key: x\nOrigin: http://a.test";
    assert!(passes(TRUSTING, &mut request(head)));
}

#[test]
fn others_must_come_from_the_site_itself_or_a_trusted_one() {
    let cases = [
        ("Origin: https://a.test", true),
        ("Origin: https://A.TEST:443", true),
        ("Origin: https://a.test.", true),
        ("Origin: http://a.test", false),
        ("Origin: https://a.test:8443", false),
        ("Origin: https://sub.a.test", false),
        ("Origin: https://a.test.evil.test", false),
        ("Origin: https://evil.test?a.test", false),
        ("Origin: https://a.test@evil.test", false),
        ("Origin: null", false),
        ("Origin: a.test", false),
        ("Origin: ", false),
        ("Origin: file://a.test", false),
        ("Origin: https://app.test", true),
        ("Origin: http://app.test", false),
        ("Origin: https://x.apps.test", true),
        ("Origin: https://x.y.apps.test", true),
        ("Origin: https://apps.test", false),
        ("Origin: https://.apps.test", false),
        ("Origin: https://xapps.test", false),
        ("Origin: http://old.test:8080", true),
        ("Origin: http://old.test", false),
        ("Origin: https://a.test\nOrigin: https://evil.test", false),
        ("Sec-Fetch-Site: same-origin", true),
        ("Sec-Fetch-Site: none", true),
        ("Sec-Fetch-Site: same-site", false),
        ("Sec-Fetch-Site: cross-site", false),
        ("Sec-Fetch-Site: Same-Origin", false),
        ("Sec-Fetch-Site: same-origin\nSec-Fetch-Site: cross-site", false),
        ("Sec-Fetch-Site: cross-site\nOrigin: https://a.test", false),
        ("Sec-Fetch-Site: cross-site\nOrigin: https://app.test", true),
        ("Sec-Fetch-Site: same-site\nReferer: https://a.test/", false),
        ("Referer: https://a.test/x?y", true),
        ("Referer: https://a.test", true),
        ("Referer: https://evil.test/https://a.test", false),
        ("Referer: https://a.test@evil.test/", false),
        ("Referer: /x", false),
        ("Origin: https://evil.test\nReferer: https://a.test/", false),
        ("X-Nothing: 1", false),
    ];
    for (fields, expected) in cases {
        let head = format!("POST /x\nHost: a.test\n{fields}");
        assert_eq!(passes(TRUSTING, &mut secure_request(&head)), expected, "{fields}");
    }
    let silent = "csrf: {allowMissingOrigin: true}";
    assert!(passes(silent, &mut request("POST /x\nHost: a.test")));
    assert!(!passes(silent, &mut request("POST /x\nHost: a.test\nOrigin: null")));
}

#[test]
fn what_another_gateway_says_of_tls_counts_if_it_is_trusted() {
    let told = "X-Forwarded-Proto: https";
    for (origin, field, expected) in [
        ("https://a.test", "X: 1", true),
        ("http://a.test", "X: 1", true),
        ("https://a.test", told, true),
        ("http://a.test", told, false),
    ] {
        let head = format!("POST /x\nHost: a.test\nOrigin: {origin}\n{field}");
        assert_eq!(passes("csrf: {}", &mut request(&head)), expected, "{origin} {field}");
    }
}

#[test]
fn exempt_paths_are_whole_segments_and_nothing_decodes_out_of_them() {
    let cases = [
        ("/hooks", true),
        ("/hooks/x", true),
        ("/hooks?x", true),
        ("/hooksx", false),
        ("/x/hooks", false),
        ("/hooks/../admin", false),
        ("/hooks/..%2Fadmin", false),
        ("/hooks/..%5Cadmin", false),
        ("/hooks/%252e%252e/admin", false),
        ("/hooks/%2e%2e/admin", false),
    ];
    for (target, expected) in cases {
        let head = format!("POST {target}\nHost: a.test\nOrigin: https://evil.test");
        assert_eq!(passes("csrf: {exemptPaths: [/hooks/]}", &mut request(&head)), expected, "{target}");
    }
}

const WITH_TOKEN: &str = "csrf: {token: {secrets: ['the first secret, which signs tokens', 'an older secret, which did before'], sessionCookie: sid}}";
const OLD: &str = "csrf: {token: {secrets: ['an older secret, which did before'], sessionCookie: sid}}";

/// The cookie that an answer to such a request gives.
fn given(yaml: &str, fields: &str) -> Option<String> {
    let filter = filter(yaml);
    let mut ex = secure_request(&format!("GET /\nHost: a.test\nX: 1{fields}"));
    assert!(answer(&*filter, &mut ex).is_none());
    let mut reply = Reply::empty(200);
    filter.response(&ex, &mut reply);
    reply.headers.get_str(Id::SET_COOKIE).map(str::to_owned)
}

#[test]
fn a_token_is_given_once_and_asked_for_ever_after() {
    let cookie = given(WITH_TOKEN, "\nCookie: sid=1").expect("a token");
    let (token, attributes) =
        cookie.strip_prefix("__Host-csrf=").and_then(|cookie| cookie.split_once(';')).expect("a cookie");
    assert_eq!(attributes, " Path=/; Secure; SameSite=Lax");
    let with = format!("\nCookie: sid=1; __Host-csrf={token}");
    assert_eq!(given(WITH_TOKEN, &with), None);
    assert!(
        given(WITH_TOKEN, &format!("\nCookie: sid=2; __Host-csrf={token}")).is_some(),
        "of another session"
    );
    let from_us = "POST /x\nHost: a.test\nSec-Fetch-Site: same-origin";
    let mut changed = token.to_owned();
    changed.replace_range(..1, if token.starts_with('A') { "B" } else { "A" });
    let cases = [
        (format!("{from_us}{with}\nX-CSRF-Token: {token}"), true),
        (format!("{from_us}{with}"), false),
        (format!("{from_us}{with}\nX-CSRF-Token: {changed}"), false),
        (format!("{from_us}\nCookie: sid=1; __Host-csrf={changed}\nX-CSRF-Token: {changed}"), false),
        (format!("{from_us}\nCookie: sid=2; __Host-csrf={token}\nX-CSRF-Token: {token}"), false),
        (format!("{from_us}\nCookie: sid=1\nX-CSRF-Token: {token}"), false),
        (format!("{from_us}{with}\nX-CSRF-Token: {token}\nX-CSRF-Token: {token}"), false),
        (format!("{from_us}\nCookie: sid=1; __Host-csrf=\nX-CSRF-Token: "), false),
        (
            format!("{from_us}\nCookie: __Host-csrf=x; sid=1; __Host-csrf={token}\nX-CSRF-Token: {token}"),
            true,
        ),
        (format!("POST /x\nHost: a.test\nOrigin: https://evil.test{with}\nX-CSRF-Token: {token}"), false),
    ];
    for (head, expected) in cases {
        assert_eq!(passes(WITH_TOKEN, &mut secure_request(&head)), expected, "{head}");
    }
}

#[test]
fn tokens_of_an_older_secret_are_believed_until_it_goes() {
    let cookie = given(OLD, "\nCookie: sid=1").expect("a token");
    let token =
        cookie.strip_prefix("__Host-csrf=").and_then(|rest| rest.split(';').next()).expect("a cookie");
    let head = format!(
        "POST /x\nHost: a.test\nSec-Fetch-Site: same-origin\nCookie: sid=1; __Host-csrf={token}\nX-CSRF-Token: {token}"
    );
    assert!(passes(WITH_TOKEN, &mut secure_request(&head)));
    let newer = "csrf: {token: {secrets: ['the first secret, which signs tokens'], sessionCookie: sid}}";
    assert!(!passes(newer, &mut secure_request(&head)));
}

#[test]
fn what_cannot_work_is_told() {
    let secret = "secrets: ['the first secret, which signs tokens']";
    let cases = [
        ("trustedOrigins: [app.test]".to_owned(), "trustedOrigins"),
        ("trustedOrigins: ['https://app.test/x']".to_owned(), "trustedOrigins"),
        ("trustedOrigins: ['https://*']".to_owned(), "trustedOrigins"),
        ("trustedOrigins: ['https://*.test']".to_owned(), "trustedOrigins"),
        ("trustedOrigins: ['https://a.*.test']".to_owned(), "trustedOrigins"),
        ("trustedOrigins: ['*']".to_owned(), "trustedOrigins"),
        ("exemptPaths: [hooks]".to_owned(), "exemptPaths"),
        ("token: {}".to_owned(), "token.secrets"),
        ("token: {secrets: [short]}".to_owned(), "token.secrets"),
        (format!("token: {{{secret}, cookieName: 'a b'}}"), "token.cookieName"),
        (format!("token: {{{secret}, secure: false}}"), "by TLS alone"),
        (format!("token: {{{secret}, headerName: Host}}"), "says something else"),
    ];
    for (options, told) in cases {
        let found = problems(&format!("csrf: {{{options}}}"));
        assert!(found[0].contains(told) && !found[0].contains("signs tokens"), "{options}: {found:?}");
    }
}
