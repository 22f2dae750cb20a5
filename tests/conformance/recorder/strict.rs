//! Requests by the letter of RFC 9112, and stricter: whatever any server might read differently is no request.

/// A request in one form: chunks are joined, everything else is as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) line: String,
    /// Names as they came, values without the blanks around them; bytes beyond ASCII as Latin-1.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<(String, String)>,
}

/// What some bytes begin with.
#[derive(Debug)]
pub(crate) enum Read {
    /// A request of so many bytes.
    Whole(Request, usize),
    /// A request that is not complete.
    Part,
    /// No request.
    Bad(String),
}

type Checked<T> = Result<T, Option<String>>;

/// Reads one request.
pub(crate) fn read(bytes: &[u8]) -> Read {
    let mut rest = bytes;
    match request(&mut rest) {
        Ok(request) => Read::Whole(request, bytes.len() - rest.len()),
        Err(None) => Read::Part,
        Err(Some(why)) => Read::Bad(why),
    }
}

impl Request {
    pub(crate) fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let named = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// As text, for comparison: without what the gateway says of its own.
    pub(crate) fn normal(&self) -> String {
        let mut text = format!("{}\r\n", self.line);
        for (name, value) in self.fields.iter().filter(|(name, _)| !is_owned(name)) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.extend(self.body.iter().map(|byte| char::from(*byte)));
        for (name, value) in &self.trailers {
            text.push_str(&format!("\r\n{name}: {value}"));
        }
        text
    }

    /// Checks that the gateway, and nobody else, says who asks and how.
    pub(crate) fn check_owned(&self, proto: &str) -> Result<(), String> {
        for name in OWNED {
            let wanted: &[&str] = match *name {
                "x-forwarded-for" | "x-real-ip" => &["127.0.0.1"],
                "x-forwarded-proto" => &[proto],
                "x-forwarded-host" | "x-forwarded-port" | "x-forwarded-server" => match self.values(name)[..]
                {
                    [one] if !one.is_empty() && !one.contains("evil") => continue,
                    _ => &["one"],
                },
                _ => &[],
            };
            if self.values(name) != wanted {
                return Err(format!("{name} is {:?}", self.values(name)));
            }
        }
        for (name, _) in self.fields.iter().chain(&self.trailers) {
            let folded: String =
                name.chars().map(|mark| if mark.is_ascii_alphanumeric() { mark } else { '-' }).collect();
            let folded = folded.to_ascii_lowercase();
            let is_alias = (is_owned(&folded) || is_framing(&folded)) && !name.eq_ignore_ascii_case(&folded);
            if is_alias {
                return Err(format!("{name:?} could be read as {folded}"));
            }
        }
        match self.trailers.iter().find(|(name, _)| is_owned(name) || is_framing(name)) {
            Some((name, _)) => Err(format!("trailer {name}")),
            None => Ok(()),
        }
    }
}

fn is_owned(name: &str) -> bool {
    OWNED.iter().any(|owned| owned.eq_ignore_ascii_case(name))
}

fn is_framing(name: &str) -> bool {
    ["content-length", "transfer-encoding"].iter().any(|framing| framing.eq_ignore_ascii_case(name))
}

/// What only the gateway may say.
pub(crate) const OWNED: &[&str] = &[
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-forwarded-uri",
    "x-forwarded-method",
    "x-forwarded-prefix",
    "x-forwarded-tls-client-cert",
    "x-forwarded-tls-client-cert-info",
    "x-forwarded-scheme",
    "x-scheme",
    "x-real-ip",
];

fn request(rest: &mut &[u8]) -> Checked<Request> {
    let line = line(rest)?;
    check_first_line(&line)?;
    let mut request = Request { line, fields: fields(rest)?, ..Request::default() };
    if request.values("host").len() != 1 {
        return bad(format!("{} hosts", request.values("host").len()));
    }
    match (&request.values("content-length")[..], &request.values("transfer-encoding")[..]) {
        ([], []) => {}
        ([length], []) => {
            if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
                return bad(format!("length {length:?}"));
            }
            let length = length.parse().map_err(|_| Some(format!("length {length:?}")))?;
            request.body = take(rest, length)?.to_vec();
        }
        ([], ["chunked"]) => {
            while let Some(chunk) = chunk(rest)? {
                request.body.extend(chunk);
            }
            request.trailers = fields(rest)?;
        }
        framing => return bad(format!("framing {framing:?}")),
    }
    Ok(request)
}

fn check_first_line(line: &str) -> Checked<()> {
    let parts: Vec<&str> = line.split(' ').collect();
    let [method, target, "HTTP/1.1"] = parts[..] else { return bad(format!("first line {line:?}")) };
    let plain = target.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'#');
    if !is_token(method) || !plain || !(target.starts_with('/') || target == "*") {
        return bad(format!("first line {line:?}"));
    }
    Ok(())
}

fn fields(rest: &mut &[u8]) -> Checked<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let line = line(rest)?;
        if line.is_empty() {
            return Ok(fields);
        }
        let Some((name, value)) = line.split_once(':') else { return bad(format!("field {line:?}")) };
        let clean = value.chars().all(|mark| mark == '\t' || (mark >= ' ' && mark != '\x7f'));
        if !is_token(name) || !clean {
            return bad(format!("field {line:?}"));
        }
        fields.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
    }
}

fn chunk<'a>(rest: &mut &'a [u8]) -> Checked<Option<&'a [u8]>> {
    let size = line(rest)?;
    let digits = !size.is_empty() && size.len() <= 8 && size.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !digits {
        return bad(format!("chunk size {size:?}"));
    }
    let size = usize::from_str_radix(&size, 16).map_err(|_| Some(format!("chunk size {size:?}")))?;
    if size == 0 {
        return Ok(None);
    }
    let data = take(rest, size)?;
    match take(rest, 2)? {
        b"\r\n" => Ok(Some(data)),
        other => bad(format!("end of a chunk {other:?}")),
    }
}

fn line(rest: &mut &[u8]) -> Checked<String> {
    let Some(at) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { return Err(None) };
    match rest.get(at..at + 2) {
        Some(b"\r\n") => {}
        None if rest.get(at) == Some(&b'\r') => return Err(None),
        _ => return bad("a bare line end".to_owned()),
    }
    let line = rest[..at].iter().map(|byte| char::from(*byte)).collect();
    *rest = &rest[at + 2..];
    Ok(line)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Checked<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length).ok_or(None)?;
    *rest = after;
    Ok(taken)
}

fn is_token(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(legal)
}

fn bad<T>(why: String) -> Checked<T> {
    Err(Some(why))
}
