//! Logging in at a real OpenID provider, with curl for a browser.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::OnceCell;
use windrose_kit::peer::h1::Server;
use windrose_kit::port::free_port;
use windrose_kit::soon;
use windrose_kit::temp::TempDir;

use super::site;
use crate::gateway::{Gateway, Setup};

#[tokio::test]
async fn somebody_logs_in_stays_and_logs_out_at_a_real_provider() {
    let server = Server::echo().await;
    let port = free_port();
    let options = format!(
        "issuer: 'http://127.0.0.1:{port}', clientID: shop, clientSecret: 'a secret: of +the client', \
         scopes: [openid, email], logoutUrl: /logout, postLogoutRedirectUrl: /bye, backchannelLogoutUrl: /told, \
         forwardHeaders: {{X-User: email}}, \
         session: {{secure: false, secrets: ['a secret of more than thirty-two characters']}}"
    );
    let gateway = Gateway::start(Setup {
        dynamic: &site(&server.url(), &format!("oidc: {{{options}}}")),
        ..Setup::default()
    })
    .await;
    let alice = Browser::new(&gateway);
    // It does not run yet.
    assert_eq!(alice.get("http://a.test/page").await.status, 503);
    let mut provider = Provider::start(port, &gateway).await;
    soon("the provider is known", async {
        while alice.get("http://a.test/page").await.status == 503 {
            tokio::task::yield_now().await;
        }
    })
    .await;

    let page = alice.log_in("alice").await;
    assert_eq!((page.status, &*page.url), (200, "http://a.test/page?a=b"), "{}", page.text);
    assert!(
        page.text.contains("X-User: alice@example.com") && !page.text.contains("-session="),
        "{}",
        page.text
    );
    provider.wait_for("granted authorization_code").await;
    // Who asks for a part of a page and is nobody.
    let part = Browser::new(&gateway).run(&["http://a.test/data", "-H", "Accept: application/json"]).await;
    assert_eq!(part.status, 401);

    // Its tokens are good for ten seconds, and are had anew before that is over.
    let refreshed = provider.wait_for("granted refresh_token");
    let staying = async {
        let mut again = tokio::time::interval(Duration::from_millis(100));
        loop {
            again.tick().await;
            let page = alice.get("http://a.test/page").await;
            assert_eq!(page.status, 200, "{}", page.text);
        }
    };
    tokio::select! {
        () = refreshed => {}
        _ = staying => {}
    }
    assert_eq!(alice.get("http://a.test/page").await.status, 200);

    let copy = alice.copy();
    let asked = alice.follow("http://a.test/logout", &[]).await;
    assert!(asked.url.starts_with(&format!("http://127.0.0.1:{port}/session/end?")), "{}", asked.url);
    let gone = alice.confirm(port, &asked).await;
    assert!(gone.location.starts_with("http://a.test/bye"), "{}", gone.location);
    for browser in [&alice, &copy] {
        assert_eq!(browser.get("http://a.test/page").await.status, 302);
    }

    // At the provider alone, which tells us.
    let bob = Browser::new(&gateway);
    assert_eq!(bob.log_in("bob").await.status, 200);
    assert_eq!(bob.get("http://a.test/page").await.status, 200);
    let asked = bob.follow(&format!("http://127.0.0.1:{port}/session/end"), &[]).await;
    bob.confirm(port, &asked).await;
    provider.wait_for("told").await;
    assert_eq!(bob.get("http://a.test/page").await.status, 302);
}

/// curl, with a jar for cookies; it finds `a.test` at the gateway.
struct Browser {
    folder: TempDir,
    connect: String,
}

/// What a browser shows.
struct Page {
    status: u16,
    url: String,
    location: String,
    text: String,
}

impl Browser {
    fn new(gateway: &Gateway) -> Self {
        let addr = gateway.addr();
        Self { folder: TempDir::new(), connect: format!("a.test:80:{}:{}", addr.ip(), addr.port()) }
    }

