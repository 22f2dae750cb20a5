//! Fields after a body, between every pair of protocols and in both directions: nothing in them may undo what was decided
//! when the head passed.
//!
//! One table of names for requests and one for answers, each sent as trailers all at once; of them all only what is made
//! for trailers may arrive.

mod names;
mod peers;

use names::{ANSWERED, CLAIMED, FORBIDDEN, PASSING, in_every_spelling};
use peers::{Client, Protocol, Server};

use crate::gateway::Gateway;
use crate::recorder::Recorder;

/// What stands in the head of every request and answer, as trailers are sent beside it.
const HEAD: &[(&str, &str)] = &[("x-set", "theirs"), ("x-gone", "theirs"), ("x-both", "theirs")];

/// A gateway whose middleware settles some names in both directions.
async fn gateway(entry_point: &str, server: &Server) -> Gateway {
    let dynamic = format!(
        "http:\n  routers:\n    app: {{rule: 'PathPrefix(`/`)', service: app, middlewares: [fields]}}\n  \
         middlewares:\n    fields:\n      headers:\n        \
         customRequestHeaders: {{X-Set: ours, X-Gone: '', X-Kept: ours}}\n        \
         customResponseHeaders: {{X-Set: ours, X-Gone: '', Server: ''}}\n        \
         customFrameOptionsValue: ours\n        permissionsPolicy: ours\n        referrerPolicy: ours\n  \
         services:\n    app: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}\n",
        server.url()
    );
    Gateway::routing(entry_point, &dynamic).await
}

/// The names that may be told by this protocol at all: HTTP/2 has no fields of a connection.
fn sendable(protocol: Protocol, names: Vec<String>) -> Vec<String> {
    let of_connection =
        ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te"];
    let is_sent =
        |name: &String| protocol == Protocol::Http1 || !of_connection.contains(&&*name.to_ascii_lowercase());
    names.into_iter().filter(is_sent).collect()
}

fn passing() -> Vec<String> {
    PASSING.iter().map(|name| (*name).to_owned()).collect()
}

const PROTOCOLS: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

#[tokio::test]
async fn no_dangerous_trailer_of_a_request_arrives() {
    for (client, server) in PROTOCOLS.iter().flat_map(|it| PROTOCOLS.map(|to| (*it, to))) {
        let backend = Server::start(server, &[]).await;
        let gateway = gateway("forwardedHeaders: {connection: [X-Kept]}", &backend).await;
        let mut names = sendable(client, in_every_spelling(&[FORBIDDEN, CLAIMED].concat()));
        names.extend(passing());
        let mut head = HEAD.to_vec();
        if client == Protocol::Http1 {
            head.push(("connection", "X-Named, X-Kept"));
            names.extend(["X-Named", "x_named", "X-Kept", "X.Kept"].map(String::from));
        }
        let answered = Client::connect(client, gateway.addr()).await.post(&head, &names).await;
        assert_eq!(answered.status, 200, "{client:?} to {server:?}");
        let request = backend.last();
        assert_eq!(request.trailers, passing(), "{client:?} to {server:?}");
        assert_eq!(request.values("x-set"), ["ours"]);
        assert_eq!(
            request.values("x-kept"),
            ["ours"],
            "what the gateway sets is not the client's to withhold"
        );
        assert_eq!((request.values("x-gone").len(), request.values("x-both").len()), (0, 1));
    }
}

#[tokio::test]
async fn no_dangerous_trailer_of_an_answer_arrives() {
    for (client, server) in PROTOCOLS.iter().flat_map(|it| PROTOCOLS.map(|to| (*it, to))) {
        let mut names = sendable(server, in_every_spelling(&[FORBIDDEN, CLAIMED, ANSWERED].concat()));
        names.extend(passing());
        if server == Protocol::Http1 {
            names.extend(["X-Named", "x_named"].map(String::from));
        }
        let backend = Server::start(server, &names).await;
        let gateway = gateway("", &backend).await;
        let answer = Client::connect(client, gateway.addr()).await.post(HEAD, &[]).await;
        assert_eq!((answer.status, &answer.trailers), (200, &passing()), "{server:?} to {client:?}");
        assert_eq!(answer.values("x-set"), ["ours"]);
        assert_eq!((answer.values("x-gone").len(), answer.values("x-both").len()), (0, 1));
    }
}

#[tokio::test]
async fn trailers_alone_that_may_not_pass_leave_a_whole_message() {
    for (client, server) in PROTOCOLS.iter().flat_map(|it| PROTOCOLS.map(|to| (*it, to))) {
        let backend = Server::start(server, &["Location".to_owned()]).await;
        let gateway = gateway("", &backend).await;
        let mut peer = Client::connect(client, gateway.addr()).await;
        for _ in 0..2 {
            let answer = peer.post(HEAD, &["Authorization".to_owned()]).await;
            assert_eq!((answer.status, answer.trailers.len()), (200, 0), "{server:?} to {client:?}");
            assert_eq!((backend.last().body, backend.last().trailers), (b"body".to_vec(), Vec::new()));
        }
    }
}

#[tokio::test]
async fn underscores_in_trailers_are_treated_as_in_heads() {
    for (client, server) in PROTOCOLS.iter().flat_map(|it| PROTOCOLS.map(|to| (*it, to))) {
        let names = ["x_under", "x_forwarded_host", "x-sum"].map(String::from);
        for (strategy, arrives) in [("keep", &["x_under", "x-sum"][..]), ("delete", &["x-sum"])] {
            let backend = Server::start(server, &[]).await;
            let gateway =
                gateway(&format!("http: {{underscoreHeadersStrategy: {strategy}}}"), &backend).await;
            let answer = Client::connect(client, gateway.addr()).await.post(HEAD, &names).await;
            assert_eq!(answer.status, 200, "{client:?} to {server:?}");
            assert_eq!(backend.last().trailers, arrives, "{client:?} to {server:?}, {strategy}");
        }
    }
}

#[tokio::test]
async fn underscores_in_trailers_are_rejected_before_a_server_has_the_whole_request() {
    const REJECT: &str = "http: {underscoreHeadersStrategy: reject}";
    for client in PROTOCOLS {
        for name in ["x_under", "x_forwarded_host", "content_length"].map(String::from) {
            let post = async |gateway: &Gateway| {
                let mut peer = Client::connect(client, gateway.addr()).await;
                assert_eq!(
                    peer.post(HEAD, std::slice::from_ref(&name)).await.status,
                    400,
                    "{client:?}, {name}"
                );
            };
            let recorder = Recorder::start().await;
            let gateway = Gateway::with(REJECT, &recorder.url()).await;
            post(&gateway).await;
            gateway.expect_well().await;
            assert_eq!(recorder.take_requests(&"a request with trailers that are refused"), []);

            let server = Server::start(Protocol::Http2, &[]).await;
            let gateway = Gateway::with(REJECT, &server.url()).await;
            let before = server.count();
            post(&gateway).await;
            gateway.expect_well().await;
            assert_eq!(
                server.count(),
                before + 1,
                "{client:?}, {name}: only the question whether it is well"
            );
        }
    }
}
