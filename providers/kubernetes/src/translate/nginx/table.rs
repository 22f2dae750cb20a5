//! Every documented annotation, each a line: its name, what becomes of it here, and where its value goes.
//!
//! What a draft then comes to is the business of [`super::steps`], [`super::services`] and [`super::routes`].

use super::read::{
    count, flag, list, networks, number, plain, redirect_code, reference, seconds, sign_in, size, statuses,
    switch, text, truth, with_host, word,
};
use super::row::Row;

/// What their names begin with.
pub const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// All there are. Of two names for one thing the later one counts.
pub static ANNOTATIONS: &[Row] = &[
    // Where requests are taken.
    Row::exact("use-regex", |d, v| flag(&mut d.place.is_regex, v)),
    Row::exact("rewrite-target", |d, v| text(&mut d.place.rewrite, v)),
    Row::nearly("app-root", "methods other than GET are answered 307 and not 302", |d, v| {
        plain(&mut d.place.app_root, v)
    }),
    Row::exact("server-alias", |d, v| list(&mut d.place.aliases, v)),
    Row::nearly("from-to-www-redirect", "GET is answered 301 and not 308", |d, v| {
        flag(&mut d.place.with_www, v)
    })
    .plain(OFF),
    Row::nearly("ssl-passthrough", "it needs no flag of the controller", |d, v| {
        flag(&mut d.place.is_passed_through, v)
    })
    .plain(OFF),
    // Redirects.
    Row::nearly("ssl-redirect", "GET is answered 301 and not 308", |d, v| {
        d.redirect.is_tls_off = !truth(v)?;
        Ok(())
    })
    .plain(OFF)
    .key(),
    Row::nearly("force-ssl-redirect", "GET is answered 301 and not 308", |d, v| {
        flag(&mut d.redirect.is_tls_forced, v)
    })
    .plain(OFF)
    .key(),
    Row::exact("preserve-trailing-slash", |_, v| truth(v).map(drop)),
    Row::left_out("use-port-in-redirects", "redirects go to the port of the scheme").plain(OFF),
    Row::exact("permanent-redirect", |d, v| text(&mut d.redirect.permanent, v)),
    Row::exact("permanent-redirect-code", |d, v| redirect_code(&mut d.redirect.permanent_code, v)),
    Row::exact("temporal-redirect", |d, v| text(&mut d.redirect.temporal, v)),
    Row::exact("temporal-redirect-code", |d, v| redirect_code(&mut d.redirect.temporal_code, v)),
    // Names and passwords.
    Row::exact("auth-type", |d, v| text(&mut d.login.kind, word(&["basic", "digest"], v)?)),
    Row::exact("auth-secret", |d, v| reference(&mut d.login.secret, v)),
    Row::exact("auth-secret-type", |d, v| {
        d.login.is_map = word(&["auth-file", "auth-map"], v)? == "auth-map";
        Ok(())
    }),
    Row::exact("auth-realm", |d, v| plain(&mut d.login.realm, v)),
    // Another server that is asked.
    Row::nearly(
        "auth-url",
        "an answer that is neither 2xx, 401 nor 403 goes to the client as it is, and cookies of the answer do not",
        |d, v| with_host(&mut d.ask.url, v),
    ),
    Row::nearly("auth-signin", "the address asked for is not appended", |d, v| {
        sign_in(&mut d.ask.sign_in, v)
    }),
    Row::left_out("auth-signin-redirect-param", "the address asked for is not appended to auth-signin"),
    Row::exact("auth-response-headers", |d, v| list(&mut d.ask.response_fields, v)),
    Row::exact("auth-request-redirect", |d, v| plain(&mut d.ask.redirect, v)),
    Row::exact("auth-method", |_, v| word(&["GET"], v).map(drop)),
    Row::left_out("auth-always-set-cookie", "cookies of whoever is asked are not passed on").plain(OFF),
    Row::nearly("auth-cache-key", ASKED, |_, _| Ok(())),
    Row::nearly("auth-cache-duration", ASKED, |_, _| Ok(())),
    Row::idle("auth-keepalive", POOLED),
    Row::idle("auth-keepalive-requests", POOLED),
    Row::idle("auth-keepalive-share-vars", POOLED),
    Row::idle("auth-keepalive-timeout", POOLED),
    Row::refused("auth-proxy-set-headers", "whoever is asked gets the fields of the request and no others"),
    Row::refused("auth-snippet", SNIPPET),
    Row::exact("enable-global-auth", |d, v| {
        d.ask.is_global_off = !truth(v)?;
        Ok(())
    }),
    // Certificates of clients.
    Row::exact("auth-tls-secret", |d, v| reference(&mut d.client.secret, v)),
    Row::nearly(
        "auth-tls-verify-client",
        "without a good certificate there is no handshake, and no 400",
        |d, v| {
            d.client.verify = word(&["on", "off", "optional", "optional_no_ca"], v)?;
            Ok(())
        },
    )
    .plain(OFF),
    Row::nearly("auth-tls-verify-depth", "chains of any length are verified", |_, v| count(v).map(drop)),
    Row::nearly(
        "auth-tls-pass-certificate-to-upstream",
        "servers get it in X-Forwarded-Tls-Client-Cert and not in ssl-client-cert",
        |d, v| flag(&mut d.client.is_passed_on, v),
    )
    .plain(OFF),
    Row::refused(
        "auth-tls-error-page",
        "without a good certificate there is no handshake to send a page over",
    ),
    Row::refused("auth-tls-match-cn", "names in certificates are not compared"),
    // Addresses.
    Row::exact("whitelist-source-range", |d, v| networks(&mut d.allow, v)).key(),
    Row::exact("allowlist-source-range", |d, v| networks(&mut d.allow, v)).key(),
    Row::exact("denylist-source-range", |d, v| networks(&mut d.deny, v)).key(),
    Row::exact("satisfy", |d, v| {
        d.is_any_enough = word(&["all", "any"], v)? == "any";
        Ok(())
    }),
    // Limits.
    Row::nearly("limit-rps", LIMITED, |d, v| number(&mut d.limits.per_second, v)).plain(NOTHING),
    Row::nearly("limit-rpm", LIMITED, |d, v| number(&mut d.limits.per_minute, v)).plain(NOTHING),
    Row::nearly(
        "limit-connections",
        "counted are requests in flight; the others are answered 429 and not 503",
        |d, v| number(&mut d.limits.connections, v),
    )
    .plain(NOTHING),
    Row::exact("limit-burst-multiplier", |d, v| number(&mut d.limits.burst, v)),
    Row::exact("limit-whitelist", |d, v| networks(&mut d.limits.exempt, v)),
    Row::exact("limit-allowlist", |d, v| networks(&mut d.limits.exempt, v)),
    Row::left_out("limit-rate", "answers are sent as fast as clients take them").plain(NOTHING).key(),
    Row::left_out("limit-rate-after", "answers are sent as fast as clients take them").plain(NOTHING).key(),
    Row::refused("global-rate-limit", SHARED),
    Row::refused("global-rate-limit-window", SHARED),
    Row::refused("global-rate-limit-key", SHARED),
    Row::refused("global-rate-limit-ignored-cidrs", SHARED),
    // Other origins.
    Row::exact("enable-cors", |d, v| flag(&mut d.cors.is_on, v)),
    Row::exact("cors-allow-origin", |d, v| list(&mut d.cors.origins, v)),
    Row::exact("cors-allow-methods", |d, v| list(&mut d.cors.methods, v)),
    Row::exact("cors-allow-headers", |d, v| list(&mut d.cors.headers, v)),
    Row::exact("cors-expose-headers", |d, v| list(&mut d.cors.exposed, v)),
    Row::exact("cors-allow-credentials", |d, v| {
        d.cors.is_without_credentials = !truth(v)?;
        Ok(())
    }),
    Row::exact("cors-max-age", |d, v| {
        d.cors.max_age = Some(count(v)?);
        Ok(())
    }),
    // Keeping clients on one server.
    Row::exact("affinity", |d, v| {
        d.session.is_on = word(&["cookie"], v).is_ok();
        word(&["cookie"], v).map(drop)
    })
    .of_canary(),
    Row::nearly(
        "affinity-mode",
        "clients stay where they are when servers come, as in mode persistent",
        |_, v| word(&["balanced", "persistent"], v).map(drop),
    )
    .plain(&["persistent"])
    .of_canary(),
    Row::nearly(
        "affinity-canary-behavior",
        "whether a client stays with the canary is remembered by a cookie of its own",
        |d, v| {
            d.session.is_legacy_canary = word(&["sticky", "legacy"], v)? == "legacy";
            Ok(())
        },
    )
    .plain(&["legacy"])
    .of_canary(),
    Row::exact("session-cookie-name", |d, v| plain(&mut d.session.name, v)).of_canary(),
    Row::exact("session-cookie-path", |d, v| plain(&mut d.session.path, v)).of_canary(),
    Row::exact("session-cookie-domain", |d, v| plain(&mut d.session.domain, v)).of_canary(),
    Row::exact("session-cookie-samesite", |d, v| {
        text(&mut d.session.same_site, word(&["None", "Lax", "Strict"], v)?)
    })
    .of_canary(),
    Row::exact("session-cookie-secure", |d, v| flag(&mut d.session.is_secure, v)).of_canary(),
    Row::exact("session-cookie-max-age", |d, v| number(&mut d.session.max_age, v)).of_canary(),
    Row::nearly("session-cookie-expires", "it is sent as Max-Age", |d, v| number(&mut d.session.expires, v))
        .of_canary(),
    Row::nearly(
        "session-cookie-change-on-failure",
        "a client gets another server when its own is down, and not when it fails once",
        |_, v| truth(v).map(drop),
    )
    .of_canary(),
    Row::left_out("session-cookie-conditional-samesite-none", "browsers are not told apart")
        .plain(OFF)
        .of_canary(),
    Row::left_out("session-cookie-partitioned", "cookies are not partitioned").plain(OFF).of_canary(),
    // Canaries.
    Row::exact("canary", |d, v| flag(&mut d.canary.is_on, v)).of_canary(),
    Row::exact("canary-by-header", |d, v| plain(&mut d.canary.header, v)).of_canary(),
    Row::exact("canary-by-header-value", |d, v| text(&mut d.canary.value, v)).of_canary(),
    Row::exact("canary-by-header-pattern", |d, v| text(&mut d.canary.pattern, v)).of_canary(),
    Row::exact("canary-by-cookie", |d, v| plain(&mut d.canary.cookie, v)).of_canary(),
    Row::exact("canary-weight", |d, v| number(&mut d.canary.weight, v)).of_canary(),
    Row::exact("canary-weight-total", |d, v| number(&mut d.canary.total, v)).of_canary(),
    // Servers.
    Row::exact("backend-protocol", |d, v| {
        d.balance.scheme = match v.to_ascii_uppercase().as_str() {
            "HTTP" => "http",
            "HTTPS" | "GRPCS" => "https",
            "GRPC" => "h2c",
            _ => return Err(format!("{v:?} is not spoken, only HTTP, HTTPS, GRPC and GRPCS are")),
        };
        Ok(())
    }),
    Row::exact("service-upstream", |d, v| flag(&mut d.balance.through_service, v)).of_canary().key(),
    Row::nearly(
        "load-balance",
        "the nearest way of balancing is taken: ewma is leasttime, least_conn is p2c",
        |d, v| {
            d.balance.strategy = match word(&["round_robin", "ewma", "least_conn"], v)? {
                "ewma" => "leasttime",
                "least_conn" => "p2c",
                _ => "wrr",
            };
            Ok(())
        },
    )
    .plain(&["round_robin"])
    .of_canary()
    .key(),
    Row::nearly(
        "upstream-hash-by",
        "servers are chosen by weighted hashes, so each client has another one than before",
        |d, v| {
            d.balance.by_client = matches!(
                v,
                "$binary_remote_addr" | "$remote_addr" | "${remote_addr}" | "${binary_remote_addr}"
            );
            if d.balance.by_client {
                Ok(())
            } else {
                Err(format!("{v:?} is no client's address, by which alone servers are chosen"))
            }
        },
    )
    .of_canary(),
    Row::refused("upstream-hash-by-subset", "servers are chosen one by one").plain(OFF).of_canary(),
    Row::refused("upstream-hash-by-subset-size", "servers are chosen one by one").of_canary(),
    Row::exact("upstream-vhost", |d, v| plain(&mut d.fields.host, v)),
    Row::exact("x-forwarded-prefix", |d, v| plain(&mut d.fields.prefix, v)),
    Row::exact("custom-headers", |d, v| reference(&mut d.fields.custom, v)),
    Row::exact("connection-proxy-header", |_, v| word(&["keep-alive"], v).map(drop)),
    Row::exact("default-backend", |d, v| plain(&mut d.pages.service, v)),
    Row::nearly("custom-http-errors", "X-Format and X-Original-URI are not sent", |d, v| {
        statuses(&mut d.pages.statuses, v)
    }),
    Row::exact("disable-proxy-intercept-errors", |d, v| flag(&mut d.pages.is_global_off, v)),
    Row::nearly(
        "mirror-target",
        "copies are sent while the request is, and their Host is that of the target",
        |d, v| text(&mut d.mirror.target, v),
    ),
    Row::exact("mirror-host", |d, v| plain(&mut d.mirror.host, v)),
    Row::exact("mirror-request-body", |d, v| {
        let mut with_body = true;
        switch(&mut with_body, v)?;
        d.mirror.without_body = !with_body;
        Ok(())
    }),
    // Bodies.
    Row::exact("proxy-body-size", |d, v| size(&mut d.bodies.most, v)).key(),
    Row::exact("client-body-buffer-size", |d, v| size(&mut d.bodies.request_memory, v)).key(),
    Row::exact("proxy-request-buffering", |d, v| switch(&mut d.bodies.requests_wait, v)).key(),
    Row::nearly("proxy-buffering", "an answer that waits is read to its end first", |d, v| {
        switch(&mut d.bodies.answers_wait, v)
    })
    .plain(&["off"])
    .key(),
    Row::nearly(
        "proxy-buffer-size",
        "with proxy-buffers-number it says how much of an answer waits in memory",
        |d, v| size(&mut d.bodies.buffer, v),
    )
    .key(),
    Row::nearly(
        "proxy-buffers-number",
        "with proxy-buffer-size it says how much of an answer waits in memory",
        |d, v| number(&mut d.bodies.buffers, v),
    )
    .key(),
    Row::nearly("proxy-max-temp-file-size", "an answer that waits and is longer becomes 500", |d, v| {
        size(&mut d.bodies.file, v)
    })
    .key(),
    // How servers are reached.
    Row::exact("proxy-connect-timeout", |d, v| seconds(&mut d.transport.connect, v)).key(),
    Row::nearly("proxy-read-timeout", "it ends with the head of an answer", |d, v| {
        seconds(&mut d.transport.read, v)
    })
    .key(),
    Row::left_out("proxy-send-timeout", "a server may take its time to read a request").key(),
    Row::exact("proxy-http-version", |d, v| {
        d.transport.only_http1 = word(&["1.1"], v).is_ok();
        word(&["1.1"], v).map(drop)
    }),
    Row::nearly(
        "proxy-next-upstream",
        "a server that got the request and says nothing is not left for another one",
        next_upstream,
    )
    .key(),
    Row::exact("proxy-next-upstream-tries", |d, v| number(&mut d.retry.tries, v)).key(),
    Row::exact("proxy-next-upstream-timeout", |d, v| seconds(&mut d.retry.timeout, v)).key(),
    Row::exact("proxy-ssl-secret", |d, v| reference(&mut d.transport.secret, v)),
    Row::exact("proxy-ssl-verify", |d, v| switch(&mut d.transport.is_verified, v)),
    Row::nearly("proxy-ssl-verify-depth", "chains of any length are verified", |_, v| count(v).map(drop)),
    Row::exact("proxy-ssl-name", |d, v| plain(&mut d.transport.name, v)),
    Row::nearly("proxy-ssl-server-name", "the name is always sent", |_, v| word(&["on", "off"], v).map(drop))
        .plain(&["on"]),
    Row::exact("proxy-ssl-protocols", |d, v| list(&mut d.transport.protocols, v)),
    Row::nearly("proxy-ssl-ciphers", "suites that this gateway does not have are left out", |d, v| {
        ciphers(&mut d.transport.ciphers, v)
    }),
    Row::left_out("proxy-cookie-domain", COOKIES).plain(&["off"]).key(),
    Row::left_out("proxy-cookie-path", COOKIES).plain(&["off"]).key(),
    Row::left_out("proxy-redirect-from", "places that servers send clients to stay as they are")
        .plain(&["off"])
        .key(),
    Row::left_out("proxy-redirect-to", "places that servers send clients to stay as they are")
        .plain(&["off"])
        .key(),
    // Handshakes with clients.
    Row::nearly("ssl-ciphers", "suites that this gateway does not have are left out", |d, v| {
        ciphers(&mut d.tls.ciphers, v)
    })
    .key(),
    Row::idle("ssl-prefer-server-ciphers", "clients choose among suites that are all good").key(),
    // What is told of requests.
    Row::exact("enable-access-log", |d, v| {
        d.access_log = Some(truth(v)?);
        Ok(())
    }),
    Row::idle("enable-rewrite-log", "windrose explain says what becomes of a request").plain(OFF),
    Row::exact("enable-opentelemetry", |d, v| {
        d.tracing = Some(truth(v)?);
        Ok(())
    })
    .key(),
    Row::nearly("opentelemetry-trust-incoming-span", "spans of clients are always continued", |_, v| {
        truth(v).map(drop)
    })
    .plain(ON)
    .key(),
    Row::left_out("opentelemetry-operation-name", "spans have the names that this gateway gives them").key(),
    Row::exact("enable-opentracing", |d, v| {
        d.tracing = Some(truth(v)?);
        Ok(())
    })
    .key(),
    Row::nearly("opentracing-trust-incoming-span", "spans of clients are always continued", |_, v| {
        truth(v).map(drop)
    })
    .plain(ON)
    .key(),
    Row::left_out("enable-influxdb", INFLUX).plain(OFF),
    Row::left_out("influxdb-measurement", INFLUX),
    Row::left_out("influxdb-port", INFLUX),
    Row::left_out("influxdb-host", INFLUX),
    Row::left_out("influxdb-server-name", INFLUX),
    // What is another program's, or could say anything.
    Row::idle("http2-push-preload", "browsers take no pushes; the fields are passed on"),
    Row::refused("fastcgi-index", FASTCGI),
    Row::refused("fastcgi-params-configmap", FASTCGI),
    Row::refused("enable-modsecurity", FIREWALL).plain(OFF).key(),
    Row::refused("enable-owasp-core-rules", FIREWALL).plain(OFF),
    Row::refused("modsecurity-snippet", FIREWALL).key(),
    Row::refused("modsecurity-transaction-id", FIREWALL),
    Row::refused("configuration-snippet", SNIPPET),
    Row::refused("server-snippet", SNIPPET),
    Row::refused("stream-snippet", SNIPPET),
];

