//! Requests, answers and middlewares for tests, without a network.

use std::cell::RefCell;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use windrose_config::dynamic_config::{Middleware, ServersTransport};
use windrose_config::{Located, Problem, QualifiedName, Source, source};
use windrose_http::exchange::{OddNames, Tls, Trust};
use windrose_http::path::{Cleaning, Semicolons};
use windrose_http::{Conn, Exchange, Headers, Method, Reply};

use crate::kind::{BuildContext, BuildError, Resolve};
use crate::stage::{Chain, Filter, Flow, Stage};
use crate::{Callee, Service, list};

/// A request as `GET /path` and then lines of fields, over a plain connection.
pub(crate) fn request(head: &str) -> Exchange {
    request_from(head, "192.0.2.1:4000", None)
}

/// The same over TLS.
pub(crate) fn secure_request(head: &str) -> Exchange {
    request_from(head, "192.0.2.1:4000", Some(Tls::default()))
}

/// The same from somebody else.
pub(crate) fn request_from(head: &str, peer: &str, tls: Option<Tls>) -> Exchange {
    let peer: SocketAddr = peer.parse().expect("an address");
    let conn = Conn {
        entry_point: "web".into(),
        peer,
        peer_ip: peer.ip().to_string().into(),
        local: "127.0.0.1:80".parse().expect("an address"),
        accepted: std::time::Instant::now(),
        desk: Rc::default(),
        trust: Trust::Trusted,
        odd_names: OddNames::KEPT,
        tls,
    };
    let mut ex = Exchange::new(Rc::new(conn));
    let mut lines = head.lines();
    let (method, target) = lines.next().and_then(|line| line.split_once(' ')).expect("a method and a target");
    ex.method = Method::from_token(method.as_bytes());
    ex.target.parse(target.as_bytes(), Cleaning::Sanitize, Semicolons::Separate).expect("a target");
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a field");
        if name.eq_ignore_ascii_case("host") {
            ex.set_host(value.as_bytes()).expect("a host");
        } else {
            ex.headers.receive(name, value);
        }
    }
    ex.headers.merge_spellings();
    ex
}

/// The fields as lines.
pub(crate) fn fields(headers: &Headers) -> Vec<String> {
    let mut out = Vec::new();
    headers.write(&mut out, |_| true);
    String::from_utf8(out).expect("text").lines().map(str::to_owned).collect()
}

/// The body of an answer made here.
pub(crate) fn body(reply: &Reply) -> &str {
    match &reply.body {
        windrose_http::Body::Empty => "",
        windrose_http::Body::Full(bytes) => std::str::from_utf8(bytes).expect("text"),
        windrose_http::Body::Stream(_) => panic!("a body that is not in memory"),
    }
}

/// What came of building a middleware.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) result: Result<Stage, Vec<Problem>>,
    pub(crate) warnings: Vec<String>,
}

/// Builds the middleware that a YAML document of one key describes.
pub(crate) fn build(yaml: &str) -> Built {
    build_with(yaml, &Nowhere)
}

/// The same with others to refer to.
pub(crate) fn build_with(yaml: &str, resolve: &dyn Resolve) -> Built {
    let source = Source::file("test.yaml");
    let middleware = middleware(yaml, &source);
    let name = QualifiedName::new("tested", "file");
    let cx = BuildContext::new(&name, resolve);
    let result = list::build(&middleware, &source, &cx);
    let warnings = cx.take_warnings(&source, middleware.options.mark);
    Built { result, warnings: warnings.iter().map(ToString::to_string).collect() }
}

/// The middleware that a YAML document of one key describes.
pub(crate) fn middleware(yaml: &str, source: &Arc<Source>) -> Middleware {
    let tree = source::yaml::parse(yaml, source).expect("YAML");
    let [entry] = tree.entries() else { panic!("not one key: {yaml}") };
    Middleware { kind: entry.key.clone().into(), options: entry.value.clone() }
}

/// Builds a middleware that must be right.
pub(crate) fn stage(yaml: &str) -> Stage {
    build(yaml).result.expect(yaml)
}

/// Builds a filter that must be right.
pub(crate) fn filter(yaml: &str) -> Arc<dyn Filter> {
    let Stage::Filter(filter) = stage(yaml) else { panic!("no filter: {yaml}") };
    filter
}

