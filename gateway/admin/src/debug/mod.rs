//! Numbers of the process, for whoever looks for a leak: memory, tasks, workers.
//!
//! Says nothing of the command line or the environment, which may hold secrets.

use std::time::SystemTime;

use serde_json::{Value, json};
use windrose_sys::Usage;

use crate::stage::{Window, stage};
use crate::view::View;

/// All numbers there are; what the system does not tell is absent.
pub(crate) fn vars(window: &Window, view: Option<&View>, started: SystemTime) -> Value {
    let uptime = started.elapsed().unwrap_or_default();
    let mut vars = json!({
        "uptimeSeconds": uptime.as_secs(),
        "stage": stage(window).to_string(),
        "memory": memory(Usage::now().ok()),
    });
    if let Some(view) = view {
        vars["generation"] = view.generation().into();
    }
    if let Some(status) = window.get() {
        let workers = status.workers();
        vars["connections"] = status.open_connections().into();
        vars["tasks"] = workers.iter().map(|worker| worker.tasks).sum::<usize>().into();
        vars["workers"] =
            workers.iter().map(|worker| json!({"connections": worker.open, "tasks": worker.tasks})).collect();
    }
    vars
}

fn memory(usage: Option<Usage>) -> Value {
    usage.map_or(Value::Null, |usage| {
        json!({
            "residentBytes": usage.resident,
            "peakResidentBytes": usage.peak,
            "virtualBytes": usage.mapped,
            "threads": usage.threads,
        })
    })
}
