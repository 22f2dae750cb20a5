use super::*;

fn headers(fields: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in fields {
        headers.append(*name, value);
    }
    headers
}

#[test]
fn requests_that_two_readers_could_split_differently_are_refused() {
    let refused: &[&[(&str, &str)]] = &[
        &[("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        &[("Content-Length", "5"), ("Content-Length", "6")],
        &[("Content-Length", "5, 5")],
        &[("Content-Length", "+5")],
        &[("Content-Length", "-1")],
        &[("Content-Length", "")],
        &[("Content-Length", "5 5")],
        &[("Content-Length", "99999999999999999999")],
        &[("Transfer-Encoding", "gzip")],
        &[("Transfer-Encoding", "gzip, chunked")],
        &[("Transfer-Encoding", "chunked, chunked")],
        &[("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
        &[("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "identity")],
        &[("Transfer-Encoding", "identity")],
        &[("Transfer-Encoding", "")],
        &[("Transfer-Encoding", "\"chunked\"")],
        &[("Transfer-Encoding", "chunked;q=1")],
    ];
    for fields in refused {
        assert_eq!(of_request(Version::Http11, &headers(fields)), Err(Ambiguous), "{fields:?}");
    }
    assert_eq!(of_request(Version::Http10, &headers(&[("Transfer-Encoding", "chunked")])), Err(Ambiguous));
}

#[test]
fn plain_requests_end_where_they_say() {
    let cases: &[(&[(&str, &str)], Framing)] = &[
        (&[], Framing::None),
        (&[("Content-Length", "0")], Framing::Length(0)),
        (&[("Content-Length", "0005")], Framing::Length(5)),
        (&[("Content-Length", "5"), ("content-length", "5")], Framing::Length(5)),
        (&[("Transfer-Encoding", "CHUNKED")], Framing::Chunked),
    ];
    for (fields, framing) in cases {
        assert_eq!(of_request(Version::Http11, &headers(fields)), Ok(*framing), "{fields:?}");
    }
}

#[test]
fn answers_without_a_body_end_with_their_head() {
    let length = headers(&[("Content-Length", "10")]);
    for (method, status) in [(Method::Head, 200), (Method::Get, 204), (Method::Get, 304), (Method::Get, 103)]
    {
        assert_eq!(
            of_response(&method, status, Version::Http11, &length),
            Ok(Framing::None),
            "{method:?} {status}"
        );
    }
    assert_eq!(of_response(&Method::Get, 200, Version::Http11, &headers(&[])), Ok(Framing::UntilClose));
}
