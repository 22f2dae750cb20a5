use windrose_config::Located;
use windrose_http::{Blame, Body, BodyError, Failure, Frame, Headers, Method, Reply, Trailers, body};

use super::again::{Again, Outcome};
use crate::chain::run;
use crate::stage::Stage;
use crate::testing::{Piece, Pieces, Scripted, problems, read, request, stage};

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).expect("small")).collect()
}

fn pieces(length: usize) -> Body {
    Pieces::body(bytes(length).chunks(70_001).map(|chunk| Piece::Bytes(chunk.to_vec())).collect::<Vec<_>>())
}

fn stages(options: &str) -> [Stage; 1] {
    [stage(&format!("buffering: {{{options}}}"))]
}

/// What came of a request with this body, and how long the bodies were that the service got.
async fn sent(options: &str, body: Body) -> (u16, Vec<usize>) {
    let mut ex = request("POST /");
    ex.body = body;
    let service = Scripted::new(|_| Reply::status_text(200));
    let reply = run(&stages(options), &mut ex, &service).await;
    let lengths = service.asked.into_inner().into_iter().map(|line| line.len() - "POST / ".len());
    (reply.status, lengths.collect())
}

/// What becomes of an answer with this body.
async fn answered(options: &str, body: impl Fn() -> Body) -> Reply {
    run(&stages(options), &mut request("GET /"), &Scripted::new(|_| Reply::with_body(200, body()))).await
}

fn text(length: usize) -> Body {
    Pieces::body(
        "x".repeat(length)
            .into_bytes()
            .chunks(999)
            .map(|chunk| Piece::Bytes(chunk.to_vec()))
            .collect::<Vec<_>>(),
    )
}

#[tokio::test]
async fn requests_are_read_to_their_end_within_their_limit() {
    let cases = [
        ("maxRequestBodyBytes: 5000", 5000, (200, true)),
        ("maxRequestBodyBytes: 4999", 5000, (413, false)),
        ("maxRequestBodyBytes: 4999, memRequestBodyBytes: 10", 5000, (413, false)),
        ("maxRequestBodyBytes: 0, memRequestBodyBytes: 0", 5000, (200, true)),
        ("memRequestBodyBytes: 1", 2_000_000, (200, true)),
    ];
    for (options, length, (status, is_asked)) in cases {
        let (found, lengths) = sent(options, text(length)).await;
        assert_eq!((found, lengths.len()), (status, usize::from(is_asked)), "{options}");
        // The service was asked with pieces that blanks part.
        assert!(!is_asked || lengths[0] >= length, "{options}");
    }
    assert_eq!(sent("maxRequestBodyBytes: 4", Body::Full("hello".into())).await.0, 413);
}

#[tokio::test]
async fn answers_come_back_whole_from_memory_and_file() {
    for length in [0, 1, 2048, 2049, 300_000, 3_000_000] {
        for memory in [1, 2048, 299_999, 10_000_000] {
            let options = format!("memResponseBodyBytes: {memory}");
            let mut reply = answered(&options, || pieces(length)).await;
            let told = reply.body.length();
            assert_eq!(told, (length <= 2048).then_some(length as u64), "{length} {memory}");
            let (found, end) = read(&mut reply.body).await;
            assert!(found == bytes(length) && end.is_none(), "{length} {memory}");
        }
    }
}

#[tokio::test]
async fn an_answer_of_known_length_keeps_it() {
    let body = || Pieces::with_length([Piece::Bytes(bytes(5000)), Piece::Bytes(bytes(5000))], Some(10_000));
    for memory in [10, 100_000] {
        let mut reply = answered(&format!("memResponseBodyBytes: {memory}"), body).await;
        assert_eq!(reply.body.length(), Some(10_000));
        assert_eq!(read(&mut reply.body).await.0.len(), 10_000);
    }
}

#[tokio::test]
async fn answers_that_are_too_long_become_errors() {
    let cases = [("maxResponseBodyBytes: 5000", 200), ("maxResponseBodyBytes: 4999", 500)];
    for (options, expected) in cases {
        let known = || Pieces::with_length([Piece::Bytes(bytes(5000))], Some(5000));
        assert_eq!(answered(options, known).await.status, expected);
        assert_eq!(answered(options, || pieces(5000)).await.status, expected);
        assert_eq!(answered(options, || Body::Full(bytes(5000).into())).await.status, expected);
    }
}

