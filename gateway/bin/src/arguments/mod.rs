//! Which command the arguments ask for.
//!
//! Only the words before the options of the install configuration are read here: those options are thousands of
//! dotted names, and `windrose-config` knows them. Pure.

#[cfg(test)]
mod tests;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Serve what the configuration says.
    Run(Vec<String>),
    /// Serve without a configuration.
    Quick(Quick),
    /// Say what is wrong with a configuration.
    Check(Check),
    /// Ask a running gateway whether it is well.
    Healthcheck(Vec<String>),
    /// Say which version this is.
    Version,
    /// Say how to use the program.
    Help,
}

/// A gateway that needs no configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quick {
    /// Where requests go.
    pub(crate) to: Target,
    /// The address clients connect to.
    pub(crate) listen: String,
    /// Options of the install configuration.
    pub(crate) flags: Vec<String>,
}

/// Where the requests of a quick gateway go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To this server.
    Server(String),
    /// To a server of our own that prints the request.
    Demo,
}

/// What to check, and how to say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// What to check.
    pub(crate) what: Checked,
    /// How to say what is wrong.
    pub(crate) format: Format,
}

/// What to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Checked {
    /// The install configuration that these arguments lead to, and the files it names.
    Install(Vec<String>),
    /// These files of routing configuration.
    Files(Vec<String>),
}

/// How problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people, with the line and a caret.
    Text,
    /// For programs.
    Json,
}

/// Arguments that make no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misuse {
    /// The first word is no command.
    #[error("unknown command `{0}`, use one of run, check, version, healthcheck, help")]
    Command(String),
    /// A word where none may be.
    #[error("`{0}` is not understood here; `windrose help` shows what is")]
    Word(String),
    /// An option without its value.
    #[error("{0} needs a value, write for example {0}={1}")]
    Value(&'static str, &'static str),
    /// Two places for requests to go.
    #[error("--to and --demo exclude each other, keep one of them")]
    Targets,
    /// An address to listen on, and nowhere for requests to go.
    #[error("--listen goes together with --to or --demo; configured entry points have an address option")]
    Listen,
    /// A server that is no scheme, host and port.
    #[error("--to takes a server such as http://127.0.0.1:3000, without {0}; write a configuration for more")]
    Server(&'static str),
    /// A configuration file where none is read.
    #[error("--to and --demo work without a configuration file, remove {0}")]
    File(String),
    /// A format that is none.
    #[error("unknown format `{0}`, use text or json")]
    Format(String),
    /// Two things to check.
    #[error("check either files or an install configuration, remove `{0}` or the files before it")]
    Both(String),
}

/// Reads the arguments that follow the program's name.
pub(crate) fn parse(arguments: Vec<String>) -> Result<Command, Misuse> {
    let Some(first) = arguments.first() else { return Ok(Command::Run(arguments)) };
    if let [only] = arguments.as_slice()
        && ["-v", "-version", "--version"].contains(&only.as_str())
    {
        return Ok(Command::Version);
    }
    if first.starts_with('-') {
        return Ok(if asks_for_help(&arguments) { Command::Help } else { Command::Run(arguments) });
    }
    let command = first.clone();
    let rest: Vec<String> = arguments.into_iter().skip(1).collect();
    let known = ["run", "check", "version", "healthcheck", "help"].contains(&command.as_str());
    if known && asks_for_help(&rest) {
        return Ok(Command::Help);
    }
    match command.as_str() {
        "run" => run(rest),
        "check" => check(rest),
        "healthcheck" => Ok(Command::Healthcheck(rest)),
        "version" => no_more(rest, Command::Version),
        "help" => no_more(rest, Command::Help),
        _ => Err(Misuse::Command(command)),
    }
}

fn asks_for_help(arguments: &[String]) -> bool {
    options(arguments).any(|argument| matches!(argument.as_str(), "-h" | "--help" | "-help" | "--h"))
}

/// What stands before `--`, which ends the options.
fn options(arguments: &[String]) -> impl Iterator<Item = &String> {
    arguments.iter().take_while(|argument| *argument != "--")
}

