//! `dashboard@internal`: pages that show people what the API says.
//!
//! Owns the files of the dashboard, which are part of the program. They ask the API of the same gateway by relative
//! addresses and nobody else; the content security policy holds them to it. Must not know the configuration: it is
//! the browser that asks.

mod files;
#[cfg(test)]
mod tests;

use std::future::{Future, ready};
use std::pin::Pin;

use bytes::Bytes;
use windrose_http::{Exchange, Id, Method, Reply};
use windrose_upstream::service::Internal;

use files::{File, INDEX};

/// The files of the dashboard.
#[derive(Debug)]
pub struct Dashboard {
    files: Vec<Ready>,
}

/// A file that can be sent.
#[derive(Debug)]
struct Ready {
    name: &'static str,
    kind: &'static str,
    tag: String,
    body: Bytes,
}

impl Dashboard {
    /// The dashboard of an API at this base path, without a slash at its end.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let ready = |file: &File| {
            let body = match file.name {
                INDEX => Bytes::from(file.text.replace(BASE, base)),
                _ => Bytes::from_static(file.text.as_bytes()),
            };
            Ready { name: file.name, kind: file.kind, tag: tag(&body), body }
        };
        Self { files: files::ALL.iter().map(ready).collect() }
    }

    /// Sends people from the base path to the dashboard.
    pub(crate) fn welcome(&self, base: &str, ex: &Exchange) -> Reply {
        if ex.method != Method::Get && ex.method != Method::Head {
            return Reply::empty(405);
        }
        let prefix = ex.headers.get_str(Id::X_FORWARDED_PREFIX).filter(|prefix| is_local(prefix));
        let prefix = prefix.map_or("", |prefix| prefix.trim_end_matches('/'));
        let mut reply = Reply::empty(302);
        reply.headers.append(Id::LOCATION, format!("{prefix}{base}/dashboard/"));
        reply
    }

    /// The file at a path below that of the dashboard.
    pub(crate) fn file(&self, path: &str, ex: &Exchange) -> Reply {
        let name = path.strip_prefix('/').unwrap_or(path);
        let mut reply = match self.files.iter().find(|file| file.name == name) {
            Some(_) if ex.method != Method::Get && ex.method != Method::Head => Reply::empty(405),
            Some(file) => file.reply(ex),
            // The page has one address (traefik: the same).
            None if name == "index.html" => {
                let mut reply = Reply::empty(301);
                reply.headers.append(Id::LOCATION, "./");
                reply
            }
            None => Reply::error(404, "404 page not found\n"),
        };
        reply.headers.append("Content-Security-Policy", POLICY);
        reply
    }
}

impl Internal for Dashboard {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(ready(self.file(ex.target.path(), ex)))
    }
}

impl Ready {
    /// The file, or word that the browser's copy of it is as good.
    fn reply(&self, ex: &Exchange) -> Reply {
        let mut known =
            ex.headers.get_all("If-None-Match").flat_map(|value| value.split(|byte| *byte == b','));
        let is_known = |tag: &[u8]| {
            let tag = tag.trim_ascii();
            tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == self.tag.as_bytes()
        };
        let mut reply = match known.any(is_known) {
            true => Reply::empty(304),
            false => {
                let mut reply = Reply::with_body(200, self.body.clone());
                reply.headers.append(Id::CONTENT_TYPE, self.kind);
                reply
            }
        };
        reply.headers.append(Id::ETAG, &self.tag);
        // Kept, and asked about before each use: another version may be running by then.
        reply.headers.append(Id::CACHE_CONTROL, "no-cache");
        reply.headers.append(Id::X_CONTENT_TYPE_OPTIONS, "nosniff");
        reply.headers.append("Referrer-Policy", "no-referrer");
        reply
    }
}

/// An entity tag: equal for equal bytes, in every process of every version.
fn tag(bytes: &[u8]) -> String {
    // FNV-1a: a copy must be told from another version, nothing more.
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("\"{hash:016x}-{:x}\"", bytes.len())
}

/// Whether a prefix stays on this host when it begins an address: `//` and `/\` do not.
fn is_local(prefix: &str) -> bool {
    prefix.starts_with('/')
        && !prefix.contains("//")
        && prefix.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// In the page, the place of the base path.
const BASE: &str = "{{base}}";

/// Nothing but the files of the dashboard runs or styles it, and it talks to its own host only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
