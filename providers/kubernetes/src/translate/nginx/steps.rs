//! From a draft to middlewares, in the order in which requests meet them.
//!
//! nginx' order of phases: redirects, other origins, limits, addresses, names and passwords, then what changes requests.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Context;
use super::draft::Draft;
use super::variables;
use crate::translate::secrets::Secrets;

/// The annotation at fault, and what is wrong with it.
pub(super) type Wrong = (&'static str, String);

/// One middleware.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// What its name ends in.
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) options: Value,
    pub(super) part: Part,
}

/// What a middleware is for, where that decides who meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It sends clients to TLS.
    Tls,
    /// It holds clients back.
    Limit,
    /// It is about addresses.
    Address,
    /// It asks who the client is.
    Login,
    /// It asks the server that all Ingresses ask.
    Global,
    /// Anything else.
    Other,
}

impl Step {
    pub(super) fn new(name: &str, kind: &'static str, part: Part, options: Value) -> Self {
        Self { name: name.to_owned(), kind, options, part }
    }
}

impl Context<'_> {
    /// The middlewares of all paths of an Ingress; those with pages stand after the first of them.
    ///
    /// `host` is the one that all of them are of, when there is only one.
    pub(super) fn steps(
        &self,
        draft: &Draft,
        namespace: &Arc<str>,
        host: Option<&str>,
    ) -> Result<Vec<Step>, Wrong> {
        let mut steps = redirects(draft)?;
        steps.extend(cors(draft)?);
        steps.extend(limits(draft));
        steps.extend(self.addresses(draft));
        steps.extend(self.login(draft, namespace)?);
        steps.extend(ask(draft, host)?);
        steps.extend(bodies(draft));
        steps.extend(self.fields(draft, namespace)?);
        steps.extend(compress(draft));
        steps.extend(retry(draft));
        Ok(steps)
    }

    fn addresses(&self, draft: &Draft) -> Vec<Step> {
        let lists = [
            ("allowed-source-range", "ipAllowList", &draft.allow),
            ("denied-source-range", "ipDenyList", &draft.deny),
        ];
        let lists = lists.into_iter().filter(|(_, _, ranges)| !ranges.is_empty());
        lists
            .map(|(name, kind, ranges)| {
                let mut options = json!({"sourceRange": ranges});
                if let Some(strategy) = &self.options.ip_strategy {
                    options["ipStrategy"] = strategy.clone();
                }
                // Whoever is refused is refused whatever else is enough.
                let part = if kind == "ipDenyList" { Part::Other } else { Part::Address };
                Step::new(name, kind, part, options)
            })
            .collect()
    }

    fn login(&self, draft: &Draft, namespace: &Arc<str>) -> Result<Option<Step>, Wrong> {
        let login = &draft.login;
        if login.kind.is_empty() {
            return Ok(None);
        }
        let wrong = |message: String| ("auth-secret", message);
        if login.secret.is_empty() {
            return Err(wrong("auth-type needs the Secret with the users".to_owned()));
        }
        let (namespace, name) = self.find(&login.secret, namespace).map_err(wrong)?;
        let secrets = Secrets { world: self.view, namespace: &namespace };
        let users = if login.is_map {
            secrets.all_users(&name)
        } else {
            secrets.value(&name, "auth", "the users").map(|text| {
                text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
            })
        };
        let users: Vec<String> = users.map_err(|error| wrong(error.to_string()))?;
        if users.is_empty() {
            return Err(wrong(format!("Secret {namespace}/{name} holds no users")));
        }
        let realm = if login.realm.is_empty() { REALM } else { &login.realm };
        let options = json!({"users": users, "realm": realm});
        Ok(Some(if login.kind == "basic" {
            Step::new("basic-auth", "basicAuth", Part::Login, options)
        } else {
            Step::new("digest-auth", "digestAuth", Part::Login, options)
        }))
    }

    /// Fields that are set; of requests first.
    fn fields(&self, draft: &Draft, namespace: &Arc<str>) -> Result<Vec<Step>, Wrong> {
        let fields = &draft.fields;
        let mut steps = Vec::new();
        let mut one = |name: &str, field: &str, value: &str| {
            if !value.is_empty() {
                let options = json!({"customRequestHeaders": {field: value}});
                steps.push(Step::new(name, "headers", Part::Other, options));
            }
        };
        one("x-forwarded-prefix", "X-Forwarded-Prefix", &fields.prefix);
        one("vhost", "Host", &fields.host);
        if draft.client.is_passed_on {
            let options = json!({"pem": true});
            steps.push(Step::new("pass-certificate", "passTLSClientCert", Part::Other, options));
        }
        if !fields.custom.is_empty() {
            let allowed = fields.allowed.iter().map(String::as_str);
            let allowed: Vec<&str> =
                allowed.chain(self.options.allowed_fields.iter().map(AsRef::as_ref)).collect();
            let set = self.map(&fields.custom, namespace).map_err(|message| ("custom-headers", message))?;
            if let Some(name) = set.keys().find(|name| !allowed.iter().any(|a| a.eq_ignore_ascii_case(name)))
            {
                let message = format!("{name} is none of globalAllowedResponseHeaders");
                return Err(("custom-headers", message));
            }
            let options = json!({"customResponseHeaders": set});
            steps.push(Step::new("custom-headers", "headers", Part::Other, options));
        }
        steps.extend(self.fields_of_all(draft));
        Ok(steps)
    }

    /// Fields that the ConfigMap wants for all; a ConfigMap that is not there is told with it.
    fn fields_of_all(&self, draft: &Draft) -> Option<Step> {
        let (fields, hsts) = (&draft.fields, &draft.fields.hsts);
        let home: Arc<str> =
            self.options.config_map.as_ref().map(|(of, _)| Arc::clone(of)).unwrap_or_default();
        let mut options = Map::new();
        let mut answers: Map<String, Value> =
            fields.hidden.iter().map(|name| (name.clone(), Value::from(""))).collect();
        answers.extend(self.map(&fields.added, &home).unwrap_or_default());
        if !answers.is_empty() {
            options.insert("customResponseHeaders".to_owned(), answers.into());
        }
        let requests = self.map(&fields.sent, &home).unwrap_or_default();
        if !requests.is_empty() {
            options.insert("customRequestHeaders".to_owned(), requests.into());
        }
        if hsts.is_on {
            let age = if hsts.max_age == 0 { 31_536_000 } else { hsts.max_age };
            options.insert("stsSeconds".to_owned(), age.into());
            options.insert("stsIncludeSubdomains".to_owned(), (!hsts.is_without_subdomains).into());
            options.insert("stsPreload".to_owned(), hsts.with_preload.into());
        }
        (!options.is_empty()).then(|| Step::new("headers", "headers", Part::Other, options.into()))
    }

    /// The fields that a ConfigMap holds.
    pub(super) fn map(&self, written: &str, namespace: &Arc<str>) -> Result<Map<String, Value>, String> {
        if written.is_empty() {
            return Ok(Map::new());
        }
        let (namespace, name) = self.find(written, namespace)?;
        let map = self.world.config_maps.get(&namespace, &name).and_then(|map| map.body.as_ref().ok());
        let map = map.ok_or_else(|| format!("there is no ConfigMap {namespace}/{name}"))?;
        if let Some((name, _)) = map.data.iter().find(|(_, value)| value.contains('$')) {
            return Err(format!("{name} has a variable, and there are none here; write plain text"));
        }
        Ok(map.data.iter().map(|(name, value)| (name.to_string(), Value::from(&**value))).collect())
    }

    /// Namespace and name of an object that is named in one of both forms.
    pub(super) fn find(&self, written: &str, own: &Arc<str>) -> Result<(Arc<str>, Arc<str>), String> {
        match written.split_once('/') {
            None => Ok((Arc::clone(own), written.into())),
            Some((namespace, name)) if *namespace == **own || self.options.trust.cross_namespace => {
                Ok((namespace.into(), name.into()))
            }
            Some((namespace, _)) => Err(format!(
                "{written:?} is in namespace {namespace}, and objects of {own} may not name it; set allowCrossNamespaceResources"
            )),
        }
    }
}

