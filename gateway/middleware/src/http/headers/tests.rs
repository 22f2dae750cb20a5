use windrose_http::{Exchange, Reply};

use crate::testing::{answer, body, build, fields, filter, problems, request, secure_request};

/// What a request looks like behind a filter.
fn sent(options: &str, head: &str) -> Exchange {
    let mut ex = request(head);
    let filter = filter(&format!("headers: {{{options}}}"));
    assert!(answer(&*filter, &mut ex).is_none(), "{options}");
    ex
}

/// What an answer looks like when it has passed the filter.
fn told(options: &str, mut ex: Exchange, theirs: &[(&str, &str)]) -> Vec<String> {
    let filter = filter(&format!("headers: {{{options}}}"));
    assert!(answer(&*filter, &mut ex).is_none(), "{options}");
    let mut reply = Reply::empty(200);
    for (name, value) in theirs {
        reply.headers.append(*name, value);
    }
    filter.response(&ex, &mut reply);
    fields(&reply.headers)
}

#[test]
fn fields_of_requests_are_set_and_removed() {
    let cases: [(&str, &str, &[&str]); 7] = [
        ("X-New: a, x-lower: b", "GET /\nx-new: client\nX-New: two", &["x-new: a", "x-lower: b"]),
        ("X-Gone: \"\"", "GET /\nx-gone: 1\nX-Gone: 2\nX-Kept: 3", &["X-Kept: 3"]),
        ("X-Number: 5, X-True: true", "GET /", &["X-Number: 5", "X-True: true"]),
        ("X-Odd: \"a  b, c; $1 é\"", "GET /", &["X-Odd: a  b, c; $1 é"]),
        ("X-Forwarded-Proto: https", "GET /", &["X-Forwarded-Proto: https"]),
        ("Connection: close, Content-Length: 5, Transfer-Encoding: chunked, Te: gzip", "GET /", &[]),
        ("Te: trailers", "GET /", &["Te: trailers"]),
    ];
    for (edits, head, expected) in cases {
        let ex = sent(&format!("customRequestHeaders: {{{edits}}}"), head);
        assert_eq!(fields(&ex.headers), expected, "{edits}");
        assert!(ex.appends_peer);
    }
}

#[test]
fn a_client_cannot_speak_beside_what_is_set_or_removed() {
    let head = "GET /\nX_User: 1\nx.user: 2\nX-User: 3\nX-~User: 4\nXUser: 5";
    let cases: [(&str, &[&str]); 5] = [
        ("X-User: us", &["X-User: us", "X-~User: 4", "XUser: 5"]),
        ("X_User: us", &["X_User: us", "X-~User: 4", "XUser: 5"]),
        ("X-User: \"\"", &["X-~User: 4", "XUser: 5"]),
        ("X-User: a, X_User: b", &["X-User: a", "X-~User: 4", "XUser: 5", "X_User: b"]),
        ("X-Other: us", &["X_User: 1", "x.user: 2", "X-User: 3", "X-~User: 4", "XUser: 5", "X-Other: us"]),
    ];
    for (edits, expected) in cases {
        let ex = sent(&format!("customRequestHeaders: {{{edits}}}"), head);
        assert_eq!(fields(&ex.headers), expected, "{edits}");
    }
}

#[test]
fn the_host_is_no_field() {
    for name in ["Host", "host"] {
        let ex = sent(&format!("customRequestHeaders: {{{name}: \"Other.test:81\"}}"), "GET /\nHost: h.test");
        assert_eq!((ex.host.as_str(), ex.host.name()), ("Other.test:81", "other.test"));
        assert!(ex.headers.is_empty());
    }
    assert_eq!(sent("customRequestHeaders: {Host: \"\"}", "GET /\nHost: h.test").host.as_str(), "h.test");
}

#[test]
fn an_empty_forwarded_for_hides_the_peer() {
    for name in ["X-Forwarded-For", "x-forwarded-for"] {
        let ex = sent(&format!("customRequestHeaders: {{{name}: \"\"}}"), "GET /\nX-Forwarded-For: 10.0.0.1");
        assert!(ex.headers.is_empty() && !ex.appends_peer, "{name}");
    }
    let ex = sent("customRequestHeaders: {X-Forwarded-For: 10.0.0.9}", "GET /\nX-Forwarded-For: 10.0.0.1");
    assert_eq!((fields(&ex.headers), ex.appends_peer), (vec!["X-Forwarded-For: 10.0.0.9".into()], true));
}

