//! Commands that help to begin, and those that run beside the gateway.

mod cluster;
mod complete;
mod docker_proxy;
mod init;
mod man;
mod migrate;
mod schema;

use std::process::ExitCode;

use crate::arguments::Helper;
use crate::configuration::Surroundings;

/// Does what is asked.
pub(crate) fn run(helper: Helper, around: &Surroundings) -> ExitCode {
    match helper {
        Helper::Init(folder) => told(init::write(&folder)),
        Helper::Migrate(what) => {
            let report = migrate::report(&what, around);
            let printed = crate::print(&report.text);
            if report.is_blocked { ExitCode::FAILURE } else { printed }
        }
        Helper::MigrateNginx(places) => {
            let report = migrate::manifests(&places);
            let printed = crate::print(&report.text);
            if report.is_blocked { ExitCode::FAILURE } else { printed }
        }
        Helper::DockerProxy { listen, endpoint } => {
            told(docker_proxy::run(&listen, &endpoint).map(|()| String::new()))
        }
        Helper::Cluster(what) => cluster::run(&what),
        Helper::Completions(shell) => crate::print(complete::script(shell)),
        Helper::Complete(words) => {
            let lines = complete::candidates(&words).into_iter().map(|word| word + "\n");
            crate::print(&lines.collect::<String>())
        }
        Helper::Man => crate::print(&man::page()),
        Helper::Schema(document) => crate::print(&format!("{:#}\n", schema::of(document))),
    }
}

/// Prints what was done, or complains.
fn told<E: std::error::Error>(outcome: Result<String, E>) -> ExitCode {
    match outcome {
        Ok(text) => crate::print(&text),
        Err(error) => {
            crate::complain(&format!("error: {}\n", crate::chain(&error)));
            ExitCode::FAILURE
        }
    }
}
