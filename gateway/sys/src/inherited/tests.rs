use std::env;
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::process::Command;

use rustix::io::{FdFlags, dup2, fcntl_dupfd_cloexec, fcntl_setfd};

use super::Inherited;

const PORT: &str = "WINDROSE_TEST_INHERITED_PORT";

#[test]
fn sockets_are_taken_by_name_and_once() {
    // The environment cannot be set in this process, so the test runs itself in a child.
    match env::var(PORT) {
        Ok(port) => take_in_child(port.parse().unwrap()),
        Err(_) => run_child(),
    }
}

fn run_child() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let datagrams = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    // The two descriptors must be neighbours: both are copied to a range nothing else uses.
    let mut first = fcntl_dupfd_cloexec(&listener, 500).unwrap();
    let mut second = fcntl_dupfd_cloexec(&listener, first.as_raw_fd() + 1).unwrap();
    dup2(&listener, &mut first).unwrap();
    dup2(&datagrams, &mut second).unwrap();
    assert_eq!(second.as_raw_fd(), first.as_raw_fd() + 1);
    for socket in [first.as_fd(), second.as_fd()] {
        fcntl_setfd(socket, FdFlags::empty()).unwrap();
    }

    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "inherited::tests::sockets_are_taken_by_name_and_once"])
        .env("LISTEN_FDS", "2")
        .env("LISTEN_FDS_FIRST_FD", first.as_raw_fd().to_string())
        .env("LISTEN_FDNAMES", "web:dns")
        .env(PORT, listener.local_addr().unwrap().port().to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn take_in_child(port: u16) {
    let mut inherited = Inherited::from_env();
    assert_eq!(inherited.len(), 2);
    assert!(inherited.take_tcp("other").unwrap().is_none());
    assert!(inherited.take_tcp("dns").is_err());
    let web = inherited.take_tcp("web").unwrap().unwrap();
    assert_eq!(web.local_addr().unwrap().port(), port);
    assert_eq!(web.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert!(inherited.take_tcp("web").unwrap().is_none());
    assert!(env::var("LISTEN_FDS").is_err());
}

#[test]
fn a_process_started_by_hand_inherits_nothing() {
    if env::var(PORT).is_err() {
        let mut inherited = Inherited::from_env();
        assert!(inherited.is_empty());
        assert!(inherited.take_udp("web").unwrap().is_none());
    }
}
