use std::env;
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::process::Command;

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};

use super::Inherited;

const PORT: &str = "WINDROSE_TEST_INHERITED_PORT";

#[test]
fn sockets_are_taken_by_name_and_once() {
    // The environment cannot be set in this process, so the test runs itself in a child.
    match env::var(PORT) {
        Ok(ports) => take_in_child(&ports),
        Err(_) => run_child(),
    }
}

fn run_child() {
    let listeners = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let datagrams = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let sources = [listeners[0].as_fd(), datagrams.as_fd(), listeners[1].as_fd(), datagrams.as_fd()];
    // The descriptors must be neighbours: they are copied to a range nothing else uses.
    let first = fcntl_dupfd_cloexec(sources[0], 500).unwrap();
    let mut passed = vec![first];
    for (source, at) in sources.into_iter().skip(1).zip(passed[0].as_raw_fd() + 1..) {
        let copy = fcntl_dupfd_cloexec(source, at).unwrap();
        assert_eq!(copy.as_raw_fd(), at);
        passed.push(copy);
    }
    for socket in &passed {
        fcntl_setfd(socket, FdFlags::empty()).unwrap();
    }
    let ports = listeners.map(|listener| listener.local_addr().unwrap().port().to_string());

    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "inherited::tests::sockets_are_taken_by_name_and_once"])
        .env("LISTEN_FDS", "4")
        .env("LISTEN_FDS_FIRST_FD", passed[0].as_raw_fd().to_string())
        .env("LISTEN_FDNAMES", "web:web:web:dns")
        .env(PORT, ports.join(" "))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn take_in_child(ports: &str) {
    let mut inherited = Inherited::from_env();
    assert_eq!(inherited.len(), 4);
    assert!(inherited.take_tcp("other").unwrap().is_empty());
    assert!(inherited.take_tcp("dns").is_err());
    let web = inherited.take_tcp("web").unwrap();
    let taken: Vec<String> = web.iter().map(|web| web.local_addr().unwrap().port().to_string()).collect();
    assert_eq!(taken.join(" "), ports);
    for web in &web {
        assert_eq!(web.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
    assert_eq!(inherited.take_udp("web").unwrap().len(), 1, "a name may stand for both kinds");
    assert!(inherited.take_tcp("web").unwrap().is_empty());
    assert!(env::var("LISTEN_FDS").is_err());
}

#[test]
fn a_process_started_by_hand_inherits_nothing() {
    if env::var(PORT).is_err() {
        let mut inherited = Inherited::from_env();
        assert!(inherited.is_empty());
        assert!(inherited.take_udp("web").unwrap().is_empty());
    }
}
