//! Where the server is, as sentinels know it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use windrose_providers_core::kv::Endpoint;
use windrose_tls::ClientTls;
use windrose_wire::resp::Value;

use crate::client::{Client, RedisError};
use crate::options::{Choice, Options, Sentinel};

/// The servers that may be read, the best first. The first sentinel that answers is believed.
pub(crate) async fn servers(
    options: &Options,
    sentinel: &Sentinel,
    tls: Option<&ClientTls>,
) -> Result<Vec<Endpoint>, RedisError> {
    let mut last = RedisError::Unknown(sentinel.master_name.to_string());
    for endpoint in &options.endpoints {
        match ask(endpoint, sentinel, tls).await {
            Ok(servers) => return Ok(servers),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn ask(
    endpoint: &Endpoint,
    sentinel: &Sentinel,
    tls: Option<&ClientTls>,
) -> Result<Vec<Endpoint>, RedisError> {
    let name = sentinel.master_name.as_bytes();
    let mut client = Client::connect(endpoint, tls, &sentinel.login).await?;
    let master = client.ask(&[b"SENTINEL", b"get-master-addr-by-name", name]).await?;
    let master = match master {
        Value::Nothing => return Err(RedisError::Unknown(sentinel.master_name.to_string())),
        other => pair(other).ok_or_else(|| client.odd("SENTINEL"))?,
    };
    if sentinel.choice == Choice::Master {
        return Ok(vec![master]);
    }
    let replicas = client.ask(&[b"SENTINEL", b"replicas", name]).await?;
    let replicas = replicas.list().ok_or_else(|| client.odd("SENTINEL"))?;
    let mut servers: Vec<Endpoint> =
        replicas.into_iter().filter_map(|replica| usable(replica, sentinel.use_disconnected)).collect();
    if sentinel.choice != Choice::Replica {
        servers.push(master);
    }
    if servers.is_empty() {
        return Err(RedisError::NoReplica(sentinel.master_name.to_string()));
    }
    // Any one first, and the others in case it is away.
    let start = RandomState::new().hash_one(servers.len()) as usize % servers.len();
    servers.rotate_left(start);
    Ok(servers)
}

/// The address of a replica that can be read.
fn usable(replica: Value, use_disconnected: bool) -> Option<Endpoint> {
    let words = replica.list()?;
    let mut fields: HashMap<String, String> = HashMap::new();
    for two in words.chunks_exact(2) {
        if let [name, value] = two {
            fields.insert(name.text()?, value.text()?);
        }
    }
    let flags = fields.get("flags").map(String::as_str).unwrap_or_default();
    let is_down = flags.split(',').any(|flag| matches!(flag, "s_down" | "o_down"));
    let has_link = !flags.split(',').any(|flag| flag == "disconnected")
        && fields.get("master-link-status").is_none_or(|status| status == "ok");
    if is_down || !(has_link || use_disconnected) {
        return None;
    }
    Some(Endpoint { host: fields.get("ip")?.clone(), port: fields.get("port")?.parse().ok()? })
}

fn pair(value: Value) -> Option<Endpoint> {
    let words = value.list()?;
    let [host, port] = words.as_slice() else { return None };
    Some(Endpoint { host: host.text()?, port: port.text()?.parse().ok()? })
}
