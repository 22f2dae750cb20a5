//! Why arguments make no command.

use windrose_config::tree::nearest;

use super::{COMMANDS, helper};

/// Arguments that make no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misuse {
    /// The first word is no command.
    #[error(
        "unknown command `{0}`, use one of run, check, explain, tail, top, init, migrate, cert, healthcheck, docker-proxy, mesh, backup, restore, diagnose, completions, man, schema, version, help{hint}",
        hint = hint(nearest_command(.0))
    )]
    Command(String),
    /// A flag that is nearly one of the command's own.
    #[error("unknown flag {0}, did you mean {1}?")]
    Flag(String, &'static str),
    /// A word where none may be.
    #[error("`{0}` is not understood here; `windrose help` shows what is")]
    Word(String),
    /// An option without its value.
    #[error("{0} needs a value, write for example {0}={1}")]
    Value(&'static str, &'static str),
    /// Two places for requests to go.
    #[error("--to and --demo exclude each other, keep one of them")]
    Targets,
    /// An option of a quick gateway, and nowhere for requests to go.
    #[error("{0} goes together with --to or --demo; a configuration has options of its own for that")]
    Alone(&'static str),
    /// A host for more than one server, or for the demo.
    #[error("--host goes together with one --to; write --to HOST=URL for each of several")]
    Host,
    /// Two servers for everything.
    #[error("several --to need a host each, write --to HOST=URL")]
    Several,
    /// Two servers for one host.
    #[error("--to names {0} twice, keep one server for each host")]
    Twice(String),
    /// A host that is none.
    #[error("`{0}` is not a host, write a name such as app.localhost or *.example.org")]
    NoHost(String),
    /// A server that is no scheme, host and port.
    #[error("--to takes a server such as http://127.0.0.1:3000, without {0}; write a configuration for more")]
    Server(&'static str),
    /// A configuration file where none is read.
    #[error("--to and --demo work without a configuration file, remove {0}")]
    File(String),
    /// A number that is no port.
    #[error("`{0}` is no port, write a number from 1 to 65535")]
    Port(String),
    /// A port without the addresses.
    #[error(
        "--listen takes an address: write --listen :{0} for every address of this machine, or --listen 127.0.0.1:{0} for itself alone"
    )]
    Listen(String),
    /// Nothing to explain.
    #[error("explain takes the address of a request, such as https://app.example.org/login")]
    Explain,
    /// A number that is none.
    #[error("{0} takes a number from {1} to {2}, not `{3}`")]
    Number(&'static str, u32, u32, String),
    /// Two who know.
    #[error("--api asks a running gateway, remove it or `{0}`")]
    Asked(String),
    /// A command about certificates that says not what.
    #[error("cert takes list, renew NAME or revoke NAME")]
    Certificate,
    /// An option of another command.
    #[error(
        "{0} belongs to `windrose run`, which works without a configuration then; there is nothing to {1}"
    )]
    OfRun(&'static str, &'static str),
    /// A helper that is told too little.
    #[error("{0}")]
    Helper(&'static str),
    /// A format that is none.
    #[error("unknown format `{0}`, use text or json")]
    Format(String),
    /// Two things to check.
    #[error("check either files or an install configuration, remove `{0}` or the files before it")]
    Both(String),
}

fn hint(meant: Option<String>) -> String {
    meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"))
}

fn nearest_command(word: &str) -> Option<String> {
    nearest(word, &[&COMMANDS[..], &helper::COMMANDS[..]].concat())
}
