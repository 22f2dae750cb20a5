//! Clients and servers that send trailers and keep those that come, the same for both protocols.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use windrose_kit::peer::{h1, h2};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// A message as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    pub(super) status: u16,
    pub(super) fields: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Their names, in lower case.
    pub(super) trailers: Vec<String>,
}

impl Message {
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        let named = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }
}

/// A client on one connection.
pub(super) enum Client {
    Http1(h1::Client),
    Http2(h2::Client),
}

impl Client {
    pub(super) async fn connect(protocol: Protocol, addr: SocketAddr) -> Self {
        match protocol {
            Protocol::Http1 => Self::Http1(h1::Client::connect(addr).await),
            Protocol::Http2 => Self::Http2(h2::Client::connect(addr).await),
        }
    }

    /// Sends a body with these fields before and behind it, and reads the answer.
    pub(super) async fn post(&mut self, head: &[(&str, &str)], trailers: &[String]) -> Message {
        match self {
            Self::Http1(client) => {
                let head: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let start = format!("POST / HTTP/1.1\r\nHost: a.test\r\n{head}");
                client.send(chunked(&start, trailers)).await;
                let answer = client.read_response().await;
                let trailers = answer.trailers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
                Message { status: answer.status(), fields: answer.fields, body: answer.body, trailers }
            }
            Self::Http2(client) => {
                let mut request = Request::post("http://a.test/");
                for (name, value) in head {
                    request = request.header(*name, *value);
                }
                let mut call = client.open(request.body(()).unwrap()).await;
                call.send(BODY);
                finish(&mut call.body, trailers);
                let answer = call.reply().await;
                Message {
                    status: answer.status,
                    fields: fields(&answer.headers),
                    body: answer.body.to_vec(),
                    trailers: names(&answer.trailers),
                }
            }
        }
    }
}

/// A server that answers with trailers.
pub(super) struct Server {
    seen: Arc<Mutex<Vec<Message>>>,
    serving: Serving,
}

enum Serving {
    Http1(h1::Server),
    Http2(h2::Server),
}

impl Server {
    pub(super) async fn start(protocol: Protocol, trailers: &[String]) -> Self {
        let seen = Arc::<Mutex<Vec<Message>>>::default();
        let (note, trailers) = (Arc::clone(&seen), trailers.to_vec());
        let serving = match protocol {
            Protocol::Http1 => {
                let answer = move |request: &h1::Message| {
                    note.lock().unwrap().push(Message {
                        status: 0,
                        fields: request.fields.clone(),
                        body: request.body.clone(),
                        trailers: request
                            .trailers
                            .iter()
                            .map(|(name, _)| name.to_ascii_lowercase())
                            .collect(),
                    });
                    let head = "HTTP/1.1 200 OK\r\nX-Set: theirs\r\nX-Gone: theirs\r\nX-Both: theirs\r\n\
                                Server: theirs\r\nConnection: X-Named\r\n";
                    chunked(head, &trailers)
                };
                Serving::Http1(h1::Server::answering(h1::Backend::bind().await, answer))
            }
            Protocol::Http2 => {
                let handler = move |mut exchange: h2::Exchange| {
                    let (note, trailers) = (Arc::clone(&note), trailers.clone());
                    async move {
                        let Ok((body, came)) = exchange.try_read_body().await else { return };
                        note.lock().unwrap().push(Message {
                            status: 0,
                            fields: fields(exchange.request.headers()),
                            body: body.to_vec(),
                            trailers: names(&came),
                        });
                        let mut head = Response::new(());
                        for name in ["x-set", "x-gone", "x-both", "server"] {
                            head.headers_mut().insert(name, HeaderValue::from_static("theirs"));
                        }
                        let mut sending = exchange.start(head);
                        sending.send_data(Bytes::from_static(BODY.as_bytes()), false).unwrap();
                        finish(&mut sending, &trailers);
                    }
                };
                Serving::Http2(h2::Server::start(h2::Backend::bind().await, handler))
            }
        };
        Self { seen, serving }
    }

    pub(super) fn url(&self) -> String {
        match &self.serving {
            Serving::Http1(server) => server.url(),
            Serving::Http2(server) => server.url(),
        }
    }

    /// How many whole requests came.
    pub(super) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The last request that came whole.
    pub(super) fn last(&self) -> Message {
        self.seen.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

fn chunked(head: &str, trailers: &[String]) -> Vec<u8> {
    let trailers: String = trailers.iter().map(|name| format!("{name}: evil\r\n")).collect();
    format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{BODY}\r\n0\r\n{trailers}\r\n", BODY.len())
        .into()
}

fn finish(stream: &mut ::h2::SendStream<Bytes>, trailers: &[String]) {
    if trailers.is_empty() {
        return stream.send_data(Bytes::new(), true).unwrap();
    }
    let mut map = HeaderMap::new();
    for name in trailers {
        map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static("evil"));
    }
    stream.send_trailers(map).unwrap();
}

fn fields(map: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    map.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn names(map: &HeaderMap) -> Vec<String> {
    map.iter().map(|(name, _)| name.to_string()).collect()
}

const BODY: &str = "body";
