//! A dashboard: its files, ready to be sent.
//!
//! Owns how they are sent: kept by browsers, and asked about before each use; under a policy by which nothing else runs.

#[cfg(test)]
mod tests;

use bytes::Bytes;
use windrose_http::{Exchange, Id, Method, Reply};

use crate::files::{File, INDEX, SHARED};

/// The files of a dashboard.
#[derive(Debug)]
pub struct Pages {
    files: Vec<Ready>,
}

/// What the page itself says.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// What the dashboard is called until the API says otherwise.
    pub brand: &'a str,
    /// The base path of the API, without a slash at its end.
    pub base: &'a str,
    /// Where the API says the same to whoever runs no scripts, below its base path.
    pub facts: &'a str,
}

/// A file that can be sent.
#[derive(Debug)]
struct Ready {
    name: &'static str,
    kind: &'static str,
    tag: String,
    body: Bytes,
}

impl Pages {
    /// A dashboard of the shared files and those of its own.
    #[must_use]
    pub fn new(about: &About<'_>, own: &[File]) -> Self {
        let files = || SHARED.iter().chain(own);
        let page = Ready::new(&INDEX, Bytes::from(page(about, files())));
        let others = files().map(|file| Ready::new(file, Bytes::from_static(file.text.as_bytes())));
        Self { files: std::iter::once(page).chain(others).collect() }
    }

    /// The file at a path below that of the dashboard.
    #[must_use]
    pub fn file(&self, path: &str, ex: &Exchange) -> Reply {
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

    /// Names and texts of all files.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.files.iter().map(|file| (file.name, std::str::from_utf8(&file.body).unwrap_or_default()))
    }
}

/// Sends people from the base path to the dashboard below it.
#[must_use]
pub fn welcome(base: &str, ex: &Exchange) -> Reply {
    if ex.method != Method::Get && ex.method != Method::Head {
        return Reply::empty(405);
    }
    let prefix = ex.headers.get_str(Id::X_FORWARDED_PREFIX).filter(|prefix| is_local(prefix));
    let prefix = prefix.map_or("", |prefix| prefix.trim_end_matches('/'));
    let mut reply = Reply::empty(302);
    reply.headers.append(Id::LOCATION, format!("{prefix}{base}/dashboard/"));
    reply
}

/// The page, which names all files so that a browser asks for them at once.
fn page<'f>(about: &About<'_>, files: impl Iterator<Item = &'f File> + Clone) -> String {
    let named = |end: &str, before: &str| {
        let names = files.clone().map(|file| file.name).filter(|name| name.ends_with(end));
        let names = names.filter(|name| !FIRST.contains(name));
        names.map(|name| format!("<link rel=\"{before}\" href=\"./{name}\">")).collect::<Vec<_>>().join("\n")
    };
    INDEX
        .text
        .replace("{{styles}}", &named(".css", "stylesheet"))
        .replace("{{modules}}", &named(".js", "modulepreload"))
        .replace("{{brand}}", about.brand)
        .replace("{{facts}}", about.facts)
        .replace("{{base}}", about.base)
}

impl Ready {
    fn new(file: &File, body: Bytes) -> Self {
        Self { name: file.name, kind: file.kind(), tag: tag(&body), body }
    }

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

/// Scripts that the page runs itself.
const FIRST: [&str; 2] = ["theme.js", "app.js"];

/// Nothing but the files of the dashboard runs or styles it, and it talks to its own host only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
