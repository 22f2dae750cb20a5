//! `windrose cert`: what an operator does with certificates of resolvers.

use tokio::runtime::Builder;
use windrose_acme::{Surroundings, command};

use crate::arguments::{Action, Certificate};
use crate::configuration::{self, Surroundings as Around};
use crate::run::Failure;

/// Does it; gives what is to be printed.
pub(crate) fn run(what: &Certificate, around: &Around) -> Result<String, Failure> {
    let install = configuration::find(&what.flags, around).map_err(Failure::Configuration)?;
    let settings = install.loaded.config;
    let surroundings = Surroundings {
        open: windrose_assembly::storage,
        ..Surroundings::of_process(windrose_assembly::files)
    };
    if let Action::List = what.action {
        let lines = command::list(&settings, &surroundings)?;
        return Ok(lines.iter().map(|line| format!("{line}\n")).collect());
    }
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::System("start a runtime", error))?;
    let done = runtime.block_on(async {
        match &what.action {
            Action::Renew(name) => command::renew(&settings, &surroundings, name).await,
            Action::Revoke(name) => command::revoke(&settings, &surroundings, name).await,
            Action::List => Ok(String::new()),
        }
    });
    Ok(format!("{}\n", done?))
}
