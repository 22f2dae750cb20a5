//! The server, asked by `dig`: what an operator sees, and whether a client of others takes it.
//!
//! `dig` comes from `tests/peers/install dig`, which runs here when it is missing.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::OnceCell;
use windrose_mesh_dns::{Options, Table};

use crate::Running;

/// A server with a name that has both families, and one that has many addresses.
async fn start() -> Running {
    let running = Running::start(Options::default()).await;
    let mut table = Table::new();
    table.add("whoami", "default", ["10.96.1.1".parse().unwrap(), "fd00::1".parse().unwrap()]).unwrap();
    let many = (1..=300_u32).map(|number| IpAddr::from(Ipv4Addr::from(0x0a00_0000 + number)));
    table.add("many", "default", many).unwrap();
    running.names.replace(table);
    running
}

/// What `dig` prints.
async fn dig(server: SocketAddr, arguments: &str) -> String {
    static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();
    let program = PROGRAM.get_or_init(installed).await;
    let mut command = Command::new(program);
    command.arg(format!("@{}", server.ip())).arg("-p").arg(server.port().to_string());
    command.args(["+tries=1", "+time=10"]).args(arguments.split(' '));
    // No file of the machine changes what is asked.
    let output = command.arg("+nosearch").env("HOME", "/nonexistent").output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "dig {arguments}: {text}");
    for complaint in ["Warning:", "WARNING: Message parser", "FORMERR", "mismatch"] {
        assert!(!text.contains(complaint), "dig {arguments}: {text}");
    }
    text
}

async fn installed() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(".peers/bin/dig");
    if !path.exists() {
        let output = Command::new(root.join("tests/peers/install")).arg("dig").output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    path
}

#[tokio::test]
async fn dig_gets_addresses_in_every_zone_over_udp_and_tcp() {
    let running = start().await;
    let server = running.address;
    for zone in ["traefik.mesh", "maesh", "windrose.mesh"] {
        for way in ["+notcp", "+tcp", "+noedns", "+cookie", "+dnssec", "+bufsize=512", "+subnet=10.0.0.0/8"] {
            let name = format!("whoami.default.{zone}");
            assert_eq!(dig(server, &format!("{way} +short {name} A")).await, "10.96.1.1\n", "{way}");
            assert_eq!(dig(server, &format!("{way} +short {name} AAAA")).await, "fd00::1\n", "{way}");
        }
    }
}

#[tokio::test]
async fn dig_sees_the_case_of_letters_as_it_was_sent() {
    let running = start().await;
    let server = running.address;
    let text = dig(server, "+norecurse WhoAMI.dEFault.TRAEFIK.mesh A").await;
    assert!(text.contains("\nWhoAMI.dEFault.TRAEFIK.mesh. 5\tIN\tA\t10.96.1.1\n"), "{text}");
    assert!(text.contains("status: NOERROR") && text.contains("flags: qr aa;"), "{text}");
}

#[tokio::test]
async fn dig_is_told_what_there_is_not() {
    let running = start().await;
    let server = running.address;
    for (asked, status, authority) in [
        ("other.default.traefik.mesh A", "NXDOMAIN", "AUTHORITY: 1"),
        ("whoami.default.traefik.mesh MX", "NOERROR", "AUTHORITY: 1"),
        ("default.traefik.mesh A", "NOERROR", "AUTHORITY: 1"),
        ("example.org A", "REFUSED", "AUTHORITY: 0"),
        ("+edns=1 +noednsnegotiation whoami.default.maesh A", "BADVERS", "AUTHORITY: 0"),
        ("+opcode=notify whoami.default.maesh A", "NOTIMP", "AUTHORITY: 0"),
        ("-c CH version.bind TXT", "REFUSED", "AUTHORITY: 0"),
    ] {
        let text = dig(server, &format!("+norecurse {asked}")).await;
        assert!(text.contains(&format!("status: {status}")), "{asked}: {text}");
        assert!(text.contains(authority), "{asked}: {text}");
    }
    let text = dig(server, "+norecurse +noall +authority other.default.traefik.mesh A").await;
    let head =
        "traefik.mesh.\t\t5\tIN\tSOA\tns.dns.traefik.mesh. hostmaster.traefik.mesh. 2 7200 1800 86400 5\n";
    assert_eq!(text, head);
}

#[tokio::test]
async fn dig_asks_again_over_tcp_when_an_answer_is_cut() {
    let running = start().await;
    let server = running.address;
    let name = "many.default.traefik.mesh A";
    let text = dig(server, &format!("+norecurse +ignore +bufsize=1232 {name}")).await;
    assert!(text.contains("flags: qr aa tc;"), "{text}");
    assert!(text.matches("\tIN\tA\t").count() > 60, "{text}");
    assert_eq!(
        dig(server, &format!("+short {name}")).await.lines().filter(|line| !line.starts_with(';')).count(),
        300
    );
}