/// The line of an annotation.
#[must_use]
pub fn find(name: &str) -> Option<&'static Row> {
    ANNOTATIONS.iter().find(|row| row.name == name)
}

/// traefik: the same words.
fn next_upstream(draft: &mut super::draft::Draft, value: &str) -> super::row::Read {
    let retry = &mut draft.retry;
    (retry.is_off, retry.with_post) = (false, false);
    retry.statuses.clear();
    for word in value.split_whitespace() {
        match word {
            "off" => retry.is_off = true,
            "non_idempotent" => retry.with_post = true,
            "error" | "timeout" | "invalid_header" => {}
            _ => {
                let code = word.strip_prefix("http_").and_then(|code| code.parse().ok());
                let code = code.filter(|code| (400..=599).contains(code));
                retry.statuses.push(code.ok_or_else(|| format!("{word:?} is no reason to try again"))?);
            }
        }
    }
    Ok(())
}

/// OpenSSL's names become ours.
fn ciphers(slot: &mut Vec<String>, value: &str) -> super::row::Read {
    let names = value.split([':', ',', ' ']).filter(|name| !name.is_empty());
    let ours = names.filter_map(|name| SUITES.iter().find(|(theirs, _)| *theirs == name));
    *slot = ours.map(|(_, ours)| (*ours).to_owned()).collect();
    if slot.is_empty() { Err(format!("{value:?} has no suite that this gateway has")) } else { Ok(()) }
}

const SUITES: &[(&str, &str)] = &[
    ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    ("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    ("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
    ("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
];

const OFF: &[&str] = &["false", "off"];
const ON: &[&str] = &["true"];
const NOTHING: &[&str] = &["0"];
const ASKED: &str = "answers are not kept: every request is asked about";
const POOLED: &str = "connections to whoever is asked are kept as all others are";
const LIMITED: &str = "requests beyond it are answered 429 and not 503, and one that is a little early waits";
const SHARED: &str = "limits are not shared between gateways; use limit-rps or limit-rpm";
const COOKIES: &str = "cookies of servers stay as they are";
const INFLUX: &str = "metrics are those of the gateway, see docs/reference/observability.md";
const FASTCGI: &str = "FastCGI is not spoken";
const FIREWALL: &str = "there is no firewall for web applications here";
const SNIPPET: &str = "it is written for another program; say it by annotations or a Middleware";
