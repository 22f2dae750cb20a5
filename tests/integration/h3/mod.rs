//! HTTP/3, spoken by two stacks of other makes: aioquic, driven by `peer.py` beside this, and quic-go.
//!
//! They come from `tests/peers/install http3`, which runs here when they are missing.

mod breaches;
mod live;
mod options;
mod quic_go;
mod requests;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::OnceCell;
use windrose_kit::peer::h1::{Backend, Message, Server};
use windrose_kit::peer::tls::Authority;
use windrose_kit::within;

use crate::gateway::{EVERYTHING, Gateway, Http, Setup, dynamic};

/// A program that speaks HTTP/3, and the authority of its certificate.
struct Bench {
    gateway: Gateway,
    ca: PathBuf,
    authority: Authority,
    stack: Stack,
}

/// Who speaks to it.
#[derive(Clone, Copy)]
enum Stack {
    Aioquic,
    QuicGo,
}

impl Bench {
    /// Sends everything to one server.
    async fn to(url: &str) -> Self {
        Self::with("http3: {}", url).await
    }

    /// The same; the entry point has these options.
    async fn with(entry_point: &str, url: &str) -> Self {
        let authority = Authority::new("ca");
        let identity = authority.issue(&["a.test", "b.test"]);
        let (certificate, key) = (identity.certificate_pem().to_owned(), identity.key_pem());
        let files = [("a.pem", certificate.as_str()), ("a.key", key.as_str())];
        let setup =
            Setup { entry_point, dynamic: &configuration(url, ""), files: &files, ..Setup::default() };
        let gateway = Gateway::start(setup).await;
        let ca = gateway.folder().write("ca.pem", authority.pem());
        Self { gateway, ca, authority, stack: Stack::Aioquic }
    }

    fn spoken_to_by(self, stack: Stack) -> Self {
        Self { stack, ..self }
    }

    /// Plays a scenario to its end.
    async fn play(&self, scenario: &str, arguments: &[&str]) -> Value {
        let mut peer = self.begin(scenario, arguments).await;
        let seen = peer.next().await;
        peer.end().await;
        seen
    }

    /// Begins a scenario.
    async fn begin(&self, scenario: &str, arguments: &[&str]) -> Peer {
        let mut child = self
            .stack
            .command()
            .await
            .args([scenario, &self.gateway.addr().port().to_string(), self.ca.to_str().unwrap()])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Peer { child, input, output: BufReader::new(output), scenario: scenario.to_owned() }
    }
}

impl Stack {
    /// The program that plays scenarios on it.
    async fn command(self) -> Command {
        let name = match self {
            Self::Aioquic => "aioquic",
            Self::QuicGo => "quic_go",
        };
        let mut command = Command::new(installed(name).await);
        if matches!(self, Self::Aioquic) {
            command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("h3/peer.py"));
        }
        command
    }
}

/// A scenario under way.
struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    scenario: String,
}

impl Peer {
    /// What it saw.
    async fn next(&mut self) -> Value {
        let mut line = String::new();
        let what = format!("word of the scenario {}", self.scenario);
        within(LIMIT, what, self.output.read_line(&mut line)).await.unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the scenario {} failed", self.scenario))
    }

    /// Tells it what to do next; gives what it saw.
    async fn tell(&mut self, word: &str) -> Value {
        self.input.write_all(format!("{word}\n").as_bytes()).await.unwrap();
        self.next().await
    }

    async fn end(mut self) {
        let status = within(LIMIT, "the end of a scenario", self.child.wait()).await.unwrap();
        assert!(status.success(), "the scenario {} failed", self.scenario);
    }
}

fn configuration(url: &str, more: &str) -> String {
    dynamic(&Http {
        routers: EVERYTHING,
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}"))],
        transports: &[],
        more: &format!(
            "tls:\n  certificates:\n    - {{certFile: '${{dir}}/a.pem', keyFile: '${{dir}}/a.key'}}\n{more}"
        ),
    })
}

/// A server that answers with what `body` makes of a request.
async fn answering(body: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static) -> Server {
    Server::answering(Backend::bind().await, move |request| {
        let body = body(request);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.into_bytes(), body].concat()
    })
}

/// A server that answers with the target it was asked for.
async fn targets() -> Server {
    answering(|request| request.target().as_bytes().to_vec()).await
}

fn field<'a>(fields: &'a Value, name: &str) -> Option<&'a str> {
    fields.as_array()?.iter().find(|field| field[0] == name).and_then(|field| field[1].as_str())
}

async fn installed(name: &str) -> PathBuf {
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let install = async || {
        // It looks itself at what is there already, and whether that is of the versions that are asked for.
        let output = Command::new(root.join("tests/peers/install")).arg("http3").output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    INSTALLED.get_or_init(install).await;
    root.join(".peers/bin").join(name)
}

const LIMIT: Duration = Duration::from_secs(60);