    /// Another one with the same cookies.
    fn copy(&self) -> Self {
        let folder = TempDir::new();
        folder.write("jar", std::fs::read_to_string(self.jar()).unwrap());
        Self { folder, connect: self.connect.clone() }
    }

    fn jar(&self) -> PathBuf {
        self.folder.path().join("jar")
    }

    async fn get(&self, url: &str) -> Page {
        self.run(&[url, "-H", "Accept: text/html"]).await
    }

    /// Goes where it is sent.
    async fn follow(&self, url: &str, more: &[&str]) -> Page {
        self.run(&[&[url, "-L", "-H", "Accept: text/html"], more].concat()).await
    }

    async fn run(&self, arguments: &[&str]) -> Page {
        let jar = self.jar();
        let jar = jar.to_str().unwrap();
        let shown = "\n%{http_code} %{url_effective} %{redirect_url}";
        let output = Command::new("curl")
            .args(["-s", "-m", "30", "--connect-to", &self.connect, "-b", jar, "-c", jar, "-w", shown])
            .args(arguments)
            .output()
            .await
            .expect("curl runs");
        let output = String::from_utf8(output.stdout).unwrap();
        let (text, last) = output.rsplit_once('\n').unwrap();
        let mut words = last.split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        Page { status: word().parse().unwrap(), url: word(), location: word(), text: text.to_owned() }
    }

    /// Goes to a page, logs in by this name at the provider and comes back.
    async fn log_in(&self, name: &str) -> Page {
        let asked = self.follow("http://a.test/page?a=b", &[]).await;
        assert!(asked.text.contains("name=\"login\""), "{}: {}", asked.url, asked.text);
        let asked = self.follow(&asked.url, &["-d", &format!("prompt=login&login={name}&password=x")]).await;
        assert!(asked.text.contains("value=\"consent\""), "{}: {}", asked.url, asked.text);
        self.follow(&asked.url, &["-d", "prompt=consent"]).await
    }

    /// Confirms to the provider that it wants to be logged out.
    async fn confirm(&self, port: u16, asked: &Page) -> Page {
        let mark = asked.text.split("name=\"xsrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let form = format!("logout=yes&xsrf={}", mark.unwrap_or_else(|| panic!("no form: {}", asked.text)));
        self.run(&[&format!("http://127.0.0.1:{port}/session/end/confirm"), "-d", &form]).await
    }
}

/// A running provider, killed when this is dropped.
struct Provider {
    lines: Lines<BufReader<ChildStdout>>,
    _program: Child,
}

impl Provider {
    async fn start(port: u16, gateway: &Gateway) -> Self {
        let script = root().join("tests/integration/identity/provider.mjs");
        let mut program = Command::new("node")
            .arg(script)
            .arg(packages().await)
            .arg(port.to_string())
            .arg(gateway.addr().to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node runs");
        let lines = BufReader::new(program.stdout.take().expect("it is piped")).lines();
        let mut provider = Self { lines, _program: program };
        provider.wait_for("ready").await;
        provider
    }

    /// Waits until it says this.
    async fn wait_for(&mut self, event: &str) {
        let mut seen = Vec::new();
        let said = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if line == event {
                    return true;
                }
                seen.push(line);
            }
            false
        };
        let said = tokio::time::timeout(LONGEST, said).await;
        assert!(said == Ok(true), "the provider did not say {event:?}, but {seen:?}");
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Where the packages of Node are.
async fn packages() -> PathBuf {
    static READY: OnceCell<()> = OnceCell::const_new();
    READY
        .get_or_init(async || {
            if !root().join(".peers/bin/oidc_provider").exists() {
                let output =
                    Command::new(root().join("tests/peers/install")).arg("identity").output().await.unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
        })
        .await;
    root().join(".peers/node").canonicalize().expect("packages are installed")
}

/// Tokens are good for ten seconds.
const LONGEST: Duration = Duration::from_secs(60);