fn no_more(rest: Vec<String>, command: Command) -> Result<Command, Misuse> {
    rest.into_iter().next().map_or(Ok(command), |word| Err(Misuse::Word(word)))
}

fn run(mut arguments: Vec<String>) -> Result<Command, Misuse> {
    let to = take(&mut arguments, "--to", "http://127.0.0.1:3000")?;
    let demo = take_switch(&mut arguments, "--demo");
    let listen = take(&mut arguments, "--listen", ":8080")?;
    let to = match (to, demo) {
        (Some(_), true) => return Err(Misuse::Targets),
        (Some(server), false) => Target::Server(server_of(server)?),
        (None, true) => Target::Demo,
        (None, false) if listen.is_some() => return Err(Misuse::Listen),
        (None, false) => return Ok(Command::Run(arguments)),
    };
    if let Some(file) = options(&arguments).find(|argument| names_file(argument)) {
        return Err(Misuse::File(file.clone()));
    }
    let listen = listen.unwrap_or_else(|| LISTEN.to_owned());
    Ok(Command::Quick(Quick { to, listen, flags: arguments }))
}

/// A server has a scheme, a host and a port, and nothing of a request.
fn server_of(text: String) -> Result<String, Misuse> {
    let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let is_socket = text.starts_with("unix:");
    let path = if is_socket { "" } else { rest.split_once('/').map_or("", |(_, path)| path) };
    let excess = [
        (text.contains(char::is_whitespace), "blanks"),
        (rest.contains('?'), "a query"),
        (rest.contains('#'), "a fragment"),
        (!path.is_empty(), "a path"),
    ];
    match excess.into_iter().find(|(is_there, _)| *is_there) {
        Some((_, what)) => Err(Misuse::Server(what)),
        None => Ok(text),
    }
}

fn check(mut arguments: Vec<String>) -> Result<Command, Misuse> {
    let format = match take(&mut arguments, "--format", "json")?.as_deref() {
        None | Some("text") => Format::Text,
        Some("json") => Format::Json,
        Some(other) => return Err(Misuse::Format(other.to_owned())),
    };
    if arguments.first().is_none_or(|first| first.starts_with('-')) {
        return Ok(Command::Check(Check { what: Checked::Install(arguments), format }));
    }
    if let Some(flag) = options(&arguments).find(|argument| argument.starts_with('-')) {
        return Err(Misuse::Both(flag.clone()));
    }
    let files = options(&arguments).cloned().collect();
    Ok(Command::Check(Check { what: Checked::Files(files), format }))
}

/// Takes an option of ours out of the arguments: `--name value` or `--name=value`, the last one counts.
fn take(
    arguments: &mut Vec<String>,
    name: &'static str,
    example: &'static str,
) -> Result<Option<String>, Misuse> {
    let mut found = None;
    let mut kept = Vec::with_capacity(arguments.len());
    let mut rest = std::mem::take(arguments).into_iter();
    while let Some(argument) = rest.next() {
        if argument == "--" {
            kept.push(argument);
            kept.extend(rest);
            break;
        }
        let value = argument.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
        if let Some(value) = value {
            found = Some(value.to_owned());
        } else if argument == name {
            found = Some(rest.next().ok_or(Misuse::Value(name, example))?);
        } else {
            kept.push(argument);
        }
    }
    *arguments = kept;
    match found {
        Some(value) if value.is_empty() => Err(Misuse::Value(name, example)),
        found => Ok(found),
    }
}

fn take_switch(arguments: &mut Vec<String>, name: &str) -> bool {
    let found = options(arguments).position(|argument| argument == name);
    found.map(|index| arguments.remove(index)).is_some()
}

fn names_file(argument: &str) -> bool {
    let name = argument.split_once('=').map_or(argument, |(name, _)| name);
    name.trim_start_matches('-').eq_ignore_ascii_case("configFile")
}

/// Where a quick gateway listens.
const LISTEN: &str = ":8080";
