//! A program of the operator's: `PROGRAM present|cleanup NAME VALUE`, or with `EXEC_MODE=RAW`
//! `PROGRAM present|cleanup -- DOMAIN TOKEN AUTHORIZATION`.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use super::Tools;
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};

struct Exec {
    program: String,
    raw: bool,
    pause: Duration,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    Ok(Arc::new(Exec {
        program: tools.env.need(&["EXEC_PATH"])?,
        raw: tools.env.or(&["EXEC_MODE"], "")? == "RAW",
        pause: tools.seconds(&["EXEC"], "SEQUENCE_INTERVAL", 60)?,
        timing: tools.timing(&["EXEC"], 60, 2)?,
    }))
}

impl Exec {
    async fn run(&self, what: &str, record: &Record) -> Result<(), DnsError> {
        let arguments = if self.raw {
            vec![what, "--", &record.domain, &record.token, &record.authorization]
        } else {
            vec![what, &record.name, &record.value]
        };
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        let ended = tokio::time::timeout(LONGEST, command.output()).await;
        let ended = ended.map_err(|_| DnsError::Other(format!("{} {what} takes too long", self.program)))?;
        let ended =
            ended.map_err(|error| DnsError::Other(format!("{} cannot be run: {error}", self.program)))?;
        for line in String::from_utf8_lossy(&ended.stdout).lines().take(MOST_LINES) {
            tracing::info!(program = self.program, line, "the program for DNS says");
        }
        if ended.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ended.stderr).trim().chars().take(300).collect::<String>();
        Err(DnsError::Other(format!("{} {what} failed ({}): {said}", self.program, ended.status)))
    }
}

impl Dns for Exec {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move { self.run("present", record).await.map(|()| Placed::default()) })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        Box::pin(self.run("cleanup", record))
    }

    fn timing(&self) -> Timing {
        self.timing
    }

    fn one_by_one(&self) -> Option<Duration> {
        Some(self.pause)
    }
}

const LONGEST: Duration = Duration::from_secs(600);
const MOST_LINES: usize = 20;