#[test]
fn fields_of_answers_are_set_and_removed() {
    let edits = "customResponseHeaders: {X-New: a, Server: \"\", Content-Length: 3}";
    let theirs = [("Server", "theirs"), ("x-new", "b"), ("X-New", "c"), ("X-Kept", "d")];
    assert_eq!(told(edits, request("GET /"), &theirs), ["x-new: a", "X-Kept: d"]);
}

#[test]
fn browsers_are_told_to_be_careful() {
    let cases: [(&str, &[&str]); 12] = [
        ("frameDeny: true", &["X-Frame-Options: DENY"]),
        ("frameDeny: true, customFrameOptionsValue: SAMEORIGIN", &["X-Frame-Options: SAMEORIGIN"]),
        ("contentTypeNosniff: true", &["X-Content-Type-Options: nosniff"]),
        ("browserXssFilter: true", &["X-XSS-Protection: 1; mode=block"]),
        ("browserXssFilter: true, customBrowserXSSValue: \"0\"", &["X-XSS-Protection: 0"]),
        (
            "contentSecurityPolicy: \"default-src 'self'\", contentSecurityPolicyReportOnly: img-src *",
            &[
                "Content-Security-Policy: default-src 'self'",
                "Content-Security-Policy-Report-Only: img-src *",
            ],
        ),
        ("referrerPolicy: no-referrer", &["Referrer-Policy: no-referrer"]),
        ("permissionsPolicy: camera=()", &["Permissions-Policy: camera=()"]),
        ("stsIncludeSubdomains: true", &[]),
        ("stsSeconds: 0, forceSTSHeader: true", &[]),
        ("publicKey: x, isDevelopment: true", &[]),
        ("sslRedirect: true", &[]),
    ];
    for (options, expected) in cases {
        assert_eq!(told(options, request("GET /"), &[]), expected, "{options}");
        assert_eq!(told(options, secure_request("GET /"), &[]), expected, "{options}");
    }
}

#[test]
fn some_things_are_told_over_tls_only() {
    let sts = "stsSeconds: 100, stsIncludeSubdomains: true, stsPreload: true";
    let all = "Strict-Transport-Security: max-age=100; includeSubDomains; preload";
    let proxied = "stsSeconds: 100, sslProxyHeaders: {X-Tls: \"on\"}";
    let cases: [(&str, Exchange, &[&str]); 11] = [
        (sts, request("GET /"), &[]),
        (sts, secure_request("GET /"), &[all]),
        ("stsSeconds: 100", secure_request("GET /"), &["Strict-Transport-Security: max-age=100"]),
        (
            "stsSeconds: 100, stsPreload: true, forceSTSHeader: true",
            request("GET /"),
            &["Strict-Transport-Security: max-age=100; preload"],
        ),
        ("stsSeconds: 100, isDevelopment: true", secure_request("GET /"), &[]),
        (proxied, request("GET /\nX-Tls: on"), &["Strict-Transport-Security: max-age=100"]),
        (proxied, request("GET /\nX-Tls: ON"), &[]),
        (proxied, request("GET /"), &[]),
        ("publicKey: pin, frameDeny: true", request("GET /"), &["X-Frame-Options: DENY"]),
        ("publicKey: pin", secure_request("GET /"), &["Public-Key-Pins: pin"]),
        ("publicKey: pin, isDevelopment: true", secure_request("GET /"), &[]),
    ];
    for (options, ex, expected) in cases {
        assert_eq!(told(options, ex, &[]), expected, "{options}");
    }
}

#[test]
fn security_fields_replace_the_server_s_and_yield_to_custom_ones() {
    let options = "frameDeny: true, referrerPolicy: a, customResponseHeaders: {X-Frame-Options: mine, Referrer-Policy: \"\"}";
    let theirs = [("X-Frame-Options", "theirs"), ("Referrer-Policy", "theirs")];
    assert_eq!(
        told("frameDeny: true, referrerPolicy: a", request("GET /"), &theirs),
        ["X-Frame-Options: DENY", "Referrer-Policy: a"]
    );
    assert_eq!(told(options, request("GET /"), &theirs), ["X-Frame-Options: mine"]);
}

