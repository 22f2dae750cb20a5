//! The two programs: where they are, what files they get, when they are ready, how they end.
//!
//! Both get the same files, but for ports and paths. A running program is ended by dropping [`Proxy`].

use std::{
    env, fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use crate::{
    backend,
    group::{Case, Group},
    message::{Kind, Wire},
    text::Names,
};

mod programs;

pub use programs::Programs;

/// A program that serves a group.
#[derive(Debug)]
pub struct Proxy {
    child: Child,
    folder: PathBuf,
}

impl Proxy {
    /// Chooses ports, writes the files of a group, starts the program and waits until it serves them.
    ///
    /// # Errors
    /// When files cannot be written, or the program ends or does not get ready; the text has what it logged.
    pub fn start(program: &Path, side: &str, group: &Group, names: &mut Names) -> io::Result<Self> {
        names.add("dead", free_port()?);
        names.add(PROBE, free_port()?);
        for name in group.entry_points.keys() {
            names.add(name, free_port()?);
        }
        let folder = env::temp_dir().join(format!(
            "windrose-differential-{}-{}-{side}",
            std::process::id(),
            group.name
        ));
        write_files(&folder, group, names)?;
        let log = fs::File::create(folder.join("log"))?;
        let child = Command::new(program)
            .arg(format!("--configFile={}", folder.join("static.yaml").display()))
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut proxy = Self { child, folder };
        proxy.wait_until_ready(group, names)?;
        Ok(proxy)
    }

    fn wait_until_ready(&mut self, group: &Group, names: &Names) -> io::Result<()> {
        let longest = if group.refused { REFUSED_IN } else { READY_IN };
        let started = Instant::now();
        while started.elapsed() < longest {
            if let Some(status) = self.child.try_wait()? {
                return Err(self.failed(&format!("ended at once ({status})")));
            }
            let Some(port) = names.port(PROBE) else { break };
            let answers = |(host, status): (&String, &u16)| says(port, host) == Some(*status);
            if says(port, &format!("{PROBE}.test")) == Some(200) && group.awaits.iter().all(answers) {
                return Ok(());
            }
            thread::park_timeout(Duration::from_millis(10));
        }
        if group.refused { Ok(()) } else { Err(self.failed("is not ready in time")) }
    }

    fn failed(&self, what: &str) -> io::Error {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        io::Error::other(format!(
            "the program {what}; it was started in {}; it logged:\n{log}",
            self.folder.display()
        ))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if env::var_os(KEEP).is_none() {
            fs::remove_dir_all(&self.folder).ok();
        }
    }
}

fn write_files(folder: &Path, group: &Group, names: &Names) -> io::Result<()> {
    let dynamic = folder.join("dynamic");
    fs::create_dir_all(&dynamic)?;
    fs::write(folder.join("static.yaml"), static_text(&dynamic, group, names)?)?;
    fs::write(dynamic.join("ready.yaml"), yaml(&shared_services(names))?)?;
    if !group.dynamic.is_empty() {
        fs::write(dynamic.join("group.yaml"), names.fill(&group.dynamic, ""))?;
    }
    for (name, text) in &group.files {
        let text = text.as_str().ok_or_else(|| io::Error::other(format!("file {name} is no text")))?;
        let path = dynamic.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&dynamic))?;
        fs::write(path, names.fill(text, ""))?;
    }
    for (index, case) in group.cases.iter().enumerate() {
        let text = match &case.dynamic {
            Some(written) => written.clone(),
            None if group.bare => continue,
            None => yaml(&own_router(index, case))?,
        };
        fs::write(
            dynamic.join(format!("case-{:03}.yaml", index + 1)),
            names.fill(&text, &group.host(index)),
        )?;
    }
    Ok(())
}

fn static_text(dynamic: &Path, group: &Group, names: &Names) -> io::Result<String> {
    let mut entry_points = group.entry_points.clone();
    entry_points.insert(PROBE.to_owned(), json!({}));
    for (name, options) in &mut entry_points {
        if let Value::Object(options) = options {
            options.entry("address").or_insert_with(|| Value::String(format!("<{name}>")));
        }
    }
    let mut providers = group.providers.clone();
    providers.insert("file".to_owned(), json!({"directory": dynamic.display().to_string()}));
    let text = yaml(&json!({
        "entryPoints": entry_points,
        "providers": providers,
        "log": {"level": "WARN"},
    }))?;
    Ok(names.fill(&format!("{text}\n{}", group.static_text), ""))
}

/// The services that every group has, and the router by which readiness is seen.
fn shared_services(names: &Names) -> Value {
    let mut services = Map::new();
    for name in backend::NAMES.into_iter().chain(["dead"]) {
        let port = names.port(name).unwrap_or_default();
        let url = format!("http://127.0.0.1:{port}");
        services.insert(name.to_owned(), json!({"loadBalancer": {"servers": [{"url": url}]}}));
    }
    let router = json!({"rule": format!("Host(`{PROBE}.test`)"), "service": "a", "entryPoints": [PROBE]});
    json!({"http": {"routers": {"ready": router}, "services": services}})
}

fn own_router(index: usize, case: &Case) -> Value {
    let name = format!("case-{}", index + 1);
    let mut router = case.router.clone();
    let rule = case.rule.as_deref().unwrap_or("Host(`<host>`)");
    router.entry("rule").or_insert_with(|| rule.into());
    router.entry("service").or_insert_with(|| "a".into());
    let mut http = Map::new();
    if !case.middlewares.is_empty() {
        let names = (1..=case.middlewares.len()).map(|number| format!("{name}-{number}"));
        let middlewares: Map<_, _> = names.zip(case.middlewares.iter().cloned()).collect();
        router.insert("middlewares".to_owned(), middlewares.keys().cloned().collect());
        http.insert("middlewares".to_owned(), Value::Object(middlewares));
    }
    http.insert("routers".to_owned(), json!({name: router}));
    json!({"http": http})
}

fn yaml(value: &Value) -> io::Result<String> {
    serde_saphyr::to_string(value).map_err(io::Error::other)
}

/// The status that a host answers there.
fn says(port: u16, host: &str) -> Option<u16> {
    let ask = || -> io::Result<Option<u16>> {
        let mut stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        io::Write::write_all(&mut stream, format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())?;
        let mut wire = Wire::new(stream);
        let Ok(mut message) = wire.head() else { return Ok(None) };
        wire.body(&mut message, Kind::Answer { to_head: false });
        Ok(message.status())
    };
    ask().ok().flatten()
}

/// A port below the range from which the system takes ports for outgoing connections.
fn free_port() -> io::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 8000).unwrap_or(0);
    (0..4000)
        .map(|_| 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or_else(|| io::Error::other("no free port between 20000 and 32000"))
}

/// Entry point on which the harness sees that a program is ready.
const PROBE: &str = "probe";
const READY_IN: Duration = Duration::from_secs(15);
const REFUSED_IN: Duration = Duration::from_millis(1500);
/// Set to keep the folders with configuration and log.
const KEEP: &str = "DIFFERENTIAL_KEEP";
