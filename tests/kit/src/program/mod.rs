//! The program itself, as a child process with a configuration of the test's.
//!
//! A test names the entry points it needs and writes configuration in which `${NAME}` stands for
//! the address of an entry point, and `${dir}` for the folder of the test. The dynamic configuration
//! is a file in that folder, which the static one must name to have it read.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal as Code, kill_process};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::interval;

use crate::port::free_port;
use crate::temp::TempDir;
use crate::within::{soon, within};

mod log;

use log::Log;

/// What to start.
#[derive(Debug, Default)]
pub struct Settings<'a> {
    /// Entry points to find ports for, and to wait for.
    pub entry_points: &'a [&'a str],
    /// Entry points whose ports the test has chosen, to wait for as well.
    pub at: &'a [(&'a str, u16)],
    /// The static configuration, written to `${dir}/windrose.yml` and passed as `--configFile`.
    pub static_config: &'a str,
    /// The dynamic configuration, written to `${dir}/dynamic.yml`.
    pub dynamic_config: &'a str,
    /// More arguments, which go before that of the configuration.
    pub arguments: &'a [&'a str],
    /// Variables of its environment, beside those of the test.
    pub environment: &'a [(&'a str, &'a str)],
    /// The program; the `windrose` of this build when none.
    pub binary: Option<PathBuf>,
}

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    log: Log,
    entry_points: BTreeMap<String, SocketAddr>,
    folder: TempDir,
}

/// What to send to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Stop in order (SIGTERM).
    Terminate,
    /// Stop in order (SIGINT).
    Interrupt,
    /// Stop in order (SIGQUIT).
    Quit,
    /// Look at the configuration files again (SIGHUP).
    Hangup,
    /// Open the log files anew (SIGUSR1).
    User1,
    /// Stand still (SIGSTOP).
    Halt,
    /// Go on (SIGCONT).
    Continue,
}

impl Program {
    /// Starts the program and waits until every entry point accepts.
    ///
    /// # Panics
    /// When there is no program, or it ends before it accepts; the message carries what it printed.
    pub async fn start(settings: Settings<'_>) -> Self {
        let mut program = Self::spawn(settings);
        program.wait_ready().await;
        program
    }

    /// Starts the program and waits for nothing.
    ///
    /// # Panics
    /// When there is no program.
    #[must_use]
    pub fn spawn(settings: Settings<'_>) -> Self {
        let folder = TempDir::new();
        let address =
            |name: &&str| ((*name).to_owned(), SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())));
        let chosen = settings
            .at
            .iter()
            .map(|(name, port)| ((*name).to_owned(), SocketAddr::from((Ipv4Addr::LOCALHOST, *port))));
        let entry_points: BTreeMap<_, _> = settings.entry_points.iter().map(address).chain(chosen).collect();
        let fill = |text: &str| fill(text, &entry_points, folder.path());

        folder.write("dynamic.yml", fill(settings.dynamic_config));
        let config = folder.write("windrose.yml", fill(settings.static_config));
        let mut config_file = OsString::from("--configFile=");
        config_file.push(config);

        let binary = settings.binary.unwrap_or_else(built);
        let mut child = Command::new(&binary)
            .args(settings.arguments.iter().map(|argument| fill(argument)))
            .arg(config_file)
            .envs(settings.environment.iter().map(|(name, value)| (name, fill(value))))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", binary.display()));
        let log = Log::of(&mut child);
        Self { child, log, entry_points, folder }
    }

    /// Waits until every entry point accepts.
    ///
    /// # Panics
    /// When the program ends first; the message carries what it printed.
    pub async fn wait_ready(&mut self) {
        let addresses: Vec<SocketAddr> = self.entry_points.values().copied().collect();
        for addr in addresses {
            tokio::select! {
                () = soon(format!("a listener on {addr}"), accepts(addr)) => {}
                status = self.child.wait() => {
                    let status = status.unwrap();
                    panic!("the program ended before it accepted ({status}):\n{}", self.log.rest().await);
                }
            }
        }
    }

    /// The address of an entry point.
    ///
    /// # Panics
    /// When it was not named in the settings.
    #[must_use]
    pub fn entry_point(&self, name: &str) -> SocketAddr {
        *self.entry_points.get(name).unwrap_or_else(|| panic!("no entry point is called {name}"))
    }

    /// Writes the dynamic configuration anew.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn write_dynamic(&self, text: &str) {
        self.folder.write("dynamic.yml", fill(text, &self.entry_points, self.folder.path()));
    }

    /// The folder of the configuration, in which the program runs.
    #[must_use]
    pub fn folder(&self) -> &TempDir {
        &self.folder
    }

    /// What the program has printed so far, on either stream.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until the program has printed `text`.
    ///
    /// # Panics
    /// When it does not; the message carries what it printed.
    pub async fn wait_for_log(&mut self, text: &str) {
        self.log.wait_for(text).await;
    }

    /// The number of the process, for what the system tells about it.
    ///
    /// # Panics
    /// When the program is gone.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().expect("the program still runs")
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// When the program is gone.
    pub fn signal(&self, signal: Signal) {
        let code = match signal {
            Signal::Terminate => Code::TERM,
            Signal::Interrupt => Code::INT,
            Signal::Quit => Code::QUIT,
            Signal::Hangup => Code::HUP,
            Signal::User1 => Code::USR1,
            Signal::Halt => Code::STOP,
            Signal::Continue => Code::CONT,
        };
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process has a number"), code).unwrap();
    }

    /// Waits for the program to end, and returns how it did and what it printed.
    ///
    /// # Panics
    /// When it goes on longer than `limit`.
    pub async fn wait(mut self, limit: Duration) -> (ExitStatus, String) {
        let status = within(limit, "the end of the program", self.child.wait()).await.unwrap();
        (status, self.log.rest().await)
    }

    /// Asks the program to stop and expects it to end well; returns what it printed.
    ///
    /// # Panics
    /// When it goes on longer than `limit`, or ends with another exit code than zero.
    pub async fn stop(self, limit: Duration) -> String {
        self.signal(Signal::Terminate);
        let (status, log) = self.wait(limit).await;
        assert_eq!(status.code(), Some(0), "the program ended with {status}:\n{log}");
        log
    }
}

/// Tries until a connection is accepted; whoever calls sets the deadline.
async fn accepts(addr: SocketAddr) {
    let mut retry = interval(Duration::from_millis(10));
    loop {
        retry.tick().await;
        if TcpStream::connect(addr).await.is_ok() {
            return;
        }
    }
}

fn fill(text: &str, entry_points: &BTreeMap<String, SocketAddr>, folder: &Path) -> String {
    let mut filled = text.replace("${dir}", &folder.to_string_lossy());
    for (name, addr) in entry_points {
        filled = filled.replace(&format!("${{{name}}}"), &addr.to_string());
    }
    filled
}

/// The program as it was built beside this test: `target/PROFILE/windrose`, where the test is
/// `target/PROFILE/deps/TEST`.
///
/// # Panics
/// When it was not built.
#[must_use]
pub fn built() -> PathBuf {
    if let Some(path) = env::var_os("WINDROSE_BINARY") {
        return path.into();
    }
    let test = env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap_or(&test).join("windrose");
    assert!(
        built.exists(),
        "there is no {}; run cargo build -p windrose or set WINDROSE_BINARY",
        built.display()
    );
    built
}

#[cfg(test)]
mod tests;
