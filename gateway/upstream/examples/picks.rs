//! What choosing a server costs: nanoseconds for each way of choosing.
//!
//!     cargo run --release -p windrose-upstream --example picks

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use windrose_http::exchange::{Conn, OddNames, Trust};
use windrose_http::{Exchange, Headers, Id};
use windrose_upstream::health::{Checks, Passive, Probe};
use windrose_upstream::service::{
    Balancing, Canary, Child, Consistent, Key, Kind, LoadBalancer, Member, Sharing, Strategy, Trail, Weighted,
};
use windrose_upstream::sticky::Cookie;
use windrose_upstream::{Connector, Endpoint, Local, Upstream};

fn main() {
    let strategies = [
        ("wrr", Strategy::Wrr),
        ("p2c", Strategy::P2c),
        ("leasttime", Strategy::LeastTime),
        ("hrw", Strategy::Hrw),
        ("least request", Strategy::LeastRequest),
        ("peak ewma", Strategy::PeakEwma),
        ("consistent", Strategy::Consistent(Consistent { key: Key::Client, bound: 125 })),
    ];
    let local = Local::new(Box::new(|_, _| {}));
    println!("{:<28}{:>10}{:>10}{:>10}", "nanoseconds, of servers:", 1, 10, 100);
    let row = |name: &str, of: &Balancing| {
        let costs = [1, 10, 100].map(|count| cost(&service(count, of), &local));
        println!("{name:<28}{:>10.1}{:>10.1}{:>10.1}", costs[0], costs[1], costs[2]);
    };
    row("plain", &Balancing::default());
    row("checked", &Balancing { probe: Some(Arc::new(Probe::default())), ..Balancing::default() });
    let passive = Passive::new(Duration::from_secs(10), 1).ok();
    row("judged", &Balancing { passive, ..Balancing::default() });
    for (name, strategy) in strategies {
        row(name, &Balancing { strategy, ..Balancing::default() });
    }
    row("sticky", &Balancing { sticky: Some(Cookie::default()), ..Balancing::default() });
}

/// A service of services, so that both kinds of choice are made.
fn service(count: usize, of: &Balancing) -> Upstream {
    let tls = rustls::ClientConfig::builder()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let tls = Arc::new(tls);
    let connector = Arc::new(Connector {
        tls: Arc::clone(&tls),
        tls_http1: tls,
        names: windrose_upstream::names::Names::system(),
        server_name: None,
        dial_timeout: Duration::from_secs(30),
        answer_timeout: None,
        idle_timeout: Duration::from_secs(90),
        max_idle: 2,
        read_idle_timeout: None,
        ping_timeout: Duration::from_secs(15),
        max_idle_of_all: None,
        continue_timeout: Duration::from_secs(1),
    });
    let member = |number: usize| {
        let url = format!("http://10.0.{}.{}:8080", number / 250, number % 250);
        Endpoint::new(&url, false, Arc::clone(&connector)).ok().map(|server| Member::new(Arc::new(server), 1))
    };
    let members = (0..count).filter_map(member).collect();
    let balancer = LoadBalancer::new("app@file", members, of.clone(), &Checks::default(), None);
    let leaf = Arc::new(Upstream { name: "app@file".into(), kind: Kind::LoadBalancer(balancer) });
    let child =
        Child { name: "app".into(), service: Arc::clone(&leaf), weight: 1, canary: Canary::default() };
    match Weighted::new("top@file", vec![child], Sharing::default(), None) {
        Ok(weighted) => Upstream { name: "top@file".into(), kind: Kind::Weighted(weighted) },
        Err(_) => Upstream { name: "top@file".into(), kind: Kind::Internal(Arc::new(Nothing)) },
    }
}

struct Nothing;

impl windrose_upstream::service::Internal for Nothing {
    fn answer<'a>(&'a self, _: &'a mut Exchange) -> windrose_upstream::service::Answer<'a> {
        Box::pin(async { windrose_http::Reply::empty(404) })
    }
}

/// Nanoseconds of one choice for a client that knows where it is at home, where there are such.
fn cost(service: &Upstream, local: &Rc<Local>) -> f64 {
    let mut ex = request();
    let mut trail = Trail::new();
    let _ = service.pick(&ex, local, &mut trail);
    let mut told = Headers::new();
    trail.tell(&mut told);
    if let Some(cookie) = told.get(Id::SET_COOKIE) {
        ex.headers.receive(Id::COOKIE, [b"theme=dark; lang=en; ", cookie].concat());
    }
    let mut best = f64::MAX;
    for _ in 0..20 {
        let begun = Instant::now();
        for _ in 0..ROUND {
            let mut trail = Trail::new();
            let _ = black_box(service.pick(black_box(&ex), local, &mut trail));
        }
        best = best.min(begun.elapsed().as_secs_f64() * 1e9 / f64::from(ROUND));
    }
    best
}

fn request() -> Exchange {
    let address = std::net::SocketAddr::from(([192, 0, 2, 1], 4000));
    let mut ex = Exchange::new(Rc::new(Conn {
        entry_point: "web".into(),
        peer: address,
        peer_ip: address.ip().to_string().into(),
        local: address,
        accepted: Instant::now(),
        desk: Rc::default(),
        trust: Trust::Stranger,
        odd_names: OddNames::KEPT,
        tls: None,
    }));
    for (name, value) in [("Accept", "*/*"), ("User-Agent", "Mozilla/5.0"), ("Accept-Encoding", "gzip, br")] {
        ex.headers.receive(name, value);
    }
    ex
}

const ROUND: u32 = 20_000;
