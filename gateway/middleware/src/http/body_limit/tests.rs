use windrose_http::{Body, Failure};

use crate::testing::{Piece, Pieces, answer, body, filter, problems, read, request};

#[test]
fn a_length_that_is_too_large_is_refused_at_once() {
    let filter = filter("bodyLimit: {maxRequestBodyBytes: 5}");
    for (length, passes) in [(0, true), (5, true), (6, false)] {
        let mut ex = request("POST /");
        ex.body = Body::from("x".repeat(length));
        let reply = answer(&*filter, &mut ex);
        let expected = (!passes).then_some((413, "Request Entity Too Large"));
        assert_eq!(reply.as_ref().map(|reply| (reply.status, body(reply))), expected, "{length}");
    }
}

#[tokio::test]
async fn a_body_without_a_length_breaks_where_it_becomes_too_long() {
    let filter = filter("bodyLimit: {maxRequestBodyBytes: 5}");
    for (pieces, passes) in [(["ab", "cde"], true), (["abc", "def"], false)] {
        let mut ex = request("POST /");
        ex.body = Pieces::body(pieces.map(|piece| Piece::Bytes(piece.as_bytes().to_vec())));
        assert!(answer(&*filter, &mut ex).is_none());
        let (bytes, end) = read(&mut ex.body).await;
        match end {
            None => assert!(passes && bytes == b"abcde"),
            Some(Err(error)) => assert!(!passes && Failure::from(error) == Failure::BodyTooLarge),
            Some(Ok(frame)) => panic!("{frame:?}"),
        }
    }
}

#[test]
fn a_limit_that_is_none_is_a_problem() {
    let cases = [
        ("{}", "1:12: error: maxRequestBodyBytes is missing, write the longest body that may pass"),
        (
            "{maxRequestBodyBytes: -1}",
            "1:34: error: maxRequestBodyBytes is negative, write a number of bytes",
        ),
    ];
    for (options, expected) in cases {
        assert_eq!(problems(&format!("bodyLimit: {options}")), [format!("test.yaml:{expected}")]);
    }
}
