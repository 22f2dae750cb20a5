//! Requests that two readers could understand differently.
//!
//! Behind each request the client sends another one. Either the first is refused and the second never read, or both
//! reach the server, each as one request in normal form.

mod chunks;
mod framing;
mod grammar;
mod identity;
mod paths;

use crate::client::exchange;
use crate::gateway::Gateway;
use crate::recorder::Recorder;

/// What is sent and what must be seen.
struct Case {
    name: &'static str,
    send: &'static [u8],
    see: See,
}

enum See {
    /// This status, the end of the connection, and nothing at the server.
    Refused(u16),
    /// These requests at the server, and then the one behind them.
    Sent(&'static [&'static str]),
    /// An answer of the gateway's own; the connection goes on.
    Answered(u16),
}

use See::{Answered, Refused, Sent};

const fn case(name: &'static str, send: &'static [u8], see: See) -> Case {
    Case { name, send, see }
}

async fn check(cases: &[Case]) {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let mut failed = Vec::new();
    for case in cases {
        if let Err(found) = check_case(&gateway, &recorder, case).await {
            failed.push(format!("{}: {found}", case.name));
        }
    }
    gateway.expect_well().await;
    assert_eq!(recorder.take_requests(&"late requests"), []);
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

async fn check_case(gateway: &Gateway, recorder: &Recorder, case: &Case) -> Result<(), String> {
    let seen = exchange(gateway.addr(), &[case.send, NEXT].concat()).await;
    let requests = recorder.take_requests(&case.name);
    let sent: Vec<String> = requests.iter().map(|request| request.normal()).collect();
    let (statuses, normal) = match case.see {
        Refused(status) => (vec![status], vec![]),
        Answered(status) => (vec![status, 200], vec![NEXT_NORMAL]),
        Sent(normal) => (vec![200; normal.len() + 1], [normal, &[NEXT_NORMAL]].concat()),
    };
    if seen.statuses() != statuses || !seen.closed || sent != normal {
        return Err(format!("{seen:?}\n  sent on {sent:#?}"));
    }
    if matches!(case.see, Refused(_)) && !seen.responses().iter().all(|response| response.closes) {
        return Err(format!("the end is not announced: {seen:?}"));
    }
    requests.iter().try_for_each(|request| request.check_owned("http"))
}

const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
const NEXT_NORMAL: &str = "GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n";
