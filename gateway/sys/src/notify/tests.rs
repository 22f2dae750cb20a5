use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use super::{Notifier, interval};

#[test]
fn notices_arrive_as_one_datagram_each() {
    let name = format!("windrose-notify-{}", std::process::id());
    let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let notifier = Notifier::connect(&OsString::from(format!("@{name}"))).unwrap();

    notifier.ready().unwrap();
    notifier.alive().unwrap();
    notifier.stopping().unwrap();

    for expected in ["READY=1", "WATCHDOG=1", "STOPPING=1"] {
        let mut buffer = [0; 64];
        let read = manager.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..read], expected.as_bytes());
    }
}

#[test]
fn a_socket_nobody_listens_on_is_an_error() {
    assert!(Notifier::connect(&OsString::from("/nonexistent/notify")).is_err());
}

#[test]
fn the_watchdog_watches_only_the_process_it_names() {
    let own = std::process::id().to_string();
    assert_eq!(interval(Some("2000000"), None), Some(Duration::from_secs(2)));
    assert_eq!(interval(Some("2000000"), Some(&own)), Some(Duration::from_secs(2)));
    assert_eq!(interval(Some("2000000"), Some("1")), None);
    assert_eq!(interval(Some("0"), None), None);
    assert_eq!(interval(None, None), None);
}
