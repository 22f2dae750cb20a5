use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use windrose_rule::{Fields, Protocol, RequestView, Syntax, parse};

use super::table::ANNOTATIONS;
use super::{Fate, KEYS, translate};
use crate::objects::World;
use crate::options::NginxOptions;
use crate::translate::Translated;
use crate::translate::tests::{folder, put};

#[test]
fn every_documented_annotation_has_one_line() {
    let known: Vec<&str> = ANNOTATIONS.iter().map(|row| row.name).collect();
    let once: BTreeSet<&str> = known.iter().copied().collect();
    assert_eq!(once.len(), known.len(), "one stands there twice");
    let documented: BTreeSet<&str> = DOCUMENTED.split_whitespace().collect();
    let missing: Vec<_> = documented.difference(&once).collect();
    let more: Vec<_> = once.difference(&documented).collect();
    assert!(missing.is_empty() && more.is_empty(), "missing: {missing:?}, not documented: {more:?}");
}

#[test]
fn a_hundred_annotations_are_honoured() {
    let honoured = ANNOTATIONS.iter().filter(|row| row.fate.is_honoured()).count();
    assert!(honoured >= 100, "{honoured}");
}

#[test]
fn no_key_stands_in_both_tables() {
    let both: Vec<_> =
        KEYS.iter().filter(|key| ANNOTATIONS.iter().any(|row| row.is_key && row.name == key.name)).collect();
    assert!(both.is_empty(), "{both:?}");
}

#[test]
fn the_page_says_what_the_tables_say() {
    let path = page();
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let made = format!("{before}{BEGIN}\n{}{END}{after}", tables());
    if std::env::var_os("WINDROSE_BLESS").is_some() {
        std::fs::write(&path, made).unwrap();
    } else {
        assert!(made == text, "set WINDROSE_BLESS=1 to write the tables of {}", path.display());
    }
}

#[test]
fn header_goes_before_cookie_and_cookie_before_weight() {
    let (main, canary, shared) =
        ("default-main-web-80", "default-main-web-80-canary", "default-main-web-80-wrr");
    let asked = |path, header, cookie| service(&canaries(), path, header, cookie);
    for (header, cookie, to) in [
        ("always", "", canary),
        ("never", "", main),
        ("other", "", shared),
        ("", "always", canary),
        ("", "never", main),
        ("", "other", shared),
        ("", "", shared),
        ("always", "never", canary),
        ("never", "always", main),
        ("other", "never", main),
    ] {
        assert_eq!(asked("/", header, cookie), to, "header {header:?}, cookie {cookie:?}");
    }
    // All of the weight: whoever sends no header gets the canary as well.
    assert_eq!(asked("/value", "it\"s", ""), canary);
    assert_eq!(asked("/value", "never", ""), canary);
    // Where a value or an expression is written, never is a value as any other.
    assert_eq!(asked("/pattern", "eu-west", ""), canary);
    assert_eq!(asked("/pattern", "never", ""), main);
    assert_eq!(asked("/pattern", "", ""), main);
}

#[test]
fn the_longest_path_of_the_most_exact_host_goes_first() {
    let priority = super::rules::priority;
    assert!(priority("a.b", "/a/b", false) > priority("a.b", "/a", true));
    assert!(priority("a.b", "/a", true) > priority("a.b", "/a", false));
    assert!(priority("a.b", "/", false) > priority("*.b", &"/long".repeat(100), true));
    assert!(priority("*.b", "/", false) > priority("", &"/long".repeat(100), true));
    assert!(priority("", "/", false) > super::rules::LAST);
    assert!(super::rules::last_of("a.b") < priority("a.b", "/", false));
}

