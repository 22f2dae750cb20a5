//! Certificates from an authority: the program, Pebble, and Traefik in the program's place.
//!
//! Pebble, its DNS server, Traefik and BIND come from `tests/peers/install acme`, which runs here when they are missing.

mod authority;
mod command;
mod dns;
mod shared;
mod traefik;

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::interval;
use windrose_kit::peer::h1::Client;
use windrose_kit::peer::tls::{ClientOptions, Connector};
use windrose_kit::peer::wire::Wire;
use windrose_kit::port::free_port;
use windrose_kit::program::{Program, Settings};
use windrose_kit::within;

use authority::{Pebble, Ports};

/// Keys of 4096 bits and two rounds with an authority, on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// The certificate that is served for a name, once it is one of Pebble's for that name; its DER.
async fn obtained(program: &Program, entry_point: &str, name: &str) -> Vec<u8> {
    obtained_for(program, entry_point, name, name.split_once('.').map_or(name, |(_, above)| above)).await
}

/// The same for a name that is in a certificate for another one.
async fn obtained_for(program: &Program, entry_point: &str, name: &str, certified: &str) -> Vec<u8> {
    let look = async {
        let mut retry = interval(Duration::from_millis(100));
        loop {
            retry.tick().await;
            if let Some(certificate) = shown(program, entry_point, name, &[]).await
                && holds(&certificate, b"Pebble Intermediate CA")
                && holds(&certificate, certified.as_bytes())
            {
                return certificate;
            }
        }
    };
    tokio::select! {
        found = within(LIMIT, format!("a certificate for {name}"), look) => found,
        () = tokio::time::sleep(LIMIT - Duration::from_secs(1)) => {
            panic!("no certificate for {name}:\n{}", program.log())
        }
    }
}