/// The problems of a middleware that must be wrong, with their places.
pub(crate) fn problems(yaml: &str) -> Vec<String> {
    match build(yaml).result {
        Ok(stage) => panic!("built {stage:?} from {yaml}"),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

/// The answer a filter gives at once, if it does.
pub(crate) fn answer(filter: &dyn Filter, ex: &mut Exchange) -> Option<Reply> {
    match filter.request(ex) {
        Flow::Continue => None,
        Flow::Reply(reply) => Some(*reply),
    }
}

/// Finds nothing.
pub(crate) struct Nowhere;

impl Resolve for Nowhere {
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError> {
        Err(BuildError::at(reference, format!("middleware `{}` does not exist", reference.value)))
    }

    fn endpoint(&self, url: &Located<Arc<str>>, _: &ServersTransport) -> Result<Callee, BuildError> {
        // The end of the chain in these tests knows it by its address.
        Ok(Callee::new(Arc::new(url.value.to_string())))
    }

    fn file(&self, path: &Located<Arc<str>>) -> Result<Vec<u8>, BuildError> {
        std::fs::read(&*path.value)
            .map_err(|error| BuildError::at(path, format!("cannot read the file {}: {error}", path.value)))
    }
}

/// A service that gives the answers it was told, the last one again and again, and remembers what it was asked.
pub(crate) struct Scripted<F> {
    answer: F,
    pub(crate) asked: RefCell<Vec<String>>,
}

impl<F: Fn(usize) -> Reply> Scripted<F> {
    /// `answer` is given how often it was asked before.
    pub(crate) fn new(answer: F) -> Self {
        Self { answer, asked: RefCell::default() }
    }
}

impl<F: Fn(usize) -> Reply> Service for Scripted<F> {
    async fn call(&self, ex: &mut Exchange) -> Reply {
        let mut line = format!("{} {}", ex.method.as_str(), ex.target.as_str());
        while let Some(frame) = ex.body.frame().await {
            if let Ok(windrose_http::Frame::Data(bytes)) = frame {
                line.push(' ');
                line.push_str(std::str::from_utf8(&bytes).expect("text"));
            }
        }
        self.asked.borrow_mut().push(line);
        (self.answer)(self.asked.borrow().len() - 1)
    }
}

/// A body that comes in pieces, each at once or when its turn has come again; its length is known or not.
pub(crate) struct Pieces {
    pieces: std::collections::VecDeque<Piece>,
    length: Option<u64>,
}

/// A step of [`Pieces`].
pub(crate) enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing for so long.
    Pause(std::pin::Pin<Box<tokio::time::Sleep>>),
    /// This end.
    End(Result<windrose_http::Frame, windrose_http::BodyError>),
}

impl Piece {
    /// Nothing for so many milliseconds from now on.
    pub(crate) fn pause(milliseconds: u64) -> Self {
        Self::Pause(Box::pin(tokio::time::sleep(std::time::Duration::from_millis(milliseconds))))
    }
}

impl Pieces {
    /// Without a length.
    pub(crate) fn body(pieces: impl IntoIterator<Item = Piece>) -> windrose_http::Body {
        Self::with_length(pieces, None)
    }

    /// With one, if it is known.
    pub(crate) fn with_length(
        pieces: impl IntoIterator<Item = Piece>,
        length: Option<u64>,
    ) -> windrose_http::Body {
        windrose_http::Body::Stream(Box::new(Self { pieces: pieces.into_iter().collect(), length }))
    }
}

impl windrose_http::body::Stream for Pieces {
    fn poll_frame(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<windrose_http::Frame, windrose_http::BodyError>>> {
        use std::task::Poll;
        if let Some(Piece::Pause(pause)) = self.pieces.front_mut() {
            std::task::ready!(pause.as_mut().poll(cx));
            self.pieces.pop_front();
        }
        match self.pieces.pop_front() {
            None => Poll::Ready(None),
            Some(Piece::End(end)) => Poll::Ready(Some(end)),
            Some(Piece::Bytes(bytes)) => {
                if let Some(length) = &mut self.length {
                    *length -= bytes.len() as u64;
                }
                Poll::Ready(Some(Ok(windrose_http::Frame::Data(bytes.into()))))
            }
            Some(Piece::Pause(_)) => panic!("two pauses after each other"),
        }
    }

    fn length(&self) -> Option<u64> {
        self.length
    }
}

/// Reads a body to its end: the bytes, and how it ended when not simply so.
pub(crate) async fn read(
    body: &mut windrose_http::Body,
) -> (Vec<u8>, Option<Result<windrose_http::Frame, windrose_http::BodyError>>) {
    let mut bytes = Vec::new();
    loop {
        match body.frame().await {
            Some(Ok(windrose_http::Frame::Data(more))) => bytes.extend_from_slice(&more),
            end => return (bytes, end),
        }
    }
}
