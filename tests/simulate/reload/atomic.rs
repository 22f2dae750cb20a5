//! Atomic: no exchange sees two generations.

use std::net::SocketAddr;

use http::Request;
use tokio::sync::watch;
use tokio::task::JoinSet;
use windrose_kit::peer::h1::{Backend, Client, Conn, Server};
use windrose_kit::peer::h2;
use windrose_kit::soon;
use windrose_random::Random;

use super::{finish, gateway};

/// A configuration that stamps whatever goes through it, in as many places as there are: each of its middlewares does,
/// its routers do by a prefix, and its server does by the path of its URL.
fn stamped(stamp: usize, server: SocketAddr, random: &mut Random) -> String {
    let names: Vec<String> = (0..1 + random.below(6)).map(|place| format!("m{place}")).collect();
    let length = names.len();
    let middlewares: String = names
        .iter()
        .map(|name| {
            format!(
                "    {name}: {{headers: {{customRequestHeaders: {{X-Asked-{name}: '{stamp}'}}, \
                 customResponseHeaders: {{X-Told-{name}: '{stamp}', X-Length: '{length}'}}}}}}\n"
            )
        })
        .collect();
    // What stands around the rest is held by an exchange in another way than what it passes.
    let chain = if random.once_in(2) { "again, " } else { "" };
    let names = names.join(", ");
    format!(
        "http:
  routers:
    all: {{rule: 'PathPrefix(`/`)', service: app, middlewares: [{chain}prefix, {names}]}}
    some: {{rule: 'PathPrefix(`/some`)', service: turns, middlewares: [prefix, chained]}}
  middlewares:
    again: {{retry: {{attempts: 2}}}}
    prefix: {{addPrefix: {{prefix: /{stamp}}}}}
    chained: {{chain: {{middlewares: [{chain}{names}]}}}}
{middlewares}  services:
    app: {{loadBalancer: {{servers: [{{url: 'http://{server}/{stamp}/', preservePath: true}}]}}}}
    turns: {{weighted: {{services: [{{name: app, weight: 1}}, {{name: app, weight: 2}}]}}}}
"
    )
}

/// Answers with the request, some of them not before the next configuration is in force.
async fn answer(mut conn: Conn, mut newest: watch::Receiver<usize>) {
    while let Some(request) = conn.next_request().await {
        if request.header("x-wait").is_some() {
            let now = *newest.borrow_and_update();
            soon("another configuration", newest.wait_for(|newest| *newest > now + 1)).await.unwrap();
        }
        let mut seen = format!("{}\n", request.target());
        for (name, value) in &request.fields {
            if name.to_ascii_lowercase().starts_with("x-asked-") {
                seen.push_str(&format!("{value}\n"));
            }
        }
        conn.answer(seen).await;
    }
}

/// What of an answer tells of the stamps: what the server saw, what was told on the way back, and how many there are.
struct Seen {
    by_server: String,
    told: Vec<String>,
    length: usize,
}

impl Seen {
    fn of(by_server: String, fields: impl Iterator<Item = (String, String)>) -> Self {
        let (mut told, mut length) = (Vec::new(), 0);
        for (name, value) in fields {
            match name.to_ascii_lowercase() {
                name if name.starts_with("x-told-") => told.push(value),
                name if name == "x-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        Self { by_server, told, length }
    }

    /// The one stamp there is, not older than `oldest`.
    fn stamp(&self, oldest: usize) -> usize {
        let Self { by_server, told, length } = self;
        let (target, asked) = by_server.split_once('\n').unwrap();
        let asked: Vec<&str> = asked.lines().collect();
        assert_eq!((asked.len(), told.len()), (*length, *length), "{by_server} {told:?}");
        let mut stamps =
            target.split('/').skip(1).take(2).chain(asked).chain(told.iter().map(String::as_str));
        let first: usize = stamps.next().unwrap().parse().unwrap();
        assert!(stamps.all(|stamp| stamp == first.to_string()), "two generations: {by_server} {told:?}");
        assert!(first >= oldest, "{first} after {oldest}");
        first
    }
}

async fn by_h1(addr: SocketAddr, mut random: Random) {
    let mut client = Client::connect(addr).await;
    let mut stamp = 0;
    for _ in 0..REQUESTS {
        let path = if random.once_in(3) { "/some" } else { "/all" };
        let wait = if random.once_in(8) { "X-Wait: please\r\n" } else { "" };
        client.send(format!("GET {path} HTTP/1.1\r\nHost: a.test\r\n{wait}\r\n")).await;
        let answer = client.read_response().await;
        assert_eq!(answer.status(), 200);
        stamp = Seen::of(answer.text(), answer.fields.into_iter()).stamp(stamp);
    }
}

async fn by_h2(addr: SocketAddr, mut random: Random) {
    let mut client = h2::Client::connect(addr).await;
    let mut oldest = 0;
    for _ in 0..REQUESTS / STREAMS {
        let mut calls = Vec::new();
        for _ in 0..STREAMS {
            let mut request = Request::get("http://a.test/all");
            if random.once_in(8) {
                request = request.header("x-wait", "please");
            }
            let mut call = client.open(request.body(()).unwrap()).await;
            call.finish();
            calls.push(call);
        }
        let mut newest = oldest;
        for call in calls {
            let reply = call.reply().await;
            assert_eq!(reply.status, 200);
            let fields = reply.headers.iter();
            let fields = fields.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
            newest = newest.max(Seen::of(reply.text(), fields).stamp(oldest));
        }
        oldest = newest;
    }
}

#[tokio::test]
async fn no_exchange_sees_two_generations() {
    let mut random = Random::new();
    let (published, newest) = watch::channel(0);
    let server = Server::start(Backend::bind().await, move |conn| answer(conn, newest.clone()));
    let gateway = gateway(2);
    gateway.publish("test", &stamped(0, server.addr(), &mut random)).await;
    let mut clients = JoinSet::new();
    for _ in 0..4 {
        clients.spawn(by_h1(gateway.address("web"), random.fork()));
        clients.spawn(by_h2(gateway.address("web"), random.fork()));
    }
    let publishing = async {
        loop {
            let next = *published.borrow() + 1;
            gateway.publish("test", &stamped(next, server.addr(), &mut random)).await;
            published.send_replace(next);
        }
    };
    tokio::select! {
        () = finish(&mut clients) => {}
        () = publishing => {}
    }
    println!("{} generations", *published.borrow());
    assert!(*published.borrow() > FEWEST, "{} generations are too few to see", *published.borrow());
    assert!(gateway.stop().await);
}

const REQUESTS: usize = 160;
const STREAMS: usize = 8;
const FEWEST: usize = 20;