#[tokio::test]
async fn what_breaks_is_told_while_there_is_time() {
    let broken = |blame| {
        let error = BodyError { blame, reason: body::Broken::Closed };
        Pieces::body([Piece::Bytes(bytes(10)), Piece::End(Err(error))])
    };
    let reply = answered("", || broken(Blame::Upstream)).await;
    assert_eq!((reply.status, reply.failure), (502, Some(Failure::Closed)));
    assert_eq!(sent("", broken(Blame::Client)).await, (Failure::ClientGone.reply().status, vec![]));
}

#[tokio::test]
async fn trailers_of_answers_are_kept() {
    let body = || {
        let mut fields = Headers::new();
        fields.receive("X-Sum", "1");
        let end = Piece::End(Ok(Frame::Trailers(Box::new(Trailers::new(fields).expect("a field")))));
        Pieces::body([Piece::Bytes(bytes(10)), end])
    };
    let mut reply = answered("", body).await;
    assert_eq!(reply.body.length(), None);
    let (found, end) = read(&mut reply.body).await;
    assert!(found == bytes(10) && matches!(end, Some(Ok(Frame::Trailers(_)))), "{end:?}");
}

#[tokio::test]
async fn requests_with_a_body_are_repeated_while_the_expression_holds() {
    let cases: [(&str, &'static str, u16, usize); 7] = [
        ("ResponseCode() == 503", "hello", 200, 3),
        ("ResponseCode() == 503 && Attempts() < 2", "hello", 503, 2),
        ("ResponseCode() == 503 && Attempts() <= 2", "hello", 200, 3),
        ("ResponseCode() == 503", "", 503, 1),
        ("IsNetworkError()", "hello", 503, 1),
        ("ResponseCode() > 0", "hello", 200, 11),
        ("RequestMethod() == `GET`", "hello", 503, 1),
    ];
    for (expression, body, status, tries) in cases {
        let service = Scripted::new(|before| Reply::status_text(if before < 2 { 503 } else { 200 }));
        let mut ex = request("POST /a");
        ex.body = Body::from(body);
        let stages = [
            stage(&format!("buffering: {{retryExpression: '{expression}', memRequestBodyBytes: 2}}")),
            stage("addPrefix: {prefix: /x}"),
        ];
        let reply = run(&stages, &mut ex, &service).await;
        let asked = service.asked.into_inner();
        assert_eq!((reply.status, asked.len()), (status, tries), "{expression}");
        assert!(asked.iter().all(|line| line.replace(' ', "") == format!("POST/x/a{body}")), "{asked:?}");
        assert_eq!(ex.course.record.retries as usize, tries - 1);
    }
}

#[test]
fn expressions_hold_as_they_say() {
    let cases = [
        ("IsNetworkError()", 502, 1, true),
        ("IsNetworkError()", 504, 1, true),
        ("IsNetworkError()", 503, 1, false),
        ("Attempts() >= 2 || ResponseCode() != 500", 500, 2, true),
        ("Attempts() >= 2 || ResponseCode() != 500", 500, 1, false),
        ("RequestMethod() == \"POST\" && ResponseCode() < 500", 404, 1, true),
        ("RequestMethod() != \"POST\"", 404, 1, false),
    ];
    for (text, status, attempt, expected) in cases {
        let again = Again::new(&Located::from(Box::from(text))).expect(text).expect("an expression");
        let outcome = Outcome { method: &Method::Post, status, attempt };
        assert_eq!(again.holds(&outcome), expected, "{text} {status} {attempt}");
    }
}

#[test]
fn options_that_cannot_be_used_are_problems() {
    let cases = [
        ("maxRequestBodyBytes: -1", "maxRequestBodyBytes is negative, write a number of bytes, or 0"),
        ("memResponseBodyBytes: -1", "memResponseBodyBytes is negative, write a number of bytes, or 0"),
        (
            "retryExpression: Foo()",
            "cannot read the expression: there is no function Foo, write one of Attempts, IsNetworkError, \
             RequestMethod, ResponseCode",
        ),
        ("retryExpression: Attempts()", "cannot read the expression: compare Attempts() with something"),
        (
            "retryExpression: Attempts(1) == 1",
            "cannot read the expression: Attempts() takes nothing between its parentheses",
        ),
        (
            "retryExpression: ResponseCode() == 1.5",
            "cannot read the expression: ResponseCode() is a whole number",
        ),
        (
            "retryExpression: IsNetworkError() == 1",
            "cannot read the expression: IsNetworkError() stands alone",
        ),
        (
            "retryExpression: RequestMethod() < `A`",
            "cannot read the expression: RequestMethod() is or is not a text such as \"GET\"",
        ),
    ];
    for (options, expected) in cases {
        let found = problems(&format!("buffering: {{{options}}}"));
        assert!(
            found.len() == 1 && found[0].ends_with(&format!("error: {expected}")),
            "{options}: {found:?}"
        );
    }
}