fn redirects(draft: &Draft) -> Result<Vec<Step>, Wrong> {
    let mut steps = Vec::new();
    let redirect = &draft.redirect;
    let permanent = !matches!(redirect.tls_code, 302 | 303 | 307);
    let options = json!({"scheme": "https", "permanent": permanent});
    steps.push(Step::new("redirect-scheme", "redirectScheme", Part::Tls, options));
    if !draft.place.app_root.is_empty() {
        let options = json!({
            "regex": r"^(https?://[^/]+)/?(\?.*)?$",
            "replacement": format!("${{1}}/{}", draft.place.app_root.trim_start_matches('/')),
        });
        steps.push(Step::new("app-root", "redirectRegex", Part::Other, options));
    }
    let temporal = (&redirect.temporal, redirect.temporal_code, 302, "temporal-redirect");
    let permanent = (&redirect.permanent, redirect.permanent_code, 301, "permanent-redirect");
    let first = [temporal, permanent].into_iter().find(|(place, ..)| !place.is_empty());
    if let Some((place, code, usual, name)) = first {
        let code = if code == 0 { usual } else { code };
        let (kind, options) = if place.contains('$') {
            let replacement = variables::replacement(place).map_err(|message| (name, message))?;
            let is_permanent = matches!(code, 301 | 308);
            if !matches!(code, 301 | 302) {
                let message = format!("{place:?} has variables, which works with 301 and 302 alone");
                return Err((name, message));
            }
            let options =
                json!({"regex": variables::URL, "replacement": replacement, "permanent": is_permanent});
            ("redirectRegex", options)
        } else {
            ("respond", json!({"status": code, "headers": {"Location": place}}))
        };
        steps.push(Step::new("redirect", kind, Part::Other, options));
    }
    Ok(steps)
}

