//! An explanation for people: the way of the request, a line for each piece, and below each where it was written.

use std::fmt;

use windrose_config::harmless::is_harmful;

use super::facts::{Certificate, Choice, Entry, Explanation, Middleware, Neighbour, Router, Secure, Service};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = &self.request;
        writeln!(f, "{} {} from {}", Safe(&of.method), Safe(&of.url), Safe(&of.from))?;
        writeln!(f, "=> {}", Safe(&self.verdict.text))?;
        writeln!(f)?;
        entry(f, &self.entry_point)?;
        if let Some(tls) = &self.tls {
            secure(f, tls)?;
        }
        if let Some(of) = &self.router {
            router(f, of)?;
        }
        for (number, of) in self.middlewares.iter().enumerate() {
            middleware(f, number + 1, of)?;
        }
        if let Some(of) = &self.service {
            service(f, of, 0)?;
        }
        neighbours(f, "also matches, with a lower priority", &self.later)?;
        neighbours(f, "nearest miss", &self.nearest)?;
        for unusable in &self.unusable {
            line(f, "cannot be used", &unusable.name, "")?;
            problems(f, &unusable.problems)?;
        }
        Ok(())
    }
}

fn entry(f: &mut fmt::Formatter<'_>, of: &Entry) -> fmt::Result {
    let why = match of.choice {
        Choice::Asked => "",
        Choice::Port => "by its port",
        Choice::Assumed => "assumed, as none listens on that port; --entrypoint names another one",
    };
    line(f, "entry point", &format!("{} {}", of.name, of.address), why)
}

fn secure(f: &mut fmt::Formatter<'_>, of: &Secure) -> fmt::Result {
    let name = of.server_name.as_deref().unwrap_or("no server name");
    match &of.options {
        Some(options) => line(f, "TLS", name, &format!("options {options}"))?,
        None => line(f, "TLS", name, "")?,
    }
    place(f, &of.options_place)?;
    of.certificate.as_ref().map_or(Ok(()), |of| certificate(f, of))
}

fn certificate(f: &mut fmt::Formatter<'_>, of: &Certificate) -> fmt::Result {
    let names = match of.names.as_slice() {
        _ if of.is_generated => "generated".to_owned(),
        [] => of.subject.clone(),
        names => names.join(", "),
    };
    let which = match (of.is_generated, of.is_default) {
        (true, _) => "as no certificate has the name; clients do not trust it",
        (_, true) => "the default one, as no certificate has the name",
        _ => "",
    };
    line(f, "certificate", &names, which)?;
    detail(f, &format!("issued by {}, ends {}", of.issuer, of.not_after))?;
    place(f, &of.place)
}

fn router(f: &mut fmt::Formatter<'_>, of: &Router) -> fmt::Result {
    let term = if of.protocol == "tcp" { "TCP router" } else { "router" };
    line(f, term, &of.name, &of.note)?;
    detail(f, &format!("{} (priority {})", of.rule, of.priority))?;
    place(f, &of.place)?;
    problems(f, &of.problems)
}

fn middleware(f: &mut fmt::Formatter<'_>, number: usize, of: &Middleware) -> fmt::Result {
    line(f, &format!("middleware {number}"), &of.name, &of.kind)?;
    detail(f, &of.does)?;
    place(f, &of.place)?;
    problems(f, &of.problems)
}

fn service(f: &mut fmt::Formatter<'_>, of: &Service, depth: usize) -> fmt::Result {
    let kind = match (of.kind.as_str(), of.part.as_str()) {
        ("", _) => "does not exist".to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, part) => format!("{kind}, {part}"),
    };
    line(f, if depth == 0 { "service" } else { "made of" }, &of.name, &kind)?;
    place(f, &of.place)?;
    problems(f, &of.problems)?;
    for server in &of.servers {
        let status = match server.status.as_str() {
            "UP" => "up",
            "DOWN" => "down",
            _ => "not checked",
        };
        line(f, "server", &server.url, status)?;
    }
    of.services.iter().try_for_each(|child| service(f, child, depth + 1))
}

fn neighbours(f: &mut fmt::Formatter<'_>, what: &str, all: &[Neighbour]) -> fmt::Result {
    for of in all {
        writeln!(f)?;
        writeln!(f, "{what}: {}", Safe(&of.name))?;
        detail(f, &format!("{} (priority {})", of.rule, of.priority))?;
        for missed in &of.missed {
            detail(f, &format!("- {}, but {}", missed.clause, missed.found))?;
        }
        place(f, &of.place)?;
    }
    Ok(())
}

fn line(f: &mut fmt::Formatter<'_>, term: &str, what: &str, note: &str) -> fmt::Result {
    let dash = if note.is_empty() { "" } else { "  " };
    writeln!(f, "{term:<14} {}{dash}{}", Safe(what), Safe(note))
}

fn detail(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    writeln!(f, "{:<14} {}", "", Safe(text))
}

fn place(f: &mut fmt::Formatter<'_>, place: &str) -> fmt::Result {
    if place.is_empty() { Ok(()) } else { detail(f, &format!("at {place}")) }
}

fn problems(f: &mut fmt::Formatter<'_>, all: &[String]) -> fmt::Result {
    all.iter().try_for_each(|problem| detail(f, &format!("! {problem}")))
}

/// Text in one line, whatever it holds: names come from configurations, and may reach a terminal.
struct Safe<'a>(&'a str);

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|one| {
            if is_harmful(one) { write!(f, "{}", one.escape_debug()) } else { write!(f, "{one}") }
        })
    }
}
