//! Which command the arguments ask for.
//!
//! Only the words before the options of the install configuration are read here: those options are thousands of
//! dotted names, and `windrose-config` knows them. Pure.

mod helper;
mod misuse;
mod quick;
#[cfg(test)]
mod tests;

use std::time::Duration;

use windrose_admin::explain::Question;
use windrose_config::StaticConfig;
use windrose_config::tree::nearest;

use crate::mesh::Mesh;

pub(crate) use helper::{Cluster, Document, Helper, Shell, Task};
pub(crate) use misuse::Misuse;
use quick::run;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Serve what the configuration says.
    Run(Vec<String>),
    /// Serve without a configuration.
    Quick(Quick),
    /// Say what is wrong with a configuration.
    Check(Check),
    /// Say what would become of a request.
    Explain(Explain),
    /// Show requests as they end.
    Tail(Tail),
    /// Show how many requests there are.
    Top(Top),
    /// Ask a running gateway whether it is well.
    Healthcheck(Vec<String>),
    /// Look at certificates of resolvers, or do something with one.
    Certificate(Certificate),
    /// What helps to begin, and beside the gateway.
    Helper(Helper),
    /// Be a part of the mesh.
    Mesh(Mesh),
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
    /// The address clients connect to; that of this machine alone when nothing is said.
    pub(crate) listen: Option<String>,
    /// What clients speak.
    pub(crate) security: Security,
    /// Options of the install configuration.
    pub(crate) flags: Vec<String>,
}

/// Where the requests of a quick gateway go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To these servers.
    Servers(Vec<Forward>),
    /// To a server of our own that prints the request.
    Demo,
}

/// A server, and the hosts whose requests go there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forward {
    /// The hosts; none stands for all those that no other server has.
    pub(crate) hosts: Vec<String>,
    /// The server as written.
    pub(crate) server: String,
}

/// What the clients of a quick gateway speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// Plain HTTP.
    Plain,
    /// TLS, with a certificate that is generated.
    Tls,
}

/// What to do with certificates of resolvers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// What.
    pub(crate) action: Action,
    /// Options of the install configuration.
    pub(crate) flags: Vec<String>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Say which there are.
    List,
    /// Obtain the one for this name anew.
    Renew(String),
    /// Have the one for this name revoked.
    Revoke(String),
}

/// A request to be explained, and who knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explain {
    /// The request.
    pub(crate) question: Question,
    /// Who is asked.
    pub(crate) knows: Knows,
    /// How to say it.
    pub(crate) format: Format,
}

/// Which requests to show as they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Who is asked.
    pub(crate) api: Api,
    /// Words that must be true of them.
    pub(crate) filter: String,
    /// How to show them.
    pub(crate) format: Format,
}

/// How to show how many requests there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Top {
    /// Who is asked.
    pub(crate) api: Api,
    /// How often.
    pub(crate) interval: Duration,
    /// How many of each kind.
    pub(crate) most: usize,
    /// For how long.
    pub(crate) until: Until,
}

/// For how long something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Once.
    Once,
    /// Until it is interrupted.
    Interrupted,
}

/// Who knows what becomes of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Knows {
    /// The API of a running gateway.
    Api(Api),
    /// A configuration, which is compiled for that.
    Configuration(Checked),
}

/// The API of a running gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Api {
    /// Its address, up to its base path.
    pub(crate) url: String,
    /// Whether any certificate is believed.
    pub(crate) trust: Trust,
}

/// Whether any certificate is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Those of authorities that the system knows.
    Known,
    /// Any.
    Anybody,
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

/// Reads the arguments that follow the program's name.
pub(crate) fn parse(arguments: Vec<String>) -> Result<Command, Misuse> {
    let arguments = without_program(arguments);
    let Some(first) = arguments.first() else { return Ok(Command::Run(arguments)) };
    if let [only] = arguments.as_slice()
        && ["-v", "-version", "--version"].contains(&only.as_str())
    {
        return Ok(Command::Version);
    }
    if first.starts_with('-') {
        return if asks_for_help(&arguments) { Ok(Command::Help) } else { run(arguments) };
    }
    let command = first.clone();
    let rest: Vec<String> = arguments.into_iter().skip(1).collect();
    let is_helper = helper::COMMANDS.contains(&command.as_str());
    let known = COMMANDS.contains(&command.as_str());
    if (known || (is_helper && command != helper::COMPLETIONS)) && asks_for_help(&rest) {
        return Ok(Command::Help);
    }
    match command.as_str() {
        "run" => run(rest),
        file if is_file(file) => run([vec![command], rest].concat()),
        "check" => check(rest),
        "explain" => explain(rest),
        "tail" => tail(rest),
        "top" => top(rest),
        "healthcheck" => none_of_run(&rest, "ask").map(|()| Command::Healthcheck(rest)),
        "cert" => certificate(rest),
        "mesh" => mesh(rest),
        _ if is_helper => helper::parse(&command, rest).map(Command::Helper),
        "version" => no_more(rest, Command::Version),
        "help" => no_more(rest, Command::Help),
        _ => Err(Misuse::Command(command)),
    }
}

