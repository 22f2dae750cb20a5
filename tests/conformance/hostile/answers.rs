//! Odd answers, one by one, to clients of both protocols.

use std::sync::Arc;

use super::{Then, ask_h1, ask_h2, server};
use crate::frames::{End, Outcome};
use crate::gateway::Gateway;

struct Case {
    name: &'static str,
    method: &'static str,
    answer: &'static str,
    then: Then,
    see: See,
}

enum See {
    /// This status and body; the connection to the server is used again, or not.
    Whole(u16, &'static str, Reused),
    /// An answer that does not end well, if it begins.
    Cut,
    /// An error of the gateway's own.
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reused {
    Yes,
    No,
}

use See::{Cut, Error, Whole};
use Then::{Close, Reset, Stay};

const fn case(name: &'static str, answer: &'static str, then: Then, see: See) -> Case {
    Case { name, method: "GET", answer, then, see }
}

#[tokio::test]
async fn an_odd_answer_harms_nobody() {
    let answers = CASES.iter().map(|case| (case.answer.as_bytes().to_vec(), case.then)).collect();
    let server = server(Arc::new(answers)).await;
    let gateway = Gateway::to(&server.url()).await;
    let mut failed = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        for http2 in [false, true] {
            let target = format!("/{number}");
            // All workers together keep no more than what this case leaves.
            let outcome = if http2 {
                ask_h2(&gateway, case.method, &target).await
            } else {
                ask_h1(&gateway, case.method, &target).await
            };
            if !case.see.is(&outcome) {
                failed.push(format!("{} (HTTP/2: {http2}): {outcome:?}", case.name));
            }
            // Whoever asks next gets the answer to what was asked, whatever was left on connections.
            for probe in 0..4 {
                let target = format!("/next-{number}-{probe}");
                let next = ask_h1(&gateway, "GET", &target).await;
                if (next.status, &next.body[..]) != (Some(200), target.as_bytes()) {
                    failed.push(format!("{}: the next got {next:?}", case.name));
                }
            }
        }
    }
    gateway.expect_well().await;
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), CASES.len(), failed.join("\n"));
}

/// A connection on which more came than the answer, or that broke the rules, is closed.
#[tokio::test]
async fn a_connection_is_used_again_only_after_a_clean_end() {
    for (number, case) in CASES.iter().enumerate() {
        let Whole(_, _, reused) = case.see else { continue };
        let answers = CASES.iter().map(|case| (case.answer.as_bytes().to_vec(), case.then)).collect();
        let server = server(Arc::new(answers)).await;
        let gateway = Gateway::to(&server.url()).await;
        let before = server.connections();
        // As many as there could be workers, so that one of them is asked twice.
        let asked = 12;
        for _ in 0..asked {
            ask_h1(&gateway, case.method, &format!("/{number}")).await;
        }
        let made = server.connections() - before;
        match reused {
            Reused::Yes => assert!(made < asked, "{}: {made} connections", case.name),
            Reused::No => assert!(made >= asked - 1, "{}: {made} connections", case.name),
        }
    }
}

impl See {
    fn is(&self, outcome: &Outcome) -> bool {
        match self {
            Whole(status, body, _) => {
                let wanted = (Some(*status), body.as_bytes(), End::Whole);
                (outcome.status, &outcome.body[..], outcome.end) == wanted
            }
            Cut => outcome.end != End::Whole,
            Error => outcome.status.is_some_and(|status| status >= 500) && outcome.end == End::Whole,
        }
    }
}

const fn head(name: &'static str, answer: &'static str, see: See) -> Case {
    Case { name, method: "HEAD", answer, then: Stay, see }
}

const OK: See = Whole(200, "hello", Reused::Yes);
const OK_ONCE: See = Whole(200, "hello", Reused::No);