/// What is shown for a name now.
async fn shown(program: &Program, entry_point: &str, name: &str, alpn: &[&str]) -> Option<Vec<u8>> {
    let connector = Connector::new(ClientOptions { alpn, ..ClientOptions::default() });
    let wire = connector.try_connect(program.entry_point(entry_point), name).await.ok()?;
    wire.socket().peer_certificate()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

const ROUTES: &str = "
http:
  routers:
    a: {rule: 'Host(`a.test`) || Host(`b.test`)', service: noop@internal, entryPoints: [secure], tls: {certResolver: le}}
";

/// The install configuration with one resolver.
fn install(pebble: &Pebble, more: &str) -> String {
    format!(
        "
entryPoints:
  web: {{address: '${{web}}'}}
  secure: {{address: '${{secure}}'}}
providers: {{file: {{filename: '${{dir}}/dynamic.yml'}}}}
log: {{level: DEBUG}}
certificatesResolvers: {{le: {{acme: {{{}, {more}}}}}}}
",
        pebble.options()
    )
}

async fn start(pebble: &Pebble, more: &str, routes: &str, ports: Ports) -> Program {
    start_with(&install(pebble, more), routes, ports, &[]).await
}

async fn start_with(
    static_config: &str,
    dynamic_config: &str,
    ports: Ports,
    environment: &[(&str, &str)],
) -> Program {
    let at = &[("web", ports.http), ("secure", ports.tls)];
    Program::start(Settings { at, static_config, dynamic_config, environment, ..Settings::default() }).await
}

fn ports() -> Ports {
    Ports { http: free_port(), tls: free_port() }
}

#[tokio::test]
async fn a_proof_by_http_gives_a_certificate_that_a_reload_puts_in_force() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let more = "httpChallenge: {entryPoint: web}, keyType: EC256";
    let program = start(&pebble, more, ROUTES, ports).await;
    let certificate = obtained(&program, "secure", "b.test").await;
    assert!(holds(&certificate, b"a.test") && holds(&certificate, b"b.test"));
    let kept = pebble.kept();
    assert_eq!(kept["le"]["Certificates"][0]["domain"], json!({"main": "a.test", "sans": ["b.test"]}));
    assert!(kept["le"]["Account"]["Registration"]["uri"].as_str().unwrap().contains("/my-account/"));
    // Whoever asks for another token gets none.
    let mut client = Client::connect(program.entry_point("web")).await;
    client.send("GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    assert_eq!(client.read_response().await.status(), 404);
}

#[tokio::test]
async fn a_proof_by_tls_is_shown_to_authorities_alone() {
    let ports = ports();
    let options = json!({"profiles": {
        "long": {"description": "a year", "validityPeriod": 31_536_000},
        "short": {"description": "a week", "validityPeriod": 604_800},
    }});
    let pebble = Pebble::with(ports, &options, None).await;
    let more =
        "tlsChallenge: {}, keyType: EC384, profile: short, preferredChain: nobody, disableCommonName: true";
    let program = start(&pebble, more, ROUTES, ports).await;
    // Before it is there, the default certificate is served and nobody waits.
    assert!(shown(&program, "secure", "a.test", &[]).await.is_some());
    obtained(&program, "secure", "a.test").await;
    assert_eq!(shown(&program, "secure", "a.test", &["acme-tls/1"]).await, None);
    assert!(program.log().contains("the authority offers no such chain"), "{}", program.log());
}

#[tokio::test]
async fn routers_that_come_later_are_served_and_covered_names_are_not_asked_for_again() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let more = "tlsChallenge: {}, keyType: EC256";
    let program = start(&pebble, more, ROUTES, ports).await;
    let first = obtained(&program, "secure", "a.test").await;
    let later = "    c: {rule: 'Host(`c.test`)', service: noop@internal, entryPoints: [secure], tls: {certResolver: le}}
    again: {rule: 'Host(`b.test`) && Path(`/x`)', service: noop@internal, entryPoints: [secure], tls: {certResolver: le}}
";
    program.write_dynamic(&format!("{ROUTES}{later}"));
    obtained(&program, "secure", "c.test").await;
    assert_eq!(shown(&program, "secure", "b.test", &[]).await.as_ref(), Some(&first));
    assert_eq!(pebble.kept()["le"]["Certificates"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_entry_point_and_a_store_ask_for_certificates_too() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let routes = "
http: {routers: {r: {rule: 'PathPrefix(`/`)', service: noop@internal, entryPoints: [secure]}}}
tls: {stores: {default: {defaultGeneratedCert: {resolver: le, domain: {main: default.test}}}}}
";
    let more = "tlsChallenge: {}, keyType: EC256";
    let static_config = install(&pebble, more)
        .replace("'${secure}'}", "'${secure}', http: {tls: {certResolver: le, domains: [{main: ep.test}]}}}");
    let program = start_with(&static_config, routes, ports, &[]).await;
    obtained_for(&program, "secure", "ep.test", "ep.test").await;
    // Whoever asks for a name that nobody has gets the default one.
    obtained_for(&program, "secure", "unknown.test", "default.test").await;
}

#[tokio::test]
async fn what_an_authority_refuses_is_told_and_nothing_else_suffers() {
    let ports = ports();
    let pebble = Pebble::with(ports, &json!({"domainBlocklist": ["bad.test"]}), None).await;
    let routes = format!(
        "{ROUTES}    bad: {{rule: 'Host(`bad.test`)', service: noop@internal, entryPoints: [secure], tls: {{certResolver: le}}}}
    wild: {{rule: 'Host(`w.test`)', service: noop@internal, entryPoints: [secure], tls: {{certResolver: le, domains: [{{main: '*.w.test'}}]}}}}
    none: {{rule: 'Host(`n.test`)', service: noop@internal, entryPoints: [secure], tls: {{certResolver: nobody}}}}
"
    );
    let mut program = start(&pebble, "tlsChallenge: {}, keyType: EC256", &routes, ports).await;
    obtained(&program, "secure", "a.test").await;
    program.wait_for_log("rejectedIdentifier").await;
    program.wait_for_log("a wildcard is only proved by dnsChallenge").await;
    assert!(program.log().contains("certificate resolver nobody does not exist"), "{}", program.log());
}

#[tokio::test]
async fn an_external_account_is_bound() {
    let ports = ports();
    let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let options = json!({"externalAccountBindingRequired": true, "externalAccountMACKeys": {"kid-1": key}});
    let pebble = Pebble::with(ports, &options, None).await;
    let more = format!("tlsChallenge: {{}}, keyType: EC256, eab: {{kid: kid-1, hmacEncoded: {key}}}");
    let program = start(&pebble, &more, ROUTES, ports).await;
    obtained(&program, "secure", "a.test").await;
}

#[tokio::test]
async fn a_certificate_is_renewed_before_it_ends_and_requests_go_on() {
    let ports = ports();
    let options = json!({"profiles": {"default": {"description": "seconds", "validityPeriod": 18}}});
    let pebble = Pebble::with(ports, &options, None).await;
    let more = "tlsChallenge: {}, keyType: EC256, certificatesDuration: 1";
    let mut program = start(&pebble, more, ROUTES, ports).await;
    let first = obtained(&program, "secure", "a.test").await;
    let look = async {
        let mut retry = interval(Duration::from_millis(100));
        loop {
            retry.tick().await;
            let now = shown(&program, "secure", "a.test", &[]).await.expect("there is always one");
            if now != first {
                return now;
            }
        }
    };
    let second = within(LIMIT, "another certificate", look).await;
    assert!(holds(&second, b"Pebble Intermediate CA"));
    assert_eq!(
        pebble.kept()["le"]["Certificates"].as_array().unwrap().len(),
        1,
        "it took the place of the first"
    );
    program.wait_for_log("certificate obtained").await;
}

#[tokio::test]
async fn a_file_that_others_can_read_is_not_used_and_the_gateway_serves_on() {
    use std::os::unix::fs::PermissionsExt;
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let file = pebble.folder().write("acme.json", "{}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut program = start(&pebble, "tlsChallenge: {}", ROUTES, ports).await;
    program.wait_for_log("run chmod 600 on it").await;
    assert!(shown(&program, "secure", "a.test", &[]).await.is_some());
}

/// The hello of an authority that looks for the proof of `a.test`.
async fn authority_hello() -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connector = Connector::new(ClientOptions { alpn: &["acme-tls/1"], ..ClientOptions::default() });
    let address = listener.local_addr().unwrap();
    let read = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut head = [0; 5];
        socket.read_exact(&mut head).await.unwrap();
        let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        socket.read_exact(&mut body).await.unwrap();
        [&head[..], &body].concat()
    };
    tokio::select! {
        hello = read => hello,
        _ = connector.try_connect(address, "a.test") => unreachable!("nobody answers"),
    }
}

#[tokio::test]
async fn whoever_looks_like_an_authority_and_says_no_more_is_rid_of_soon() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    // The proof is shown, and nobody is asked to look.
    let more = "tlsChallenge: {delay: 60s}, keyType: EC256";
    let program = start(&pebble, more, &ROUTES.replace(" || Host(`b.test`)", ""), ports).await;
    let hello = authority_hello().await;
    let look = async {
        let mut retry = interval(Duration::from_millis(100));
        loop {
            retry.tick().await;
            let mut wires = Vec::new();
            for _ in 0..20 {
                let mut wire = Wire::connect(program.entry_point("secure")).await;
                wire.send(&hello).await;
                wires.push(wire);
            }
            let mut answers = Vec::new();
            for wire in &mut wires {
                answers.push(
                    within(Duration::from_secs(4), "the end of a silent connection", wire.read_rest()).await,
                );
            }
            // An alert alone: the proof is not there yet.
            if answers.iter().all(|answer| answer.len() > 100) {
                return;
            }
        }
    };
    within(LIMIT, "proofs that are shown", look).await;
    // Nobody else is shown it: it has the extension of RFC 8737.
    let served = shown(&program, "secure", "a.test", &["http/1.1"]).await.unwrap();
    assert!(!holds(&served, &[0x2b, 6, 1, 5, 5, 7, 1, 31]));
}