/// Images are told a command with or without the name of the program before it.
fn without_program(mut arguments: Vec<String>) -> Vec<String> {
    let is_program = |word: &String| {
        let name = word.rsplit_once('/').map_or(word.as_str(), |(_, name)| name);
        ["traefik", "windrose"].contains(&name) && (name == word || word.starts_with('/'))
    };
    if arguments.first().is_some_and(is_program) {
        arguments.remove(0);
    }
    arguments
}

fn asks_for_help(arguments: &[String]) -> bool {
    options(arguments).any(|argument| matches!(argument.as_str(), "-h" | "--help" | "-help" | "--h"))
}

/// What stands before `--`, which ends the options.
fn options(arguments: &[String]) -> impl Iterator<Item = &String> {
    arguments.iter().take_while(|argument| *argument != "--")
}

fn mesh(mut rest: Vec<String>) -> Result<Command, Misuse> {
    let part = if rest.is_empty() { String::new() } else { rest.remove(0) };
    Mesh::of(&part, rest).map(Command::Mesh).ok_or(Misuse::Helper(MESH))
}

fn no_more(rest: Vec<String>, command: Command) -> Result<Command, Misuse> {
    rest.into_iter().next().map_or(Ok(command), |word| Err(Misuse::Word(word)))
}

/// Whether a word in place of a command is a configuration file.
fn is_file(word: &str) -> bool {
    let ending = word.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["yml", "yaml", "toml"].iter().any(|known| known.eq_ignore_ascii_case(ending))
}

/// Refuses options of a quick gateway, which has no configuration.
fn none_of_run(arguments: &[String], verb: &'static str) -> Result<(), Misuse> {
    let is = |argument: &String, option: &str| argument.split('=').next() == Some(option);
    let found = OF_RUN.iter().find(|option| options(arguments).any(|argument| is(argument, option)));
    found.map_or(Ok(()), |option| Err(Misuse::OfRun(option, verb)))
}

fn check(mut arguments: Vec<String>) -> Result<Command, Misuse> {
    none_of_run(&arguments, "check")?;
    let format = match take(&mut arguments, "--format", "json")?.as_deref() {
        None | Some("text") => Format::Text,
        Some("json") => Format::Json,
        Some(other) => return Err(Misuse::Format(other.to_owned())),
    };
    no_slip(&arguments, &["--format"])?;
    Ok(Command::Check(Check { what: what(arguments)?, format }))
}

fn explain(mut arguments: Vec<String>) -> Result<Command, Misuse> {
    none_of_run(&arguments, "explain")?;
    let format = if take_switch(&mut arguments, "--json") { Format::Json } else { Format::Text };
    let mut headers = take_all(&mut arguments, "--header", "Accept:text/html")?;
    headers.extend(take_all(&mut arguments, "-H", "Accept:text/html")?);
    let method = [take(&mut arguments, "--method", "POST")?, take(&mut arguments, "-X", "POST")?];
    let entry_point = take(&mut arguments, "--entrypoint", "web")?;
    let from = take(&mut arguments, "--from", "192.0.2.7")?;
    let api = api(&mut arguments)?;
    no_slip(
        &arguments,
        &["--json", "--header", "--method", "--entrypoint", "--from", "--api", "--insecure"],
    )?;
    let is_url = arguments.first().is_some_and(|first| !first.starts_with('-'));
    if !is_url {
        return Err(Misuse::Explain);
    }
    let question = Question {
        url: arguments.remove(0),
        method: method.into_iter().flatten().next().unwrap_or_default(),
        headers,
        entry_point: entry_point.unwrap_or_default(),
        from: from.unwrap_or_default(),
    };
    let knows = match (api, arguments.first()) {
        (Some(_), Some(word)) => return Err(Misuse::Asked(word.clone())),
        (Some(api), None) => Knows::Api(api),
        (None, _) => Knows::Configuration(what(arguments)?),
    };
    Ok(Command::Explain(Explain { question, knows, format }))
}

fn tail(mut arguments: Vec<String>) -> Result<Command, Misuse> {
    let format = if take_switch(&mut arguments, "--json") { Format::Json } else { Format::Text };
    let filter = take_all(&mut arguments, "--filter", "status:5xx")?.join(" ");
    let api = api(&mut arguments)?.unwrap_or_default();
    no_slip(&arguments, &["--json", "--filter", "--api", "--insecure"])?;
    no_more(arguments, Command::Tail(Tail { api, filter, format }))
}

