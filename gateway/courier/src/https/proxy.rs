//! Which proxy stands between us and a server: `HTTPS_PROXY` and `NO_PROXY`, in capitals or small, as Go reads them.
//! Requests without TLS go straight: what is asked so (the identity of a machine) is near.

use std::net::IpAddr;

use data_encoding::BASE64;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::HttpError;

/// The proxy that there may be.
#[derive(Clone, Debug, Default)]
pub struct Proxy {
    url: Option<String>,
    /// Where none is used.
    except: Vec<String>,
}

impl Proxy {
    /// What the variables of this environment say.
    #[must_use]
    pub fn of(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let one =
            |names: [&str; 2]| names.into_iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
        let except = one(["NO_PROXY", "no_proxy"]).unwrap_or_default();
        let except = except.split(',').map(|entry| entry.trim().to_ascii_lowercase());
        Self {
            url: one(["HTTPS_PROXY", "https_proxy"]),
            except: except.filter(|entry| !entry.is_empty()).collect(),
        }
    }

    /// The proxy for a server; nothing for those that are near.
    pub(super) fn to(&self, url: &Url) -> Result<Option<Url>, HttpError> {
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let Some(written) = self.url.as_ref().filter(|_| url.scheme() == "https") else { return Ok(None) };
        if is_loopback || bare == "localhost" || self.except.iter().any(|entry| excepts(entry, bare)) {
            return Ok(None);
        }
        let text = if written.contains("://") { written.clone() } else { format!("http://{written}") };
        let parsed = Url::parse(&text).ok().filter(|url| url.scheme() == "http" && url.has_host());
        parsed
            .map(Some)
            .ok_or_else(|| HttpError::Proxy("HTTPS_PROXY is no address such as http://host:3128".into()))
    }
}

/// Whether an entry of the list means this host: `*`, an address, a network, a name with all below it, or with a dot in
/// front only those below it.
fn excepts(entry: &str, host: &str) -> bool {
    let entry = entry.strip_prefix("*.").map_or_else(|| entry.to_owned(), |name| format!(".{name}"));
    if entry == "*" || entry == host {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return entry.parse::<ipnet::IpNet>().is_ok_and(|network| network.contains(&address));
    }
    let below = entry.strip_prefix('.').unwrap_or(&entry);
    host.strip_suffix(below).is_some_and(|rest| rest.ends_with('.'))
}

/// Asks a proxy to connect to the server of `url`.
pub(super) async fn connect(tcp: &mut TcpStream, proxy: &Url, url: &Url) -> Result<(), HttpError> {
    let failed =
        |why: String| HttpError::Proxy(format!("the proxy {} {why}", proxy.host_str().unwrap_or_default()));
    let to = format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
    let mut head = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
    if !proxy.username().is_empty() {
        let user = format!("{}:{}", plain(proxy.username()), plain(proxy.password().unwrap_or_default()));
        head.push_str(&format!("Proxy-Authorization: Basic {}\r\n", BASE64.encode(user.as_bytes())));
    }
    head.push_str("\r\n");
    tcp.write_all(head.as_bytes()).await.map_err(|error| failed(format!("cannot be asked: {error}")))?;
    let mut answer = Vec::new();
    // One by one: what comes behind the head is the server's.
    while !answer.ends_with(b"\r\n\r\n") {
        let byte = tcp.read_u8().await.map_err(|error| failed(format!("does not answer: {error}")))?;
        answer.push(byte);
        if answer.len() > LONGEST {
            return Err(failed("answers at too great length".into()));
        }
    }
    let line = String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
    let is_open = line.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
    if is_open { Ok(()) } else { Err(failed(format!("refuses: {line}"))) }
}

/// Text of a URL as it was meant.
fn plain(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

const LONGEST: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    fn proxy(except: &'static str) -> Proxy {
        Proxy::of(&move |name| match name {
            "https_proxy" => Some("proxy.test:3128".into()),
            "NO_PROXY" => Some(except.into()),
            _ => None,
        })
    }

    #[test]
    fn a_proxy_is_used_for_all_that_are_not_excepted() {
        let used = |except, url: &str| proxy(except).to(&Url::parse(url).unwrap()).unwrap().is_some();
        assert!(used("", "https://a.test/") && used("b.test,.a.test", "https://a.test/"));
        for (except, url) in [
            ("", "http://a.test/"),
            ("", "https://localhost/"),
            ("", "https://127.0.0.1:14000/"),
            ("*", "https://a.test/"),
            ("x, a.test", "https://b.a.test/"),
            (".a.test", "https://b.a.test/"),
            ("*.a.test", "https://b.a.test/"),
            ("10.0.0.0/8", "https://10.1.2.3/"),
        ] {
            assert!(!used(except, url), "{except} {url}");
        }
        assert!(!used("a.test", "https://a.test/") && used("a.test", "https://ba.test/"));
    }

    #[tokio::test]
    async fn a_proxy_is_asked_to_connect_and_may_refuse() {
        for (answer, expected) in [("200 OK", true), ("403 No", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let via = Url::parse(&format!("http://me:s%20e@{address}")).unwrap();
            let to = Url::parse("https://a.test/x").unwrap();
            let serving = async {
                let (mut io, _) = listener.accept().await.unwrap();
                let mut bytes = Vec::new();
                while !bytes.ends_with(b"\r\n\r\n") {
                    bytes.push(io.read_u8().await.unwrap());
                }
                io.write_all(format!("HTTP/1.1 {answer}\r\n\r\nrest").as_bytes()).await.unwrap();
                String::from_utf8(bytes).unwrap()
            };
            let mut tcp = TcpStream::connect(address).await.unwrap();
            let (asked, done) = tokio::join!(serving, connect(&mut tcp, &via, &to));
            assert_eq!(done.is_ok(), expected, "{done:?}");
            assert!(
                asked.starts_with("CONNECT a.test:443 HTTP/1.1\r\n") && asked.contains("Basic bWU6cyBl"),
                "{asked}"
            );
        }
    }
}