fn cors(draft: &Draft) -> Result<Option<Step>, Wrong> {
    let cors = &draft.cors;
    if !cors.is_on {
        return Ok(None);
    }
    let or = |written: &[String], usual: &str| -> Vec<String> {
        if written.is_empty() { usual.split(' ').map(str::to_owned).collect() } else { written.to_vec() }
    };
    let origins = or(&cors.origins, "*");
    let (patterns, plain): (Vec<String>, Vec<String>) =
        origins.into_iter().partition(|origin| origin.len() > 1 && origin.contains('*'));
    let patterns: Result<Vec<String>, Wrong> = patterns
        .iter()
        .map(|origin| {
            let parts = origin.split_once("://*.").filter(|(scheme, rest)| {
                matches!(*scheme, "http" | "https") && !rest.contains('*') && !rest.contains('/')
            });
            let (scheme, rest) = parts.ok_or_else(|| {
                (
                    "cors-allow-origin",
                    format!("{origin:?} is no origin, write for example https://*.example.com"),
                )
            })?;
            Ok(format!("^{scheme}://[A-Za-z0-9-]+\\.{}$", variables::quoted(rest)))
        })
        .collect();
    let mut options = json!({
        "accessControlAllowOriginList": plain,
        "accessControlAllowOriginListRegex": patterns?,
        "accessControlAllowMethods": or(&cors.methods, "GET PUT POST DELETE PATCH OPTIONS"),
        "accessControlAllowHeaders": or(&cors.headers, HEADERS),
        "accessControlAllowCredentials": !cors.is_without_credentials,
        "accessControlMaxAge": cors.max_age.unwrap_or(1_728_000),
    });
    if !cors.exposed.is_empty() {
        options["accessControlExposeHeaders"] = cors.exposed.clone().into();
    }
    if let Some(fields) = options.as_object_mut() {
        fields.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
    }
    Ok(Some(Step::new("cors", "headers", Part::Other, options)))
}

/// In this order, as documented.
fn limits(draft: &Draft) -> Vec<Step> {
    let limits = &draft.limits;
    let mut steps = Vec::new();
    if limits.connections > 0 {
        let source = json!({"ipStrategy": {"depth": 0}});
        let options = json!({"amount": limits.connections, "sourceCriterion": source});
        steps.push(Step::new("limit-connections", "inFlightReq", Part::Limit, options));
    }
    let factor = if limits.burst == 0 { 5 } else { limits.burst };
    for (name, average, period) in
        [("limit-rpm", limits.per_minute, "1m"), ("limit-rps", limits.per_second, "1s")]
    {
        if average > 0 {
            let options =
                json!({"average": average, "period": period, "burst": average.saturating_mul(factor)});
            steps.push(Step::new(name, "rateLimit", Part::Limit, options));
        }
    }
    steps
}

