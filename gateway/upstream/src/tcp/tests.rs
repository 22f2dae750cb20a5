use std::time::Duration;

use rustls::RootCertStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use windrose_wire::proxy_protocol::{Ends, Version};

use super::health::Check;
use super::*;
use crate::HostPort;
use crate::balance::Cycle;
use crate::testing::{beside, run, trusting};

fn connector() -> Connector {
    Connector {
        tls: trusting(RootCertStore::empty()).tls,
        names: crate::names::Names::system(),
        server_name: None,
        dial_timeout: Duration::from_secs(5),
        keep_alive: Some(Duration::from_secs(15)),
        termination_delay: None,
        proxy: None,
    }
}

fn server(address: &str, connector: Connector) -> Arc<Server> {
    Arc::new(Server::new(address.parse().unwrap(), Encryption::Nothing, Arc::new(connector)))
}

fn balancer(name: &str, servers: Vec<Arc<Server>>, health: Option<Check>) -> Arc<Upstream> {
    let servers: Arc<[Arc<Server>]> = servers.into();
    let turns = Turns::new(Cycle::new(&vec![1; servers.len()]));
    let health = health.map(|check| Arc::new(Health::new(name.into(), Arc::clone(&servers), check)));
    Arc::new(Upstream {
        name: name.into(),
        kind: Kind::LoadBalancer(LoadBalancer { servers, turns, health }),
    })
}

fn check() -> Check {
    Check {
        port: None,
        send: Box::from(*b"PING\n"),
        expect: Box::from(*b"PONG\n"),
        interval: Duration::from_millis(5),
        unhealthy_interval: Duration::from_millis(5),
        timeout: Duration::from_secs(1),
    }
}

fn picks(service: &Upstream, count: usize) -> Vec<String> {
    (0..count).filter_map(|_| service.pick()).map(|server| server.address.to_string()).collect()
}

#[test]
fn servers_take_turns_and_those_that_are_not_well_lose_theirs() {
    let servers: Vec<_> = ["a:1", "b:1", "c:1"].map(|address| server(address, connector())).into();
    let service = balancer("s", servers.clone(), None);
    assert_eq!(picks(&service, 6), ["a:1", "b:1", "c:1", "a:1", "b:1", "c:1"]);
    assert!(servers[1].note(false) && !servers[1].note(false));
    assert_eq!(picks(&service, 4), ["a:1", "c:1", "a:1", "c:1"]);
    for server in &servers {
        server.note(false);
    }
    assert!(service.pick().is_none());
    assert!(balancer("empty", Vec::new(), None).pick().is_none());
}

#[test]
fn services_are_passed_over_only_where_health_is_minded() {
    let (good, bad) = (server("good:1", connector()), server("bad:1", connector()));
    let weighted = |minds| {
        let children: Vec<_> =
            [&good, &bad].map(|of| balancer("c", vec![Arc::clone(of)], Some(check()))).into();
        let turns = Turns::new(Cycle::new(&[2, 1]));
        Upstream {
            name: "w".into(),
            kind: Kind::Weighted(Weighted { services: children.into(), turns, minds }),
        }
    };
    let (minding, careless) = (weighted(Minds::Health), weighted(Minds::Nothing));
    assert_eq!(picks(&minding, 3), ["good:1", "good:1", "bad:1"]);
    bad.note(false);
    assert_eq!(picks(&minding, 3), ["good:1", "good:1", "good:1"]);
    assert!(minding.is_well() && minding.is_checked() && !careless.is_checked());
    good.note(false);
    assert!(minding.pick().is_none() && !minding.is_well());
    assert!(careless.pick().is_none() && careless.is_well(), "nobody asked");
}

#[test]
fn the_server_is_told_whose_connection_it_is() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ends =
            Ends { source: "192.0.2.1:5".parse().unwrap(), destination: "192.0.2.2:6".parse().unwrap() };
        let to = server(&address.to_string(), Connector { proxy: Some(Version::V1), ..connector() });
        let mut io = connect(&to, Some(ends)).await.unwrap();
        io.write_all(b"hello").await.unwrap();
        io.shutdown().await.unwrap();
        let mut read = String::new();
        listener.accept().await.unwrap().0.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\nhello");
    });
}

#[test]
fn nobody_there_and_no_name_are_told_apart() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = Server::new(
            HostPort::Socket(address),
            Encryption::Tls,
            Arc::new(Connector { server_name: Some("not a name".into()), ..connector() }),
        );
        assert!(matches!(connect(&tls, None).await, Err(ConnectError::Name(_))));
        drop(listener);
        let gone = server(&address.to_string(), connector());
        assert!(matches!(connect(&gone, None).await, Err(ConnectError::Connect(_))));
    });
}

#[test]
fn a_server_is_out_while_it_does_not_answer_as_it_must() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = [b"PONG\n", b"SICK\n", b"PONG\n"];
        beside(async move {
            for answer in answers.into_iter().cycle() {
                let (mut tcp, _) = listener.accept().await.unwrap();
                let mut question = [0; 5];
                tcp.read_exact(&mut question).await.unwrap();
                assert_eq!(&question, b"PING\n");
                tcp.write_all(answer).await.unwrap();
            }
        });
        let only = server(&address.to_string(), connector());
        let service = balancer("s", vec![Arc::clone(&only)], Some(check()));
        let Kind::LoadBalancer(LoadBalancer { health: Some(health), .. }) = &service.kind else {
            panic!("checks")
        };
        let mut tasks = health.begin();
        assert_eq!(health.begin().count(), 0, "they have begun");
        beside(tasks.next().unwrap());
        assert!(service.pick().is_some(), "servers are well at first");
        while service.pick().is_some() {
            tokio::task::yield_now().await;
        }
        while service.pick().is_none() {
            tokio::task::yield_now().await;
        }
    });
}
