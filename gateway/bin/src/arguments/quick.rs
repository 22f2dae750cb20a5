//! `run`: a configuration, or a gateway that needs none.

use super::{
    Command, Forward, Misuse, Quick, Security, Target, names_file, options, take, take_all, take_switch,
};

/// Reads what follows `run`, or stands alone.
pub(super) fn run(mut arguments: Vec<String>) -> Result<Command, Misuse> {
    let to = take_all(&mut arguments, "--to", "http://127.0.0.1:3000")?;
    let hosts = take_all(&mut arguments, "--host", "app.localhost")?;
    let demo = take_switch(&mut arguments, "--demo");
    let tls = take_switch(&mut arguments, "--tls");
    let listen = take(&mut arguments, "--listen", "127.0.0.1:8080")?;
    if let Some(port) = listen.as_ref().filter(|listen| is_number(listen)) {
        return Err(port_of(port).map_or_else(|misuse| misuse, |_| Misuse::Listen(port.clone())));
    }
    let named = arguments.first().filter(|first| !first.starts_with('-')).cloned();
    let to = match (to.is_empty(), demo) {
        (false, true) => return Err(Misuse::Targets),
        (false, false) => Target::Servers(forwards(to, hosts)?),
        (true, true) if !hosts.is_empty() => return Err(Misuse::Host),
        (true, true) => Target::Demo,
        (true, false) => {
            let given = [(listen.is_some(), "--listen"), (tls, "--tls"), (!hosts.is_empty(), "--host")];
            if let Some((_, option)) = given.into_iter().find(|(is_given, _)| *is_given) {
                return Err(Misuse::Alone(option));
            }
            if let Some(file) = named {
                arguments.splice(..1, [format!("--configFile={file}")]);
            }
            return Ok(Command::Run(arguments));
        }
    };
    if let Some(file) = named.or_else(|| options(&arguments).find(|argument| names_file(argument)).cloned()) {
        return Err(Misuse::File(file));
    }
    let security = if tls { Security::Tls } else { Security::Plain };
    Ok(Command::Quick(Quick { to, listen, security, flags: arguments }))
}

/// Each `URL` or `HOST=URL`, at most one of them without a host.
fn forwards(written: Vec<String>, hosts: Vec<String>) -> Result<Vec<Forward>, Misuse> {
    let mut forwards = Vec::with_capacity(written.len());
    for text in written {
        let named = text.split_once('=').filter(|(host, _)| !host.contains(['/', ':', '?', '#']));
        let (hosts, server) = match named {
            Some((host, server)) => (vec![host.to_owned()], server.to_owned()),
            None => (Vec::new(), text),
        };
        forwards.push(Forward { hosts, server: server_of(server)? });
    }
    if !hosts.is_empty() {
        let [Forward { hosts: none, .. }] = forwards.as_mut_slice() else { return Err(Misuse::Host) };
        if !none.is_empty() {
            return Err(Misuse::Host);
        }
        *none = hosts;
    }
    let named = || forwards.iter().flat_map(|forward| &forward.hosts);
    if let Some(wrong) = named().find(|host| !is_host(host)) {
        return Err(Misuse::NoHost(wrong.clone()));
    }
    let twice = |host: &&String| named().filter(|other| other.eq_ignore_ascii_case(host)).count() > 1;
    if let Some(host) = named().find(twice) {
        return Err(Misuse::Twice(host.clone()));
    }
    if forwards.iter().filter(|forward| forward.hosts.is_empty()).count() > 1 {
        return Err(Misuse::Several);
    }
    Ok(forwards)
}

/// A name, perhaps with a star for its first label. Nothing that could end the rule it is put into.
fn is_host(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn port_of(text: &str) -> Result<u16, Misuse> {
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| Misuse::Port(text.to_owned()))
}

/// A server has a scheme, a host and a port, and nothing of a request. A port alone is one of this machine.
fn server_of(text: String) -> Result<String, Misuse> {
    if let Some(port) = Some(text.trim_start_matches(':')).filter(|port| is_number(port)) {
        return port_of(port).map(|port| format!("127.0.0.1:{port}"));
    }
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
