//! Which origins may call, and what preflights are told.

use windrose_http::{Exchange, Headers, Id, Method, Reply};

/// The origins whose pages may call.
#[derive(Debug)]
pub(super) struct Origins(Box<[Box<str>]>);

impl Origins {
    pub(super) fn new(allowed: Vec<Box<str>>) -> Self {
        Self(allowed.into())
    }

    fn allows(&self, origin: &[u8]) -> bool {
        self.0.iter().any(|allowed| **allowed == *"*" || allowed.as_bytes() == origin)
    }

    /// Tells a page that it may read the answer; what the server said of that stays.
    pub(super) fn allow(&self, origin: Option<&[u8]>, headers: &mut Headers) {
        let mut put = |id: Id, value: &[u8]| {
            if !headers.contains(id) {
                headers.append(id, value);
            }
        };
        put(Id::VARY, Id::ORIGIN.text().as_bytes());
        if let Some(origin) = origin.filter(|origin| self.allows(origin)) {
            put(Id::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            put(Id::ACCESS_CONTROL_ALLOW_CREDENTIALS, b"true");
        }
    }

    /// The answer to a preflight, whether it may go on or not.
    pub(super) fn preflight(&self, ex: &Exchange) -> Reply {
        let mut reply = Reply::empty(200);
        for id in [Id::ORIGIN, Id::ACCESS_CONTROL_REQUEST_METHOD, Id::ACCESS_CONTROL_REQUEST_HEADERS] {
            reply.headers.append(Id::VARY, id.text());
        }
        let Some(origin) = ex.headers.get(Id::ORIGIN).filter(|origin| self.allows(origin)) else {
            return reply;
        };
        let method =
            ex.headers.get(Id::ACCESS_CONTROL_REQUEST_METHOD).unwrap_or_default().to_ascii_uppercase();
        if !METHODS.contains(&&*method) {
            return reply;
        }
        reply.headers.append(Id::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        reply.headers.append(Id::ACCESS_CONTROL_ALLOW_METHODS, method);
        let asked = ex.headers.get(Id::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
        let names: Vec<String> = asked
            .split(|byte| matches!(byte, b',' | b' '))
            .map(canonical)
            .filter(|name| !name.is_empty())
            .collect();
        reply.headers.append(Id::ACCESS_CONTROL_ALLOW_HEADERS, names.join(", "));
        reply.headers.append(Id::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        reply.headers.append(Id::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        reply
    }
}

/// Whether it is an OPTIONS that asks for the field of gRPC for browsers.
pub(super) fn asks_for_grpc_web(ex: &Exchange) -> bool {
    let asked = ex.headers.get(Id::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    ex.method == Method::Options && asked.windows(FIELD.len()).any(|part| part.eq_ignore_ascii_case(FIELD))
}

/// Whether an OPTIONS asks for leave to send another request.
pub(super) fn is_preflight(ex: &Exchange) -> bool {
    ex.headers.get(Id::ACCESS_CONTROL_REQUEST_METHOD).is_some_and(|method| !method.is_empty())
}

/// A name in the spelling `X-Grpc-Web`, without what cannot stand in one.
pub(super) fn canonical(name: &[u8]) -> String {
    let mut starts = true;
    let mut spelled = String::with_capacity(name.len());
    for byte in name {
        let byte = if starts { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            spelled.push(char::from(byte));
        }
        starts = matches!(byte, b'-' | b'_');
    }
    spelled
}

const FIELD: &[u8] = b"x-grpc-web";
const METHODS: [&[u8]; 4] = [b"GET", b"POST", b"HEAD", b"OPTIONS"];

/// How many seconds a preflight may be remembered.
const MAX_AGE: &str = "600";
