//! Answers changed at random.

use windrose_kit::peer::h1::{Backend, Conn, Server};
use windrose_random::{Random, seed};

use super::{ask_h1, ask_h2};
use crate::gateway::Gateway;
use crate::mutate::mutate;

/// Each request asks by its number for an answer, which is changed by that number; every second one must be heard as
/// if nothing had happened before.
#[tokio::test]
async fn answers_changed_at_random_harm_nobody() {
    let seed = seed();
    let server = Server::start(Backend::bind().await, move |conn| answer(conn, seed));
    let gateway = Gateway::to(&server.url()).await;
    for number in 0..1500 {
        let target = format!("/{number}");
        let method = if number % 7 == 0 { "HEAD" } else { "GET" };
        if number % 3 == 0 {
            ask_h2(&gateway, method, &target).await;
        } else {
            ask_h1(&gateway, method, &target).await;
        }
        let target = format!("/well-{number}");
        let next = ask_h1(&gateway, "GET", &target).await;
        assert_eq!(
            (next.status, &next.body[..]),
            (Some(200), target.as_bytes()),
            "after {:?}",
            mutant(number, seed)
        );
    }
    gateway.expect_well().await;
}

async fn answer(mut conn: Conn, seed: u64) {
    while let Some(request) = conn.next_request().await {
        let target = request.target().to_owned();
        let Ok(number) = target[1..].parse::<usize>() else {
            conn.answer(target).await;
            continue;
        };
        let _gone = conn.try_send(mutant(number, seed)).await;
        // What is not complete must not be waited for; what is may be followed by another request.
        if number % 2 == 0 || !is_plain(number, seed) {
            return conn.close().await;
        }
    }
}

fn is_plain(number: usize, seed: u64) -> bool {
    ANSWERS.contains(&&mutant(number, seed)[..])
}

fn mutant(number: usize, seed: u64) -> String {
    let mut random = Random::of(seed.wrapping_add(u64::try_from(number).unwrap()));
    let changed = mutate(ANSWERS[number % ANSWERS.len()].as_bytes(), &mut random);
    changed.iter().map(|byte| char::from(*byte)).filter(char::is_ascii).collect()
}

const ANSWERS: &[&str] = &[
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Any: y\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 204 No Content\r\nX-Any: y\r\n\r\n",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
];
