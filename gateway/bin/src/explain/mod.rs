//! `windrose explain`: what would become of a request, and why.
//!
//! A running gateway says it through its API; without one the configuration is compiled here, as `check` does it, and
//! asked. Opens no port either way.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use windrose_admin::View;
use windrose_admin::explain::{Explanation, Sight, explain};
use windrose_engine::live::Live;
use windrose_engine::reload::{Published, Reloads};

use crate::arguments::{Checked as What, Explain, Format, Knows};
use crate::check::{self, Gathered};
use crate::client;
use crate::configuration::Surroundings;
use crate::{complain, print, problems};

/// Explains, and prints that.
pub(crate) fn run(asked: &Explain, around: &Surroundings) -> ExitCode {
    let explained = match &asked.knows {
        Knows::Api(api) => client::get(api, "windrose/explain", &asked.question.query())
            .and_then(|body| serde_json::from_slice(&body).map_err(|_| client::Unheard::no_api(api)))
            .map_err(|unheard| format!("error: {}\n", crate::chain(&unheard))),
        Knows::Configuration(what) => of_configuration(asked, what, around),
    };
    let explanation = match explained {
        Ok(explanation) => explanation,
        Err(text) => {
            complain(&text);
            return ExitCode::FAILURE;
        }
    };
    let text = match asked.format {
        Format::Text => explanation.to_string(),
        Format::Json => format!("{:#}\n", serde_json::json!(explanation)),
    };
    let printed = print(&text);
    if explanation.verdict.is_taken() { printed } else { ExitCode::from(NOBODY) }
}

fn of_configuration(asked: &Explain, what: &What, around: &Surroundings) -> Result<Explanation, String> {
    let Gathered { settings, parts } = check::gather(what, around).map_err(|wrong| problems::text(&wrong))?;
    let (merged, compiled) = check::compile(&settings, parts);
    let view = View::new(Arc::new(Published {
        merged,
        report: compiled.report,
        // Nobody looks after servers here.
        health: Arc::clone(&Live::new().health),
        generation: compiled.snapshot.generation,
        reloads: Reloads { count: 1, at: SystemTime::now(), took: Duration::ZERO },
        certificates: compiled.certificates,
        history: Arc::default(),
    }));
    let sight = Sight { view: &view, snapshot: &compiled.snapshot, addresses: &[] };
    explain(sight, &asked.question).map_err(|bad| format!("error: {bad}\n"))
}

/// Nobody takes the request.
const NOBODY: u8 = 3;