#[test]
fn variables_are_put_in_or_refused() {
    let groups = super::variables::groups;
    assert_eq!(groups("/$2").unwrap(), "/${2}");
    assert_eq!(groups("/a/$1b/${2}").unwrap(), "/a/${1}b/${2}");
    for wrong in ["/$host", "https://a/$1", "/a?b=$1", "a", "/${1"] {
        assert!(groups(wrong).is_err(), "{wrong}");
    }
    let place = super::variables::replacement("$scheme://new.example.com$request_uri").unwrap();
    assert_eq!(place, "${1}://new.example.com${4}${5}");
    assert!(super::variables::replacement("$remote_user").is_err());
    let known = super::variables::for_host("https://${host}/a?b=$http_host", "h.test");
    assert_eq!(known.unwrap(), "https://h.test/a?b=h.test");
    assert!(super::variables::for_host("https://a.test$request_uri", "h.test").is_err());
    for (address, kept) in [
        ("https://$host/start?rd=$escaped_request_uri", "https://$host/start"),
        ("/start?a=b&rd=https://$host$request_uri&c=d", "/start?a=b&c=d"),
        ("/start?a=b", "/start?a=b"),
        ("/start", "/start"),
    ] {
        assert_eq!(super::variables::without_return(address), kept);
    }
}

#[test]
fn manifests_are_audited_without_a_cluster() {
    use super::audit::{Manifests, Outcome};
    let mut manifests = Manifests::default();
    let text = std::fs::read_to_string(folder().join("nginx-refused.yaml")).unwrap();
    manifests.add("refused.yaml", &text);
    let class = "{apiVersion: networking.k8s.io/v1, kind: List, items: [{apiVersion: networking.k8s.io/v1, \
                 kind: IngressClass, metadata: {name: nginx}, spec: {controller: k8s.io/ingress-nginx}}]}";
    manifests.add("class.yaml", class);
    manifests.add("odd.yaml", "a: [");
    assert_eq!(manifests.problems.len(), 1);
    let audit = manifests.audit(&NginxOptions::usual());
    let counts =
        [Outcome::Clean, Outcome::Approximated, Outcome::Refused].map(|outcome| audit.count(outcome));
    assert_eq!(counts, [0, 0, 5], "{audit:?}");
    let notes = &audit.ingresses[&("default".into(), "firewall".into())];
    assert!(notes[0].text.starts_with("enable-modsecurity: refused"), "{notes:?}");
    let all: Vec<_> = audit.ingresses.values().flatten().collect();
    assert!(all.iter().all(|note| !note.text.contains("there is no Service")), "{all:?}");
}

/// What the case of canaries comes to.
fn canaries() -> Translated {
    let mut world = World::default();
    for file in ["base.yaml", "nginx-canary.yaml"] {
        let text = std::fs::read_to_string(folder().join(file)).unwrap();
        text.split("\n---\n").for_each(|object| put(&mut world, object));
    }
    translate(&world, &NginxOptions::usual())
}

struct Sent<'a>(&'a str, String);

impl Fields for Sent<'_> {
    fn values(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let value = match name {
            "x-canary" => self.0,
            "cookie" => &self.1,
            _ => "",
        };
        !value.is_empty() && each(value.as_bytes())
    }
}

/// The service that a request of a path gets, as the engine finds it.
fn service(translated: &Translated, path: &str, header: &str, cookie: &str) -> String {
    let sent = Sent(header, if cookie.is_empty() { String::new() } else { format!("a=b; canary={cookie}") });
    let view = RequestView { host: "a.example.com", path, headers: &sent, ..RequestView::default() };
    let routers = translated.config.http.routers.values().filter(|router| router.value.tls.is_none());
    let fits = routers.filter(|router| {
        parse(&router.value.rule, Syntax::V3, Protocol::Http).unwrap().matcher().matches(&view)
    });
    let best = fits.max_by_key(|router| router.value.priority).unwrap();
    best.value.service.as_ref().unwrap().to_string()
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/ingress-nginx.md")
}

/// The tables of the page, with counts.
fn tables() -> String {
    let mut out = String::new();
    let count = |fates: &[&str]| ANNOTATIONS.iter().filter(|row| fates.contains(&row.fate.word())).count();
    let _ = writeln!(
        out,
        "Of {} annotations {} are honoured: {} exactly and {} nearly. {} say nothing that could matter here, {} are left out, \
         {} are refused.\n\n| annotation | what becomes of it | |\n|---|---|---|",
        ANNOTATIONS.len(),
        count(&["exact", "approximated"]),
        count(&["exact"]),
        count(&["approximated"]),
        count(&["no effect"]),
        count(&["left out"]),
        count(&["refused"]),
    );
    let line = |out: &mut String, name: &str, fate: Fate, plain: &[&str]| {
        let values: Vec<String> = plain.iter().map(|value| format!("`{value}`")).collect();
        let plain =
            if values.is_empty() { String::new() } else { format!("; not with {}", values.join(", ")) };
        let _ = writeln!(out, "| `{name}` | {} | {}{plain} |", fate.word(), fate.why());
    };
    for row in ANNOTATIONS {
        line(&mut out, row.name, row.fate, row.plain);
    }
    let keys: Vec<String> =
        ANNOTATIONS.iter().filter(|row| row.is_key).map(|row| format!("`{}`", row.name)).collect();
    let _ = writeln!(
        out,
        "\nKeys of the ConfigMap that are defaults of the annotation of the same name:\n\n{}.\n\nOther keys:\n\n\
         | key | what becomes of it | |\n|---|---|---|",
        keys.join(", ")
    );
    for row in KEYS {
        line(&mut out, row.name, row.fate, row.plain);
    }
    out
}

