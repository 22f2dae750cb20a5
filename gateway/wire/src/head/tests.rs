use super::*;

fn request(text: &str) -> Result<(RequestHead, Vec<FieldSpan>), Malformed> {
    let mut fields = Vec::new();
    let end = find_end(text.as_bytes(), 0)?.expect("a complete head");
    assert_eq!(end, text.len());
    parse_request(text.as_bytes(), &mut fields).map(|head| (head, fields))
}

#[test]
fn a_request_is_cut_into_spans() {
    let text = "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nX-Odd:\t v  \r\nEmpty:\r\n\r\n";
    let (head, fields) = request(text).expect("valid");
    assert_eq!(&text[..head.method_len], "GET");
    assert_eq!(&text[head.target..head.target + head.target_len], "/a?b=c");
    assert_eq!(head.version, Version::Http11);
    let values: Vec<_> = fields
        .iter()
        .map(|field| {
            let (name, value) = (field.name as usize, field.value as usize);
            (&text[name..name + field.name_len as usize], &text[value..value + field.value_len as usize])
        })
        .collect();
    assert_eq!(values, [("Host", "example.com"), ("X-Odd", "v"), ("Empty", "")]);
    assert_eq!(fields[0].id, Id::HOST);
}

#[test]
fn odd_requests_are_refused() {
    let cases = [
        ("GET / HTTP/1.1\r\nA : b\r\n\r\n", Malformed::Name),
        ("GET / HTTP/1.1\r\n A: b\r\n\r\n", Malformed::Name),
        ("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", Malformed::Name),
        ("GET / HTTP/1.1\r\n: b\r\n\r\n", Malformed::Name),
        ("GET / HTTP/1.1\r\nA\r\n\r\n", Malformed::Name),
        ("GET / HTTP/1.1\r\nA(: b\r\n\r\n", Malformed::Name),
        ("GET / HTTP/1.1\r\nA: b\0\r\n\r\n", Malformed::Value),
        ("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", Malformed::Value),
        ("GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n", Malformed::Value),
        (" GET / HTTP/1.1\r\n\r\n", Malformed::FirstLine),
        ("GET\t/ HTTP/1.1\r\n\r\n", Malformed::FirstLine),
        ("GET  / HTTP/1.1\r\n\r\n", Malformed::FirstLine),
        ("GET / http/1.1\r\n\r\n", Malformed::FirstLine),
        ("GET / HTTP/1.1 x\r\n\r\n", Malformed::Version),
        ("GET / HTTP/1.10\r\n\r\n", Malformed::Version),
        ("GET / HTTP/2.0\r\n\r\n", Malformed::Version),
        ("GET /\r\n\r\n", Malformed::FirstLine),
        ("GET / \r\n\r\n", Malformed::FirstLine),
        ("GET / RTSP/1.0\r\n\r\n", Malformed::FirstLine),
        ("INVALID CONNECTION PREFACE\r\n\r\n", Malformed::OtherProtocol),
        ("GET /\u{e9} HTTP/1.1\r\n\r\n", Malformed::FirstLine),
        ("G@T / HTTP/1.1\r\n\r\n", Malformed::FirstLine),
    ];
    for (text, wrong) in cases {
        assert_eq!(request(text).err(), Some(wrong), "{text:?}");
    }
}

#[test]
fn a_bare_line_feed_is_told_before_the_head_ends() {
    for text in ["GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nA: b\n", "\n"] {
        assert_eq!(find_end(text.as_bytes(), 0), Err(Malformed::LineEnding), "{text:?}");
    }
    assert_eq!(find_end(b"GET / HTTP/1.1\r\nA: b\r\n", 0), Ok(None));
}

#[test]
fn the_end_is_found_wherever_the_bytes_were_cut() {
    let text = b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest";
    for cut in 0..text.len() {
        let first = find_end(&text[..cut], 0).expect("valid so far");
        let found = first.or_else(|| find_end(text, cut).expect("valid"));
        assert_eq!(found, Some(text.len() - 4), "cut at {cut}");
    }
}

#[test]
fn a_response_is_parsed_with_and_without_reason() {
    let mut fields = Vec::new();
    for (text, status) in [
        ("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 200),
        ("HTTP/1.0 404\r\n\r\n", 404),
        ("HTTP/1.1 599 \r\n\r\n", 599),
    ] {
        let head = parse_response(text.as_bytes(), &mut fields).expect("valid");
        assert_eq!((head.status, head.len), (status, text.len()));
    }
    for text in
        ["HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "HTTP/1.1  200\r\n\r\n", "ICY 200 OK\r\n\r\n"]
    {
        assert!(parse_response(text.as_bytes(), &mut fields).is_err(), "{text:?}");
    }
}

#[test]
fn a_request_line_without_method_or_target_cannot_be_written() {
    let write = |method: &str, prefix: &str, target: &str| {
        let mut out = Vec::new();
        RequestLine::new(method.as_bytes(), prefix.as_bytes(), target.as_bytes())?.write(&mut out);
        Some(String::from_utf8(out).unwrap())
    };
    let written = [
        ("GET", "", "/", "GET / HTTP/1.1\r\n"),
        ("GET", "/a", "/b?c", "GET /a/b?c HTTP/1.1\r\n"),
        ("OPTIONS", "", "*", "OPTIONS * HTTP/1.1\r\n"),
    ];
    for (method, prefix, target, line) in written {
        assert_eq!(write(method, prefix, target).as_deref(), Some(line));
    }
    let refused = [
        ("OPTIONS", "", ""),
        ("OPTIONS", "/a", ""),
        ("", "", "/"),
        ("GET ", "", "/"),
        ("GET", "", "/ "),
        ("GET", "/\r\n", "/"),
        ("GET", "", "/\x7f"),
        ("GET", "", "/\u{e9}"),
    ];
    for (method, prefix, target) in refused {
        assert_eq!(write(method, prefix, target), None, "{method:?} {prefix:?} {target:?}");
    }
}
