//! What becomes of a request, in a word and a sentence.

use windrose_config::Section;
use windrose_engine::explain::{Does, Fate, Routed};
use windrose_http::Failure;

use super::facts::Verdict;
use super::pieces::Pieces;

/// The verdict on a request.
pub(super) fn verdict(fate: &Fate, pieces: &Pieces<'_>) -> Verdict {
    match fate {
        Fate::Connection(route) => told(
            "tcp",
            None,
            format!("TCP router {} takes the connection, and nobody looks for HTTP in it", route.name),
        ),
        Fate::Refused(refused) => told("refused", None, format!("there is no TLS connection: {refused}")),
        Fate::Unfit(failure) => {
            told("rejected", Some(failure.status()), format!("{}: {failure}", failure.status()))
        }
        Fate::Unrouted(_) => told("unrouted", Some(404), "no router wants it: 404".to_owned()),
        Fate::Routed(routed) => of_route(routed, pieces),
    }
}

fn of_route(routed: &Routed, pieces: &Pieces<'_>) -> Verdict {
    let name = &routed.route.name;
    match routed.failure {
        Some(Failure::NoRoute) => {
            let router = pieces.router(routed).name;
            let why = pieces.problems(Section::HttpRouters, &router).into_iter().next();
            let why = why.map_or_else(String::new, |why| format!(" ({why})"));
            return told(
                "closed",
                Some(404),
                format!("router {router} matches and cannot be used{why}: 404"),
            );
        }
        Some(failure) => {
            let status = failure.status();
            return told(
                "rejected",
                Some(status),
                format!("{status}: {failure}, says the entry point of {name}"),
            );
        }
        None => {}
    }
    let conditions: Vec<&str> = routed
        .steps
        .iter()
        .take_while(|step| !matches!(step.does, Does::Answers { .. }))
        .filter(|step| step.does == Does::Depends)
        .map(|step| &*step.name)
        .collect();
    let provided = match conditions.as_slice() {
        [] => String::new(),
        names => format!(", if it comes past {}", names.join(", ")),
    };
    let answer = routed.steps.iter().find_map(|step| match &step.does {
        Does::Answers { status, location } => Some((step, *status, location)),
        _ => None,
    });
    match answer {
        Some((step, status, location)) => {
            let to = location.as_ref().map(|to| format!(", go to {}", windrose_config::redact::urls(to)));
            let text =
                format!("middleware {} answers {status}{}{provided}", step.name, to.unwrap_or_default());
            told("answered", Some(status), text)
        }
        None => told("service", None, format!("goes to service {}{provided}", routed.route.service.name)),
    }
}

fn told(word: &str, status: Option<u16>, text: String) -> Verdict {
    Verdict { word: word.to_owned(), status, text }
}
