use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use super::{ListenOptions, bind_udp, listen_tcp, probe_tcp};
use crate::address::BindAddress;

fn localhost(port: u16) -> BindAddress {
    BindAddress::Exact((Ipv4Addr::LOCALHOST, port).into())
}

fn port_of(listener: &TcpListener) -> u16 {
    listener.local_addr().unwrap().port()
}

#[test]
fn sockets_are_returned_non_blocking() {
    let listener = listen_tcp(&localhost(0), ListenOptions::default()).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    let socket = bind_udp(&localhost(0), ListenOptions::default()).unwrap();
    assert_eq!(socket.recv(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn an_address_without_host_takes_ipv4_whatever_the_machine_offers() {
    let listener = listen_tcp(&BindAddress::Any { port: 0 }, ListenOptions::default()).unwrap();
    TcpStream::connect((Ipv4Addr::LOCALHOST, port_of(&listener))).unwrap();
}

#[test]
fn a_port_is_shared_only_on_request() {
    let alone = listen_tcp(&localhost(0), ListenOptions::default()).unwrap();
    let second = listen_tcp(&localhost(port_of(&alone)), ListenOptions::default());
    assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AddrInUse);

    let shared = ListenOptions { reuse_port: true, ..ListenOptions::default() };
    let first = listen_tcp(&localhost(0), shared).unwrap();
    let second = listen_tcp(&localhost(port_of(&first)), shared).unwrap();
    assert_eq!(port_of(&first), port_of(&second));
}

#[test]
fn a_probe_finds_who_listens_and_listens_to_nobody() {
    let shared = ListenOptions { reuse_port: true, ..ListenOptions::default() };
    for options in [ListenOptions::default(), shared] {
        let listener = listen_tcp(&localhost(0), options).unwrap();
        let taken = localhost(port_of(&listener));
        assert_eq!(probe_tcp(&taken).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        probe_tcp(&taken).unwrap();
        listen_tcp(&taken, options).unwrap();
    }
}

#[test]
fn a_taken_port_is_not_replaced_by_the_other_family() {
    let first = listen_tcp(&BindAddress::Any { port: 0 }, ListenOptions::default()).unwrap();
    let second = listen_tcp(&BindAddress::Any { port: port_of(&first) }, ListenOptions::default());
    assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn a_name_is_resolved() {
    let address = BindAddress::Named { host: "localhost".to_owned(), port: 0 };
    let listener = listen_tcp(&address, ListenOptions::default()).unwrap();
    assert!(listener.local_addr().unwrap().ip().is_loopback());
}