fn top(mut arguments: Vec<String>) -> Result<Command, Misuse> {
    let until = if take_switch(&mut arguments, "--once") { Until::Once } else { Until::Interrupted };
    let mut number = |name: &'static str, example, least: u32, most: u32, default: u32| {
        let Some(text) = take(&mut arguments, name, example)? else { return Ok(default) };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or(Misuse::Number(name, least, most, text))
    };
    let interval = number("--interval", "5", 1, 3600, 2)?;
    let most = number("--most", "20", 1, 10_000, 15)?;
    let api = api(&mut arguments)?.unwrap_or_default();
    no_slip(&arguments, &["--once", "--interval", "--most", "--api", "--insecure"])?;
    let interval = Duration::from_secs(interval.into());
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    no_more(arguments, Command::Top(Top { api, interval, most, until }))
}

impl Default for Api {
    /// That of a gateway on this machine with `api.insecure`.
    fn default() -> Self {
        Self { url: "http://127.0.0.1:8080".to_owned(), trust: Trust::Known }
    }
}

/// The options that say which API to ask.
fn api(arguments: &mut Vec<String>) -> Result<Option<Api>, Misuse> {
    let is_insecure = take_switch(arguments, "--insecure");
    let url = take(arguments, "--api", "http://127.0.0.1:8080")?;
    let trust = if is_insecure { Trust::Anybody } else { Trust::Known };
    match (url, trust) {
        (Some(url), trust) => Ok(Some(Api { url, trust })),
        (None, Trust::Anybody) => Ok(Some(Api { trust, ..Api::default() })),
        (None, Trust::Known) => Ok(None),
    }
}

/// What a configuration is read from: files of routing, or an install configuration.
fn what(arguments: Vec<String>) -> Result<Checked, Misuse> {
    if arguments.first().is_none_or(|first| first.starts_with('-')) {
        return Ok(Checked::Install(arguments));
    }
    if let Some(flag) = options(&arguments).find(|argument| argument.starts_with('-')) {
        return Err(Misuse::Both(flag.clone()));
    }
    Ok(Checked::Files(options(&arguments).cloned().collect()))
}

fn certificate(arguments: Vec<String>) -> Result<Command, Misuse> {
    none_of_run(&arguments, "do")?;
    let mut rest = arguments.into_iter().peekable();
    let action = rest.next().ok_or(Misuse::Certificate)?;
    let mut name = || rest.next_if(|name| !name.starts_with('-')).ok_or(Misuse::Certificate);
    let action = match action.as_str() {
        "list" => Action::List,
        "renew" => Action::Renew(name()?),
        "revoke" => Action::Revoke(name()?),
        _ => return Err(Misuse::Certificate),
    };
    let flags: Vec<String> = rest.collect();
    match flags.first().filter(|first| !first.starts_with('-')) {
        Some(word) => Err(Misuse::Word(word.clone())),
        None => Ok(Command::Certificate(Certificate { action, flags })),
    }
}

/// Takes an option of ours out of the arguments: `--name value` or `--name=value`, the last one counts.
fn take(
    arguments: &mut Vec<String>,
    name: &'static str,
    example: &'static str,
) -> Result<Option<String>, Misuse> {
    Ok(take_all(arguments, name, example)?.pop())
}

/// Takes an option that may be given several times.
fn take_all(
    arguments: &mut Vec<String>,
    name: &'static str,
    example: &'static str,
) -> Result<Vec<String>, Misuse> {
    let mut found = Vec::new();
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
            found.push(value.to_owned());
        } else if argument == name {
            found.push(rest.next().ok_or(Misuse::Value(name, example))?);
        } else {
            kept.push(argument);
        }
    }
    *arguments = kept;
    if found.iter().any(String::is_empty) { Err(Misuse::Value(name, example)) } else { Ok(found) }
}

/// Refuses what is nearly a flag of a command, and nothing that an install configuration knows.
fn no_slip(arguments: &[String], own: &[&'static str]) -> Result<(), Misuse> {
    let known = StaticConfig::shape();
    for argument in options(arguments).filter(|argument| argument.starts_with("--")) {
        let name = argument.split('=').next().unwrap_or_default();
        let bare = name.trim_start_matches('-');
        if name.contains('.') || known.child(bare).is_some() || names_file(name) {
            continue;
        }
        let meant = nearest(name, own).and_then(|meant| own.iter().find(|own| **own == meant));
        if let Some(meant) = meant {
            return Err(Misuse::Flag(name.to_owned(), meant));
        }
    }
    Ok(())
}

fn take_switch(arguments: &mut Vec<String>, name: &str) -> bool {
    let found = options(arguments).position(|argument| argument == name);
    found.map(|index| arguments.remove(index)).is_some()
}

fn names_file(argument: &str) -> bool {
    let name = argument.split_once('=').map_or(argument, |(name, _)| name);
    name.trim_start_matches('-').eq_ignore_ascii_case("configFile")
}

/// The commands that are no helpers.
const COMMANDS: [&str; 10] =
    ["run", "check", "explain", "tail", "top", "cert", "mesh", "version", "healthcheck", "help"];
/// The options of a quick gateway.
const OF_RUN: [&str; 5] = ["--to", "--demo", "--host", "--listen", "--tls"];
/// What may follow `mesh`.
const MESH: &str = "mesh takes the name of a part: windrose mesh controller, node, dns, prepare or cleanup";
