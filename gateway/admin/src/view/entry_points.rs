//! Entry points, with what was left open filled in.

use serde::Serialize;
use serde_json::{Map, Value};
use windrose_config::static_config::EntryPoint;

/// An entry point as Traefik shows it: options that were not written have their defaults, and what is nothing is left
/// out.
pub(crate) fn entry_point(name: &str, entry: &EntryPoint) -> Value {
    let mut out = fields(entry);
    let mut transport = fields(&entry.transport);
    put(&mut transport, "lifeCycle", &entry.transport.life_cycle);
    let mut timeouts = fields(&entry.transport.responding_timeouts);
    timeouts.retain(|_, timeout| timeout != "0s");
    transport.insert("respondingTimeouts".to_owned(), timeouts.into());
    out.insert("transport".to_owned(), transport.into());
    put(&mut out, "forwardedHeaders", &entry.forwarded_headers);
    let mut http = fields(&entry.http);
    // Not written out as long as nothing is changed for the names of fields.
    for strategy in ["underscoreHeadersStrategy", "aliasHeadersStrategy"] {
        if http.get(strategy).is_some_and(|value| value == "keep" || value == "") {
            http.remove(strategy);
        }
    }
    if let Some(Value::Object(characters)) = http.get_mut("encodedCharacters") {
        characters.retain(|_, allowed| *allowed == Value::Bool(true));
    }
    let redirection = http.get_mut("redirections").and_then(|of| of.get_mut("entryPoint"));
    if let Some(Value::Object(redirection)) = redirection
        && redirection.get("permanent") == Some(&Value::Bool(false))
    {
        redirection.remove("permanent");
    }
    out.insert("http".to_owned(), http.into());
    put(&mut out, "http2", &entry.http2);
    put(&mut out, "udp", &entry.udp);
    out.insert("name".to_owned(), name.into());
    out.into()
}

fn put(out: &mut Map<String, Value>, key: &str, value: &impl Serialize) {
    out.insert(key.to_owned(), serde_json::to_value(value).unwrap_or_default());
}

fn fields(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}
