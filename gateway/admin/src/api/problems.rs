//! Everything that is wrong, in one list: of objects, and of files that cannot be read.

use serde_json::{Map, Value, json};
use windrose_config::{ObjectRef, Problem, Severity};

use crate::answer::Answer;
use crate::hide;
use crate::query::Query;
use crate::view::{View, said};

/// The page that a query asks for: errors first, and each kind in the order in which it was found.
pub(super) fn list(query: Option<&str>, view: &View) -> Answer {
    let query = match Query::parse(query) {
        Ok(query) => query,
        Err(bad) => return Answer::error(400, &bad.to_string()),
    };
    let problems = view.report().problems();
    let of = |severity| problems.iter().filter(move |problem| problem.severity == severity);
    let wanted = |problem: &&Problem| {
        query.status.as_deref().is_none_or(|status| status == word(problem.severity))
            && query.search.as_deref().is_none_or(|part| text(problem).contains(part))
    };
    let found: Vec<&Problem> = of(Severity::Error).chain(of(Severity::Warning)).filter(wanted).collect();
    match query.window(found.len()) {
        Ok((window, paging)) => {
            let page = found.get(window).unwrap_or_default();
            Answer::page(&page.iter().map(|problem| shown(problem)).collect::<Vec<_>>(), paging)
        }
        Err(bad) => Answer::error(400, &bad.to_string()),
    }
}

fn shown(problem: &Problem) -> Value {
    let mut out = Map::new();
    out.insert("severity".to_owned(), word(problem.severity).into());
    out.insert("message".to_owned(), said(problem).into());
    if let Some(origin) = &problem.origin {
        out.insert("place".to_owned(), origin.place().to_string().into());
    }
    if let Some(object) = &problem.object {
        out.insert("object".to_owned(), json!({"section": object.section.path(), "name": name(object)}));
    }
    hide::passwords(out.into())
}

/// All that can be searched for, in lower case.
fn text(problem: &Problem) -> String {
    let place = problem.origin.as_ref().map(|origin| origin.place().to_string()).unwrap_or_default();
    let object = problem.object.as_deref().map(name).unwrap_or_default();
    format!("{} {place} {object}", said(problem)).to_lowercase()
}

fn name(object: &ObjectRef) -> String {
    match &object.provider {
        Some(provider) => format!("{}@{provider}", object.name),
        None => object.name.to_string(),
    }
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