#[test]
fn a_nonce_is_new_for_each_answer_and_the_same_in_both_policies() {
    let options =
        "contentSecurityPolicy: script-src $NONCE 'self' $NONCE, contentSecurityPolicyReportOnly: x $NONCE";
    let nonces = |_| {
        let told = told(options, request("GET /"), &[]);
        let nonce =
            told[1].strip_prefix("Content-Security-Policy-Report-Only: x ").expect("a policy").to_owned();
        assert_eq!(told[0], format!("Content-Security-Policy: script-src {nonce} 'self' {nonce}"));
        let random =
            nonce.strip_prefix("'nonce-").and_then(|nonce| nonce.strip_suffix('\'')).expect("a nonce");
        assert_eq!(random.len(), 22);
        nonce
    };
    let [first, second] = [0, 1].map(nonces);
    assert_ne!(first, second);
}

#[test]
fn only_allowed_hosts_are_served() {
    let cases = [
        ("allowedHosts: [a.test, h.test]", "GET /\nHost: H.test", true),
        ("allowedHosts: [h.test]", "GET /\nHost: h.test:80", false),
        ("allowedHosts: [\"h.test:80\"]", "GET /\nHost: h.test:80", true),
        ("allowedHosts: [h.test]", "GET /", false),
        ("allowedHosts: [a.test]", "GET /\nHost: h.test", false),
        ("allowedHosts: [a.test], isDevelopment: true", "GET /\nHost: h.test", true),
        ("allowedHosts: [a.test], hostsProxyHeaders: [X-B, X-A]", "GET /\nHost: h.test\nX-A: a.test", true),
        ("allowedHosts: [a.test], hostsProxyHeaders: [X-A]", "GET /\nHost: a.test\nX-A: b.test", false),
        ("allowedHosts: [a.test], hostsProxyHeaders: [X-A]", "GET /\nHost: a.test\nX-A: ", true),
        ("allowedHosts: [a.test], customRequestHeaders: {Host: a.test}", "GET /\nHost: h.test", true),
    ];
    for (options, head, is_served) in cases {
        let filter = filter(&format!("headers: {{{options}}}"));
        let reply = answer(&*filter, &mut request(head));
        assert_eq!(reply.is_none(), is_served, "{options} {head}");
    }
}

#[test]
fn the_refusal_of_a_host_has_the_custom_fields_but_no_security_ones() {
    let filter = filter(
        "headers: {allowedHosts: [a.test], frameDeny: true, customResponseHeaders: {X-A: b}, addVaryHeader: true}",
    );
    let reply = answer(&*filter, &mut request("GET /\nHost: h.test")).expect("a refusal");
    assert_eq!((reply.status, body(&reply)), (500, "Bad Host\n"));
    let expected = [
        "Content-Type: text/plain; charset=utf-8",
        "X-Content-Type-Options: nosniff",
        "X-A: b",
        "Vary: Origin",
    ];
    assert_eq!(fields(&reply.headers), expected);
}

const FULL: &str = "accessControlAllowOriginList: [http://a.test], accessControlAllowMethods: [GET, PUT], \
    accessControlAllowHeaders: [X-A, X-B], accessControlExposeHeaders: [X-C, X-D], \
    accessControlAllowCredentials: true, accessControlMaxAge: 100, addVaryHeader: true, customResponseHeaders: {X-E: f}";
const ANY: &str = "accessControlAllowOriginList: [\"*\"], accessControlAllowMethods: [\"*\"], \
    accessControlAllowHeaders: [\"*\"], accessControlExposeHeaders: [\"*\"], accessControlAllowCredentials: true";

