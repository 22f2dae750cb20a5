//! The service manager: sockets that it opened, and what it is told.

use std::env;
use std::path::PathBuf;

use tokio::net::{UdpSocket, UnixDatagram};
use windrose_kit::program::{Program, Settings, Signal};
use windrose_kit::soon;
use windrose_kit::temp::TempDir;

use super::{END, get};

const STATIC: &str = "\
entryPoints: {web: {address: '${web}'}}
ping: {entryPoint: web}
log: {level: WARN, noColor: true}
";

/// The program that the harness would start.
fn program() -> PathBuf {
    if let Some(path) = env::var_os("WINDROSE_BINARY") {
        return path.into();
    }
    env::current_exe().unwrap().ancestors().nth(2).unwrap().join("windrose")
}

/// Receives the next notice.
async fn notice(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 128];
    let length = soon("a notice", socket.recv(&mut bytes)).await.unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

#[tokio::test]
async fn it_is_told_how_the_program_is() {
    let folder = TempDir::new();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let variable = format!("NOTIFY_SOCKET={}", path.display());
    let binary = program();
    let arguments = [variable.as_str(), "WATCHDOG_USEC=100000", binary.to_str().unwrap()];
    let settings = Settings {
        entry_points: &["web"],
        static_config: STATIC,
        arguments: &arguments,
        binary: Some("/usr/bin/env".into()),
        ..Settings::default()
    };
    let program = Program::spawn(settings);
    assert_eq!(notice(&socket).await, "READY=1");
    assert_eq!(get(program.entry_point("web"), "/ping").await.status(), 200);
    assert_eq!(notice(&socket).await, "WATCHDOG=1");
    assert_eq!(notice(&socket).await, "WATCHDOG=1");
    program.signal(Signal::Terminate);
    let stopping = async { while notice(&socket).await != "STOPPING=1" {} };
    soon("the notice of stopping", stopping).await;
    let (status, log) = program.wait(END).await;
    assert_eq!(status.code(), Some(0), "{log}");
}

/// Opens ports as a service manager does, two of one name, and becomes the program.
const ACTIVATE: &str = "\
import os, socket, sys
open = [socket.create_server((host, int(port))) for host, port in (at.rsplit(':', 1) for at in sys.argv[1:3])]
kept = [os.dup(listener.fileno()) for listener in open]
for at, listener in enumerate(kept, 3):
    os.dup2(listener, at)
    os.set_inheritable(at, True)
names = {'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '2', 'LISTEN_FDNAMES': 'web:web'}
os.execve(sys.argv[3], sys.argv[3:], {**os.environ, **names})
";

/// Binds a socket for datagrams as a service manager does, and becomes the program.
const ACTIVATE_UDP: &str = "\
import os, socket, sys
bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
host, port = sys.argv[1].rsplit(':', 1)
bound.bind((host, int(port)))
os.dup2(bound.fileno(), 3)
os.set_inheritable(3, True)
names = {'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '1', 'LISTEN_FDNAMES': 'dns'}
os.execve(sys.argv[2], sys.argv[2:], {**os.environ, **names})
";

#[tokio::test]
async fn its_sockets_for_datagrams_are_taken_over() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let dynamic = format!(
        "udp: {{routers: {{all: {{service: app}}}}, services: {{app: {{loadBalancer: {{servers: [{{address: '{}'}}]}}}}}}}}",
        server.local_addr().unwrap()
    );
    let binary = program();
    let port = format!("127.0.0.1:{}", windrose_kit::port::free_port());
    let arguments = ["-c", ACTIVATE_UDP, &port, binary.to_str().unwrap()];
    let static_config = format!("{STATIC}providers: {{file: {{filename: '${{dir}}/dynamic.yml'}}}}\n")
        .replace("entryPoints: {", "entryPoints: {dns: {address: '192.0.2.1:1/udp'}, ");
    let settings = Settings {
        entry_points: &["web"],
        static_config: &static_config,
        dynamic_config: &dynamic,
        arguments: &arguments,
        binary: Some("python3".into()),
        ..Settings::default()
    };
    let program = Program::start(settings).await;
    for _ in 0..20 {
        let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        client.send_to(b"ping", &port).await.unwrap();
        let mut bytes = [0; 16];
        let (length, from) = soon("a datagram", server.recv_from(&mut bytes)).await.unwrap();
        server.send_to(&bytes[..length], from).await.unwrap();
        let (length, from) = soon("its answer", client.recv_from(&mut bytes)).await.unwrap();
        assert_eq!((&bytes[..length], from.to_string()), (&b"ping"[..], port.clone()));
    }
    program.stop(END).await;
}

#[tokio::test]
async fn its_sockets_are_taken_over() {
    let binary = program();
    let arguments = ["-c", ACTIVATE, "${web}", "${other}", binary.to_str().unwrap()];
    // An address that cannot be listened on: only a socket that was handed over makes this entry point.
    let static_config = STATIC.replace("${web}", "192.0.2.1:1");
    let settings = Settings {
        entry_points: &["web", "other"],
        static_config: &static_config,
        arguments: &arguments,
        binary: Some("python3".into()),
        ..Settings::default()
    };
    let program = Program::start(settings).await;
    // Both sockets have one name, so both are this entry point.
    for _ in 0..20 {
        for address in [program.entry_point("web"), program.entry_point("other")] {
            assert_eq!(get(address, "/ping").await.status(), 200);
        }
    }
    program.stop(END).await;
}