/// Asks another server; the global one where no other is named.
fn ask(draft: &Draft, host: Option<&str>) -> Result<Vec<Step>, Wrong> {
    let ask = &draft.ask;
    let (address, part) = match (ask.url.as_str(), ask.is_global_off) {
        ("", false) if !ask.global.is_empty() => (&ask.global, Part::Global),
        ("", _) => return Ok(Vec::new()),
        _ => (&ask.url, Part::Login),
    };
    let known = |annotation: &'static str, text: &str| match host {
        _ if !text.contains('$') => Ok(text.to_owned()),
        Some(host) => variables::for_host(text, host).map_err(|message| (annotation, message)),
        None => {
            let message = "$host needs one host that is written in full; make an Ingress of each host";
            Err((annotation, message.to_owned()))
        }
    };
    let field = |value: &str| json!({"customRequestHeaders": {"X-Auth-Request-Redirect": value}});
    let mut steps = Vec::new();
    if !ask.redirect.is_empty() {
        steps.push(Step::new("auth-request-redirect", "headers", part, field(&ask.redirect)));
    }
    let mut options = json!({"address": known("auth-url", address)?, "trustForwardHeader": true});
    if !ask.response_fields.is_empty() {
        options["authResponseHeaders"] = ask.response_fields.clone().into();
    }
    if !ask.sign_in.is_empty() {
        options["authSigninURL"] = known("auth-signin", &ask.sign_in)?.into();
    }
    steps.push(Step::new("forward-auth", "forwardAuth", part, options));
    if !ask.redirect.is_empty() {
        steps.push(Step::new("auth-request-redirect-done", "headers", part, field("")));
    }
    Ok(steps)
}

fn bodies(draft: &Draft) -> Option<Step> {
    let bodies = &draft.bodies;
    if !bodies.requests_wait && !bodies.answers_wait {
        let options = json!({"maxRequestBodyBytes": bodies.most});
        return (bodies.most > 0).then(|| Step::new("body-limit", "bodyLimit", Part::Other, options));
    }
    let mut options = json!({"maxRequestBodyBytes": bodies.most});
    if bodies.requests_wait {
        options["memRequestBodyBytes"] = bodies.request_memory.into();
    }
    if bodies.answers_wait {
        options["memResponseBodyBytes"] = bodies.buffer.saturating_mul(bodies.buffers).into();
        options["maxResponseBodyBytes"] = bodies.file.into();
    }
    Some(Step::new("buffering", "buffering", Part::Other, options))
}

fn compress(draft: &Draft) -> Option<Step> {
    let compress = &draft.compress;
    let kinds = [("br", compress.brotli), ("gzip", compress.gzip)];
    let kinds: Vec<&str> = kinds.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| *name).collect();
    if kinds.is_empty() {
        return None;
    }
    let mut options = json!({"encodings": kinds});
    if !compress.types.is_empty() && compress.types != ["*"] {
        options["includedContentTypes"] = compress.types.clone().into();
    }
    if compress.least > 0 {
        options["minResponseBodyBytes"] = compress.least.into();
    }
    Some(Step::new("compress", "compress", Part::Other, options))
}

fn retry(draft: &Draft) -> Option<Step> {
    let retry = &draft.retry;
    // In nginx 0 is no limit but the number of servers.
    let attempts = if retry.tries == 0 { MOST_TRIES } else { retry.tries };
    if retry.is_off || attempts < 2 {
        return None;
    }
    let mut options = json!({"attempts": attempts});
    if !retry.statuses.is_empty() {
        options["status"] = retry.statuses.iter().map(|code| Value::from(code.to_string())).collect();
        options["retryNonIdempotentMethod"] = retry.with_post.into();
    }
    if retry.timeout > 0 {
        options["timeout"] = format!("{}s", retry.timeout).into();
    }
    Some(Step::new("retry", "retry", Part::Other, options))
}

/// What a path becomes for servers: the whole of it, where the path of the Ingress matches.
pub(super) fn rewrite(draft: &Draft, path: &str) -> Result<Option<Step>, Wrong> {
    let target = &draft.place.rewrite;
    if target.is_empty() || target == path {
        return Ok(None);
    }
    let replacement = variables::groups(target).map_err(|message| ("rewrite-target", message))?;
    let path = if path.is_empty() { "/" } else { path };
    let options = json!({"regex": format!("(?is)^.*?(?:{path}).*"), "replacement": replacement});
    Ok(Some(Step::new("rewrite-target", "replacePathRegex", Part::Other, options)))
}

/// What browsers show where nothing is written.
const REALM: &str = "Authentication Required";
const HEADERS: &str = "DNT Keep-Alive User-Agent X-Requested-With If-Modified-Since Cache-Control Content-Type Range Authorization";
const MOST_TRIES: i64 = 10;