#[test]
fn preflights_are_answered_here() {
    let ask = "OPTIONS /\nOrigin: http://a.test\nAccess-Control-Request-Method: PUT\nAccess-Control-Request-Headers: x, y";
    let cases: [(&str, &str, &[&str]); 7] = [
        (
            FULL,
            ask,
            &[
                "Access-Control-Allow-Origin: http://a.test",
                "Access-Control-Allow-Credentials: true",
                "Access-Control-Expose-Headers: X-C,X-D",
                "Access-Control-Allow-Headers: X-A,X-B",
                "Access-Control-Allow-Methods: GET,PUT",
                "Access-Control-Max-Age: 100",
            ],
        ),
        (
            "accessControlAllowOriginList: [http://b.test], accessControlMaxAge: 0",
            ask,
            &["Access-Control-Max-Age: 0"],
        ),
        (
            ANY,
            ask,
            &[
                "Access-Control-Allow-Origin: http://a.test",
                "Access-Control-Allow-Credentials: true",
                "Access-Control-Allow-Headers: x, y",
                "Access-Control-Allow-Methods: PUT",
            ],
        ),
        (
            ANY,
            "OPTIONS /\nOrigin: null\nAccess-Control-Request-Method: GET",
            &[
                "Access-Control-Allow-Origin: null",
                "Access-Control-Allow-Credentials: true",
                "Access-Control-Allow-Methods: GET",
            ],
        ),
        (
            "accessControlAllowOriginList: [\"*\", http://a.test], accessControlAllowHeaders: [\"*\", X]",
            ask,
            &["Access-Control-Allow-Origin: *", "Access-Control-Allow-Headers: *,X"],
        ),
        ("addVaryHeader: true", ask, &[]),
        ("accessControlAllowMethods: [GET]", ask, &["Access-Control-Allow-Methods: GET"]),
    ];
    for (options, head, expected) in cases {
        let filter = filter(&format!("headers: {{{options}}}"));
        let reply = answer(&*filter, &mut request(head)).expect(options);
        assert_eq!((reply.status, body(&reply)), (200, ""));
        assert_eq!(fields(&reply.headers), expected, "{options}");
    }
}

#[test]
fn what_is_no_preflight_goes_on() {
    let heads = [
        "OPTIONS /\nOrigin: http://a.test",
        "OPTIONS /\nAccess-Control-Request-Method: PUT",
        "OPTIONS /\nOrigin: http://a.test\nAccess-Control-Request-Method: ",
        "GET /\nOrigin: http://a.test\nAccess-Control-Request-Method: PUT",
    ];
    for head in heads {
        sent(FULL, head);
    }
    sent("frameDeny: true", "OPTIONS /\nOrigin: http://a.test\nAccess-Control-Request-Method: PUT");
}

#[test]
fn answers_tell_origins_what_they_may_do() {
    let full = |origin: &str| {
        told(FULL, request(&format!("GET /\nOrigin: {origin}")), &[("Access-Control-Allow-Origin", "theirs")])
    };
    let rest = [
        "X-E: f",
        "Access-Control-Allow-Credentials: true",
        "Access-Control-Expose-Headers: X-C,X-D",
        "Vary: Origin",
    ];
    assert_eq!(full("http://a.test")[0], "Access-Control-Allow-Origin: http://a.test");
    assert_eq!(full("http://b.test")[0], "Access-Control-Allow-Origin: theirs");
    assert_eq!(full("http://a.test")[1..], rest);
    assert_eq!(full("http://b.test")[1..], rest);

    let list = "accessControlAllowOriginList: [http://a.test, \"*\"]";
    let pattern = "accessControlAllowOriginListRegex: ['^http://[a-z]+\\.test$']";
    let both = "accessControlAllowOriginList: [\"*\"], accessControlAllowOriginListRegex: [b]";
    let cases = [
        (list, "GET /\nOrigin: http://a.test", Some("http://a.test")),
        (list, "GET /\nOrigin: HTTP://A.test", Some("*")),
        (list, "GET /", Some("*")),
        (both, "GET /\nOrigin: http://b", Some("*")),
        (pattern, "GET /\nOrigin: http://good.test", Some("http://good.test")),
        (pattern, "GET /\nOrigin: http://good.test.evil", None),
        ("accessControlAllowOriginListRegex: [.*]", "GET /", None),
        (ANY, "GET /\nOrigin: http://a.test", Some("http://a.test")),
        (ANY, "GET /", None),
    ];
    for (options, head, expected) in cases {
        let told = told(options, request(head), &[]);
        let origin = told.iter().find_map(|line| line.strip_prefix("Access-Control-Allow-Origin: "));
        assert_eq!(origin, expected, "{options} {head}");
        assert!(!told.iter().any(|line| line.starts_with("Access-Control-Expose")), "{options}");
    }
}

