//! Who sends: the attributes of this program.

use indexmap::IndexMap;

use super::wire::{Message, Value};

/// The attributes of this program, written once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resource(Vec<u8>);

impl Resource {
    /// What is detected, then what the environment says (`OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`), then what is
    /// written: the last word on a name counts (traefik: the environment's does on the name of the service).
    pub(crate) fn new<'w>(
        service_name: &str,
        written: impl Iterator<Item = (&'w str, &'w str)>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let mut all: IndexMap<String, String> = IndexMap::new();
        let mut set = |name: &str, value: String| {
            if !value.is_empty() {
                all.insert(name.to_owned(), value);
            }
        };
        set("service.name", service_name.to_owned());
        set("service.version", env!("CARGO_PKG_VERSION").to_owned());
        set("host.name", windrose_sys::host_name());
        set("os.type", std::env::consts::OS.to_owned());
        set("process.executable.name", executable());
        set("telemetry.sdk.name", "windrose".to_owned());
        set("telemetry.sdk.language", "rust".to_owned());
        set("telemetry.sdk.version", env!("CARGO_PKG_VERSION").to_owned());
        for (name, value) in written {
            set(name, value.to_owned());
        }
        let listed = env("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        for (name, value) in listed.split(',').filter_map(|pair| pair.split_once('=')) {
            let value = String::from_utf8_lossy(&windrose_http::path::decode(value.trim())).into_owned();
            set(name.trim(), value);
        }
        set("service.name", env("OTEL_SERVICE_NAME").unwrap_or_default());
        let mut bytes = Vec::new();
        let mut message = Message(&mut bytes);
        for (name, value) in &all {
            message.attribute(1, name, Value::Text(value.as_bytes()));
        }
        message.attribute(1, "process.pid", Value::Number(std::process::id().into()));
        Self(bytes)
    }

    /// Writes it as the first field of `ResourceSpans`, `ResourceMetrics` or `ResourceLogs`.
    pub(crate) fn write(&self, message: &mut Message<'_>) {
        message.bytes(1, &self.0);
    }
}

fn executable() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
