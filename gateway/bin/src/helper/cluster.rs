//! `windrose backup`, `windrose restore`, `windrose diagnose` and `windrose migrate ingress-nginx --cluster`: what is done
//! with a cluster.

use std::fmt::Write;
use std::io;
use std::process::ExitCode;

use thiserror::Error;
use tokio::runtime::Builder;
use windrose_provider_kubernetes::backup::{self, BackupError, Report};
use windrose_provider_kubernetes::client::ClientError;
use windrose_provider_kubernetes::diagnose::diagnose;
use windrose_provider_kubernetes::options::Reach;
use windrose_provider_kubernetes::survey::{SurveyError, survey};

use super::{migrate, told};
use crate::arguments::{Cluster, Task};

/// Why it was not done.
#[derive(Debug, Error)]
enum ClusterError {
    /// There is no backup, or it is not back.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// There is no way to the cluster.
    #[error("there is no way to the cluster")]
    Client(#[from] ClientError),
    /// It cannot be looked at.
    #[error(transparent)]
    Survey(#[from] SurveyError),
    /// The system refuses something.
    #[error("the system refuses what is needed")]
    System(#[from] io::Error),
}

/// Does it.
pub(super) fn run(what: &Cluster) -> ExitCode {
    let text = |part: &Option<String>| part.as_deref().unwrap_or_default().into();
    let reach =
        Reach { endpoint: text(&what.endpoint), kubeconfig: text(&what.kubeconfig), ..Reach::default() };
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return told(Err(ClusterError::from(error))),
    };
    runtime.block_on(async {
        match &what.task {
            Task::Backup(root) => {
                let report = backup::save(&reach, root).await;
                told(report.map(|report| counted("saved into", &report)).map_err(ClusterError::from))
            }
            Task::Restore(folder) => {
                let report = backup::restore(&reach, folder).await;
                told(report.map(|report| counted("restored from", &report)).map_err(ClusterError::from))
            }
            Task::Diagnose => match diagnose(&reach, what.namespace.as_deref()).await {
                Ok((text, is_well)) => {
                    let printed = crate::print(&text);
                    if is_well { printed } else { ExitCode::FAILURE }
                }
                Err(error) => told(Err(ClusterError::from(error))),
            },
            Task::MigrateNginx => match survey(&reach, what.namespace.as_deref()).await {
                Ok(seen) => {
                    let report = migrate::surveyed(&seen);
                    let printed = crate::print(&report.text);
                    if report.is_blocked { ExitCode::FAILURE } else { printed }
                }
                Err(error) => told(Err(ClusterError::from(error))),
            },
        }
    })
}

fn counted(done: &str, report: &Report) -> String {
    let mut text = format!("{done} {}\n", report.folder.display());
    for (name, count) in &report.counts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name}: {count}");
    }
    text
}