const CASES: &[Case] = &[
    case("plain", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Stay, OK),
    case(
        "plain and closed",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        Close,
        OK_ONCE,
    ),
    case("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", Stay, OK),
    case("until the end", "HTTP/1.1 200 OK\r\n\r\nhello", Close, OK_ONCE),
    case("until the end, reset", "HTTP/1.1 200 OK\r\n\r\nhello", Reset, Cut),
    case("until the end in version 1.0", "HTTP/1.0 200 OK\r\n\r\nhello", Close, OK_ONCE),
    case(
        "coding and length",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        Stay,
        Error,
    ),
    case(
        "length and coding",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
        Stay,
        Error,
    ),
    case(
        "unknown coding",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        Stay,
        Error,
    ),
    case(
        "chunked in version 1.0",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Stay,
        Error,
    ),
    case(
        "lengths that differ",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        Stay,
        Error,
    ),
    case(
        "lengths that are equal",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        OK,
    ),
    case("list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", Stay, Error),
    case("length with plus", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", Stay, Error),
    case("length too long", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", Close, Cut),
    case("length too long, reset", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", Reset, Cut),
    case(
        "length too short",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        Stay,
        OK_ONCE,
    ),
    case(
        "second answer",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        Stay,
        OK_ONCE,
    ),
    case(
        "bytes behind chunks",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nevil",
        Stay,
        OK_ONCE,
    ),
    case(
        "chunk that is no number",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n\r\n",
        Stay,
        Cut,
    ),
    case(
        "chunk with a bare line end",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
        Stay,
        Cut,
    ),
    case(
        "chunks without the last",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        Close,
        Cut,
    ),
    case(
        "chunks without the last line",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        Close,
        Cut,
    ),
    case("chunks, reset", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Reset, Cut),
    case(
        "trailers of every sort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\nSet-Cookie: evil\r\n\r\n",
        Stay,
        OK,
    ),
    case("folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case("bare line ends", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", Stay, Error),
    case("LF in a value", "HTTP/1.1 200 OK\r\nX: a\nb\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case("CR in a value", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case(
        "CR in a known name",
        "HTTP/1.1 200 OK\r\nCache\rControl: x\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        Error,
    ),
    case("NUL in a value", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case("blank before a colon", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", Stay, Error),
    case("no colon", "HTTP/1.1 200 OK\r\nX\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case("status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case("status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case("status below 100", "HTTP/1.1 099 OK\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case("version 2.0", "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case("no HTTP", "220 mail.test ESMTP\r\n\r\n", Stay, Error),
    case("nothing", "", Close, Error),
    case("head that is cut", "HTTP/1.1 200 OK\r\nContent-", Close, Error),
    case("head that is cut by a reset", "HTTP/1.1 200 OK\r\nContent-", Reset, Error),
    case("empty line first", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Stay, Error),
    case(
        "change of protocol nobody asked for",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhello",
        Stay,
        Error,
    ),
    case(
        "interim answers",
        "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        OK,
    ),
    case(
        "interim answer with a length",
        "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        OK,
    ),
    case("nothing behind an interim answer", "HTTP/1.1 103 Early Hints\r\n\r\n", Close, Error),
    case(
        "204 with a body",
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        Whole(204, "", Reused::No),
    ),
    case(
        "204 with chunks",
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        Stay,
        Whole(204, "", Reused::No),
    ),
    case(
        "304 with a body",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        Whole(304, "", Reused::No),
    ),
    case(
        "304 with a length",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        Stay,
        Whole(304, "", Reused::Yes),
    ),
    case(
        "204 with lengths that differ",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
        Stay,
        Error,
    ),
    head("head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Whole(200, "", Reused::Yes)),
    head("head with a body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Whole(200, "", Reused::No)),
    head(
        "head with chunks",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Whole(200, "", Reused::No),
    ),
    case(
        "connection names the length",
        "HTTP/1.1 200 OK\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        OK,
    ),
    case(
        "hop-by-hop fields",
        "HTTP/1.1 200 OK\r\nKeep-Alive: x\r\nProxy-Authenticate: x\r\nUpgrade: h2c\r\nTe: x\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        OK,
    ),
    case(
        "version 1.0 that stays",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        OK,
    ),
    case(
        "status nobody knows",
        "HTTP/1.1 799 Odd\r\nContent-Length: 5\r\n\r\nhello",
        Stay,
        Whole(799, "hello", Reused::Yes),
    ),
];