#[test]
fn vary_is_added_to() {
    let cases: [(&[&str], &[&str]); 6] = [
        (&[], &["Vary: Origin"]),
        (&["Accept"], &["Vary: Accept,Origin"]),
        (&["Origin"], &["Vary: Origin"]),
        (&["origin, Accept"], &["Vary: origin, Accept,Origin"]),
        (&["Accept", "Cookie"], &["Vary: Accept", "Vary: Cookie", "Vary: Origin"]),
        (&["Origin", "Cookie"], &["Vary: Origin", "Vary: Cookie", "Vary: Origin"]),
    ];
    for (theirs, expected) in cases {
        let theirs: Vec<_> = theirs.iter().map(|value| ("Vary", *value)).collect();
        assert_eq!(told("addVaryHeader: true", request("GET /"), &theirs), expected);
    }
}

#[test]
fn a_value_over_several_lines_is_one_line() {
    let policy = "contentSecurityPolicy: \"default-src 'self';\\nscript-src 'self'\\n\"";
    let cases = [
        ("customResponseHeaders: {A: \"b\\n\"}", "A: b"),
        ("customResponseHeaders: {A: \"b\\r\\n\\tc\"}", "A: b  \tc"),
        (policy, "Content-Security-Policy: default-src 'self'; script-src 'self'"),
    ];
    for (options, expected) in cases {
        assert_eq!(told(options, request("GET /"), &[]), [expected], "{options}");
    }
}

#[test]
fn what_cannot_be_done_is_a_problem() {
    let cases = [
        ("", "1:10: error: nothing to do, set at least one option"),
        ("accessControlAllowCredentials: false", "1:10: error: nothing to do, set at least one option"),
        ("customRequestHeaders: {\"a b\": x}", "1:41: error: `a b` is not a valid header name"),
        (
            "customResponseHeaders: {A: \"x\\u0007y\"}",
            "1:39: error: not a valid header value, remove its control characters",
        ),
        ("customRequestHeaders: {Host: a b}", "1:40: error: not a host, write a name with perhaps a port"),
        ("hostsProxyHeaders: [\"a b\"]", "1:32: error: `a b` is not a valid header name"),
        ("sslProxyHeaders: {\"\": x}", "1:33: error: `` is not a valid header name"),
        (
            "referrerPolicy: \"a\\u0000b\"",
            "1:28: error: not a valid header value, remove its control characters",
        ),
    ];
    for (options, expected) in cases {
        assert_eq!(problems(&format!("headers: {{{options}}}")), [format!("test.yaml:{expected}")]);
    }
    let broken = problems("headers: {accessControlAllowOriginListRegex: ['(']}");
    assert!(broken[0].starts_with("test.yaml:1:48: error: cannot read the expression: "), "{broken:?}");
    assert!(problems("headers: {stsSeconds: -1}")[0].starts_with("test.yaml:1:23: error: "));
}

#[test]
fn what_has_no_effect_is_warned_about() {
    let built = build(
        "headers: {sslRedirect: true, sslTemporaryRedirect: false, sslHost: h, sslForceHost: true, featurePolicy: x, \
         customRequestHeaders: {Connection: close, Host: \"\"}}",
    );
    assert!(built.result.is_ok());
    let messages: Vec<&str> = built
        .warnings
        .iter()
        .filter_map(|warning| warning.split_once("warning: "))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(
        messages,
        [
            "sslRedirect has no effect, use a redirectScheme middleware",
            "sslForceHost has no effect, use a redirectRegex middleware",
            "sslHost has no effect, use a redirectRegex middleware",
            "featurePolicy has no effect, use permissionsPolicy",
            "Connection has no effect, it concerns one connection only; remove it",
            "Host cannot be removed, write the host to send",
        ]
    );
    assert!(built.warnings[0].starts_with("test.yaml:1:24: "), "{:?}", built.warnings);
}
