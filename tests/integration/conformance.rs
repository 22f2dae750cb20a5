//! What others test HTTP/2 and gRPC with: h2spec, and the client and server of grpc-go's interoperability tests.
//!
//! The programs come from `tests/peers/install conformance`, which runs here when they are missing; it needs Go.

use std::fmt::Display;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;
use tokio::time::interval;
use windrose_kit::peer::h2;
use windrose_kit::peer::tls::Authority;
use windrose_kit::port::free_port;
use windrose_kit::temp::TempDir;
use windrose_kit::within;

use crate::gateway::{EVERYTHING, Gateway, Http, Setup, dynamic};

const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn h2spec_passes_over_tls() {
    let (report, failed) = h2spec(&["--tls", "--insecure"]).await;
    assert!(failed.is_empty(), "{failed:?} failed:\n{report}");
}

#[tokio::test]
async fn h2spec_passes_without_tls() {
    let (report, failed) = h2spec(&[]).await;
    assert!(failed.is_empty(), "{failed:?} failed:\n{report}");
}

#[tokio::test]
async fn grpc_go_talks_to_itself_without_tls() {
    let server = Server::start(&[]).await;
    let gateway = Gateway::to(&format!("h2c://127.0.0.1:{}", server.port)).await;
    interoperate(&gateway, &[]).await;
}

#[tokio::test]
async fn grpc_go_talks_to_itself_with_tls_on_both_sides() {
    let authority = Authority::new("ca");
    let identity = authority.issue(&["grpc.test"]);
    let folder = TempDir::new();
    let ca = argument("ca_file", folder.write("ca.pem", authority.pem()).display());
    let certificate = folder.write("server.pem", identity.certificate_pem());
    let key = folder.write("server.key", identity.key_pem());
    let server = Server::start(&[
        "--use_tls=true",
        &argument("tls_cert_file", certificate.display()),
        &argument("tls_key_file", key.display()),
    ])
    .await;
    let url = format!("https://127.0.0.1:{}", server.port);
    let (certificate, key, ca_path) = (certificate.display(), key.display(), folder.path().join("ca.pem"));
    let text = dynamic(&Http {
        routers: EVERYTHING,
        services: &[(
            "app",
            &format!("{{loadBalancer: {{serversTransport: way, servers: [{{url: '{url}'}}]}}}}"),
        )],
        transports: &[("way", &format!("{{rootCAs: ['{}'], serverName: grpc.test}}", ca_path.display()))],
        more: &format!("tls: {{certificates: [{{certFile: '{certificate}', keyFile: '{key}'}}]}}\n"),
    });
    let gateway = Gateway::start(Setup { dynamic: &text, ..Setup::default() }).await;
    interoperate(
        &gateway,
        &["--use_tls=true", "--use_test_ca=true", &ca, "--server_host_override=grpc.test"],
    )
    .await;
}

/// Runs every case of the interoperability tests that needs no cloud.
async fn interoperate(gateway: &Gateway, more: &[&str]) {
    for case in CASES {
        let port = argument("server_port", gateway.addr().port());
        let case_argument = argument("test_case", case);
        let arguments = [&["--server_host=127.0.0.1", &port, &case_argument], more].concat();
        let output = run("grpc_client", &arguments).await;
        assert!(output.status.success(), "{case}: {}", printed(&output));
    }
}

const CASES: &[&str] = &[
    "empty_unary",
    "large_unary",
    "client_streaming",
    "server_streaming",
    "ping_pong",
    "empty_stream",
    "timeout_on_sleeping_server",
    "cancel_after_begin",
    "cancel_after_first_response",
    "status_code_and_message",
    "special_status_message",
    "custom_metadata",
    "unimplemented_method",
    "unimplemented_service",
    "rpc_soak",
    "channel_soak",
];

/// The server of the interoperability tests. It is killed when this is dropped.
struct Server {
    port: u16,
    _child: Child,
}

impl Server {
    async fn start(arguments: &[&str]) -> Self {
        let port = free_port();
        let child = command("grpc_server")
            .await
            .arg(argument("port", port))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let accepts = async {
            let mut retry = interval(Duration::from_millis(10));
            while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                retry.tick().await;
            }
        };
        within(LIMIT, "the gRPC server", accepts).await;
        Self { port, _child: child }
    }
}

/// Runs h2spec against a gateway; gives its report and the titles of the cases that failed.
async fn h2spec(more: &[&str]) -> (String, Vec<String>) {
    let server = h2::Server::start(h2::Backend::bind().await, |mut exchange| async move {
        // Many cases leave in the middle; what they got wrong must be found before they are answered.
        let body = exchange.request.body_mut();
        while let Some(Ok(part)) = body.data().await {
            let _gone = body.flow_control().release_capacity(part.len());
        }
        let _gone = body.trailers().await;
        if let Ok(mut body) = exchange.respond.send_response(Response::new(()), false) {
            let _gone = body.send_data(Bytes::from("hello"), true);
        }
    });
    let gateway = Gateway::to(&server.url()).await;
    let port = argument("port", gateway.addr().port());
    let output =
        run("h2spec", &[&["--host=127.0.0.1", &port, "--strict", "--timeout=5"], more].concat()).await;
    let report = printed(&output);
    assert!(report.contains(" 0 skipped"), "{report}");
    let failures = report.split_once("Failures:").map_or("", |(_, failures)| failures);
    let failed = failures.lines().filter_map(|line| Some(line.trim().strip_prefix("× ")?.to_owned()));
    let failed: Vec<String> = failed.collect();
    assert!(report.contains(&format!(" {} failed", failed.len())), "{report}");
    (report, failed)
}

fn argument(name: &str, value: impl Display) -> String {
    format!("--{name}={value}")
}

async fn run(name: &str, arguments: &[&str]) -> Output {
    let mut command = command(name).await;
    let running = command.args(arguments).stdin(Stdio::null()).output();
    within(LIMIT, format!("the end of {name} {arguments:?}"), running).await.unwrap()
}

fn printed(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// A program of others, which is installed first if it is missing.
async fn command(name: &str) -> Command {
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let install = async || {
        let programs = ["h2spec", "grpc_client", "grpc_server"];
        if programs.iter().all(|program| root.join(".peers/bin").join(program).exists()) {
            return;
        }
        let output =
            Command::new(root.join("tests/peers/install")).arg("conformance").output().await.unwrap();
        assert!(output.status.success(), "{}", printed(&output));
    };
    INSTALLED.get_or_init(install).await;
    let mut command = Command::new(root.join(".peers/bin").join(name));
    command.kill_on_drop(true);
    command
}
