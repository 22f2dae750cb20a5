//! Bodies on their way from and to a browser.

use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use data_encoding::BASE64;

use windrose_http::body::{Broken, Stream};
use windrose_http::trailers::Rules;
use windrose_http::{Blame, Body, BodyError, Frame, Headers, Trailers};

use super::Form;

type Polled = Poll<Option<Result<Frame, BodyError>>>;

/// The body of a request, taken out of base64 if it is in it. Its length is not told, since gRPC knows none.
pub(super) struct Decoded {
    body: Body,
    form: Form,
    /// The beginning of four letters whose others have not come.
    left: Vec<u8>,
}

impl Decoded {
    pub(super) const fn new(body: Body, form: Form) -> Self {
        Self { body, form, left: Vec::new() }
    }

    /// Takes as many letters as belong together out of base64. Each four may be padded: a body can be several texts.
    fn decode(&mut self, text: &[u8]) -> Result<Bytes, BodyError> {
        let letters = text.iter().filter(|byte| !matches!(byte, b'\r' | b'\n'));
        self.left.extend(letters);
        let whole = self.left.len() - self.left.len() % 4;
        let mut plain = BytesMut::with_capacity(whole / 4 * 3);
        for four in self.left.get(..whole).unwrap_or_default().chunks(4) {
            let mut three = [0; 3];
            let length = BASE64.decode_mut(four, &mut three).map_err(|_| MALFORMED)?;
            plain.extend_from_slice(three.get(..length).unwrap_or_default());
        }
        self.left.drain(..whole);
        Ok(plain.freeze())
    }
}

impl Stream for Decoded {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Polled {
        loop {
            let frame = match self.body.poll_frame(cx) {
                Poll::Ready(Some(Ok(Frame::Data(bytes)))) if self.form == Form::Text => bytes,
                Poll::Ready(None) if !self.left.is_empty() => {
                    self.body = Body::Empty;
                    self.left.clear();
                    return Poll::Ready(Some(Err(MALFORMED)));
                }
                other => return other,
            };
            match self.decode(&frame) {
                Ok(plain) if plain.is_empty() => {}
                Ok(plain) => return Poll::Ready(Some(Ok(Frame::Data(plain)))),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    fn length(&self) -> Option<u64> {
        None
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.body.settle(cx);
    }
}

/// The body of an answer with its trailers behind it as one more message, in base64 if that is wanted.
pub(super) struct Framed {
    body: Body,
    form: Form,
    rules: Option<Box<Rules>>,
    is_over: bool,
}

impl Framed {
    pub(super) const fn new(body: Body, form: Form, rules: Option<Box<Rules>>) -> Self {
        Self { body, form, rules, is_over: false }
    }

    fn sent(&self, bytes: Bytes) -> Polled {
        let bytes = match self.form {
            Form::Binary => bytes,
            Form::Text => BASE64.encode(&bytes).into(),
        };
        Poll::Ready(Some(Ok(Frame::Data(bytes))))
    }

    fn judged(&self, trailers: Trailers) -> Headers {
        // Those of an answer are never refused as a whole.
        trailers.judged(self.rules.as_deref()).unwrap_or_default()
    }
}

impl Stream for Framed {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Polled {
        if self.is_over {
            return Poll::Ready(None);
        }
        let trailers = match self.body.poll_frame(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok(Frame::Data(bytes)))) => return self.sent(bytes),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
            Poll::Ready(Some(Ok(Frame::Trailers(trailers)))) => self.judged(*trailers),
            Poll::Ready(None) => Headers::new(),
        };
        self.is_over = true;
        self.sent(message(&trailers))
    }

    fn length(&self) -> Option<u64> {
        None
    }

    fn settle(&mut self, cx: &mut Context<'_>) {
        self.body.settle(cx);
    }
}

/// Trailers as a message: names in lower case and in order.
fn message(trailers: &Headers) -> Bytes {
    let mut lines: Vec<(Vec<u8>, &[u8])> =
        trailers.iter().map(|field| (field.name.to_ascii_lowercase(), field.value)).collect();
    lines.sort_by(|(one, _), (other, _)| one.cmp(other));
    let text: Vec<u8> =
        lines.iter().flat_map(|(name, value)| [name, &b": "[..], value, b"\r\n"].concat()).collect();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    [&[TRAILERS][..], &length.to_be_bytes(), &text].concat().into()
}

/// The first byte of a message that holds trailers.
const TRAILERS: u8 = 0x80;

const MALFORMED: BodyError = BodyError { blame: Blame::Client, reason: Broken::Malformed };