const BEGIN: &str = "<!-- tables: written by the tests of providers/kubernetes -->";
const END: &str = "<!-- end of tables -->";

/// The annotations that the documentation of ingress-nginx has, and those that older releases had.
const DOCUMENTED: &str = "
    server-alias allowlist-source-range backend-protocol auth-realm auth-secret auth-secret-type auth-type canary
    canary-by-cookie canary-by-header canary-by-header-pattern canary-by-header-value canary-weight canary-weight-total
    auth-tls-error-page auth-tls-match-cn auth-tls-pass-certificate-to-upstream auth-tls-secret auth-tls-verify-client
    auth-tls-verify-depth client-body-buffer-size configuration-snippet connection-proxy-header cors-allow-credentials
    cors-allow-headers cors-allow-methods cors-allow-origin cors-expose-headers cors-max-age enable-cors
    custom-http-errors custom-headers default-backend denylist-source-range disable-proxy-intercept-errors
    enable-global-auth auth-always-set-cookie auth-cache-duration auth-cache-key auth-keepalive
    auth-keepalive-requests auth-keepalive-share-vars auth-keepalive-timeout auth-method auth-proxy-set-headers
    auth-request-redirect auth-response-headers auth-signin auth-signin-redirect-param auth-snippet auth-url
    fastcgi-index fastcgi-params-configmap http2-push-preload load-balance enable-access-log enable-rewrite-log
    mirror-host mirror-request-body mirror-target enable-modsecurity enable-owasp-core-rules modsecurity-snippet
    modsecurity-transaction-id enable-opentelemetry opentelemetry-operation-name opentelemetry-trust-incoming-span
    proxy-body-size proxy-buffer-size proxy-buffering proxy-buffers-number proxy-connect-timeout proxy-cookie-domain
    proxy-cookie-path proxy-http-version proxy-max-temp-file-size proxy-next-upstream proxy-next-upstream-timeout
    proxy-next-upstream-tries proxy-read-timeout proxy-redirect-from proxy-redirect-to proxy-request-buffering
    proxy-send-timeout proxy-ssl-ciphers proxy-ssl-name proxy-ssl-protocols proxy-ssl-secret proxy-ssl-server-name
    proxy-ssl-verify proxy-ssl-verify-depth limit-allowlist limit-burst-multiplier limit-connections limit-rate
    limit-rate-after limit-rpm limit-rps from-to-www-redirect permanent-redirect permanent-redirect-code
    temporal-redirect temporal-redirect-code app-root force-ssl-redirect preserve-trailing-slash rewrite-target
    ssl-redirect use-regex ssl-ciphers ssl-prefer-server-ciphers ssl-passthrough satisfy server-snippet
    service-upstream affinity affinity-canary-behavior affinity-mode session-cookie-change-on-failure
    session-cookie-conditional-samesite-none session-cookie-domain session-cookie-expires session-cookie-max-age
    session-cookie-name session-cookie-partitioned session-cookie-path session-cookie-samesite session-cookie-secure
    stream-snippet upstream-hash-by upstream-hash-by-subset upstream-hash-by-subset-size upstream-vhost
    use-port-in-redirects x-forwarded-prefix
    whitelist-source-range limit-whitelist enable-opentracing opentracing-trust-incoming-span global-rate-limit
    global-rate-limit-window global-rate-limit-key global-rate-limit-ignored-cidrs enable-influxdb
    influxdb-measurement influxdb-port influxdb-host influxdb-server-name";
