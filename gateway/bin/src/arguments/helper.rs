//! Commands that help to begin, and those that run beside the gateway. Pure.

use std::path::PathBuf;

use super::{Misuse, take};

/// What helps to begin, and beside the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Helper {
    /// Write a configuration to begin with into this folder.
    Init(PathBuf),
    /// Say what is different for those who come from Traefik: files, or options of an install configuration.
    Migrate(Vec<String>),
    /// Say what becomes of Ingresses that were written for ingress-nginx: files and folders of manifests.
    MigrateNginx(Vec<PathBuf>),
    /// Hold the socket of a Docker engine and answer what providers ask.
    DockerProxy {
        /// Where to listen.
        listen: String,
        /// Where the engine listens.
        endpoint: String,
    },
    /// Do something with a cluster.
    Cluster(Cluster),
    /// Print what makes a shell complete the commands.
    Completions(Shell),
    /// Print what may follow these words; the last one is being typed.
    Complete(Vec<String>),
    /// Print the page of the manual.
    Man,
    /// Print the schema of a document, for editors.
    Schema(Document),
}

/// What is done with a cluster, and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cluster {
    pub(crate) task: Task,
    /// A kubeconfig; that of the surroundings when nothing is said.
    pub(crate) kubeconfig: Option<String>,
    /// The API server.
    pub(crate) endpoint: Option<String>,
    /// The only namespace looked at.
    pub(crate) namespace: Option<String>,
}

/// What is done with a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// Write its objects into a folder below this one.
    Backup(PathBuf),
    /// Bring the objects of this folder back.
    Restore(PathBuf),
    /// Say how it stands with gateway and mesh.
    Diagnose,
    /// Say what becomes of its Ingresses that were written for ingress-nginx.
    MigrateNginx,
}

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// The install configuration.
    Install,
    /// Routing.
    Routing,
}

/// Reads the arguments of one of [`COMMANDS`].
pub(super) fn parse(command: &str, mut rest: Vec<String>) -> Result<Helper, Misuse> {
    let helper = match command {
        "init" => {
            let folder = take_word(&mut rest).unwrap_or_else(|| ".".to_owned());
            Helper::Init(folder.into())
        }
        "migrate" => match take_word(&mut rest).as_deref() {
            Some("traefik") => return Ok(Helper::Migrate(rest)),
            Some("ingress-nginx") if rest.iter().any(|word| word == WHOLE_CLUSTER) => {
                rest.retain(|word| word != WHOLE_CLUSTER);
                Helper::Cluster(cluster(command, &mut rest)?)
            }
            Some("ingress-nginx") => {
                if let Some(option) = rest.iter().find(|word| word.starts_with('-')) {
                    return Err(Misuse::Word(option.clone()));
                }
                if rest.is_empty() {
                    return Err(Misuse::Helper(MANIFESTS));
                }
                return Ok(Helper::MigrateNginx(rest.into_iter().map(PathBuf::from).collect()));
            }
            _ => return Err(Misuse::Helper(MIGRATE)),
        },
        "docker-proxy" => {
            let listen = take(&mut rest, "--listen", LISTEN)?.unwrap_or_else(|| LISTEN.to_owned());
            let endpoint = take(&mut rest, "--endpoint", ENDPOINT)?.unwrap_or_else(|| ENDPOINT.to_owned());
            Helper::DockerProxy { listen, endpoint }
        }
        "backup" | "restore" | "diagnose" => Helper::Cluster(cluster(command, &mut rest)?),
        COMPLETIONS => match take_word(&mut rest).as_deref() {
            Some("bash") => Helper::Completions(Shell::Bash),
            Some("zsh") => Helper::Completions(Shell::Zsh),
            Some("fish") => Helper::Completions(Shell::Fish),
            Some("for") => {
                if rest.first().is_some_and(|word| word == "--") {
                    rest.remove(0);
                }
                return Ok(Helper::Complete(rest));
            }
            _ => return Err(Misuse::Helper("completions takes bash, zsh or fish")),
        },
        "schema" => match take_word(&mut rest).as_deref() {
            Some("install") => Helper::Schema(Document::Install),
            Some("routing") => Helper::Schema(Document::Routing),
            _ => return Err(Misuse::Helper("schema takes install or routing")),
        },
        _ => Helper::Man,
    };
    rest.into_iter().next().map_or(Ok(helper), |word| Err(Misuse::Word(word)))
}

fn cluster(command: &str, rest: &mut Vec<String>) -> Result<Cluster, Misuse> {
    let kubeconfig = take(rest, "--kubeConfig", "admin.conf")?;
    let endpoint = take(rest, "--masterURL", "https://127.0.0.1:6443")?;
    let namespace = take(rest, "--namespace", "traefik")?;
    let task = match command {
        "backup" => Task::Backup(take_word(rest).unwrap_or_else(|| "traefik-backup".to_owned()).into()),
        "migrate" => Task::MigrateNginx,
        "restore" => Task::Restore(take_word(rest).ok_or(Misuse::Helper(FOLDER))?.into()),
        _ => Task::Diagnose,
    };
    Ok(Cluster { task, kubeconfig, endpoint, namespace })
}

/// The first argument, unless it is an option.
fn take_word(rest: &mut Vec<String>) -> Option<String> {
    rest.first().is_some_and(|word| !word.starts_with('-')).then(|| rest.remove(0))
}

/// What is read here.
pub(super) const COMMANDS: [&str; 9] =
    ["init", "migrate", "docker-proxy", "backup", "restore", "diagnose", COMPLETIONS, "man", "schema"];
/// Words after this one may ask for anything.
pub(super) const COMPLETIONS: &str = "completions";

const MIGRATE: &str = "migrate takes the name of a proxy and what it is configured with: windrose migrate traefik --configFile=traefik.yml, or FILE...; windrose migrate ingress-nginx FOLDER|FILE...|--cluster";
const FOLDER: &str = "restore takes the folder of a backup: windrose restore traefik-backup/20260101_120000";
const MANIFESTS: &str = "migrate ingress-nginx takes manifests or a cluster: windrose migrate ingress-nginx FOLDER|FILE...|--cluster";
/// What is asked in place of files.
const WHOLE_CLUSTER: &str = "--cluster";
/// Nobody but this machine, until it is told otherwise.
const LISTEN: &str = "127.0.0.1:2375";
const ENDPOINT: &str = "unix:///var/run/docker.sock";
