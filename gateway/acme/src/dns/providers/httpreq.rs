//! A server of the operator's: `POST /present` and `/cleanup`.

use std::sync::Arc;

use serde_json::json;

use super::Tools;
use crate::dns::{Dns, DnsError, Doing, Placed, Record, Timing};
use windrose_courier::Request;

struct HttpReq {
    tools: Tools,
    endpoint: String,
    user: Option<(String, String)>,
    raw: bool,
    timing: Timing,
}

pub(super) fn make(tools: &Tools) -> Result<Arc<dyn Dns>, DnsError> {
    let env = &tools.env;
    let user = match (env.find(&["HTTPREQ_USERNAME"])?, env.find(&["HTTPREQ_PASSWORD"])?) {
        (Some(user), Some(password)) => Some((user, password)),
        _ => None,
    };
    Ok(Arc::new(HttpReq {
        endpoint: env.need(&["HTTPREQ_ENDPOINT"])?.trim_end_matches('/').to_owned(),
        raw: env.or(&["HTTPREQ_MODE"], "")? == "RAW",
        timing: tools.timing(&["HTTPREQ"], 60, 2)?,
        user,
        tools: tools.clone(),
    }))
}

impl HttpReq {
    async fn post(&self, what: &'static str, record: &Record) -> Result<(), DnsError> {
        let body = if self.raw {
            json!({"domain": record.domain, "token": record.token, "keyAuth": record.authorization})
        } else {
            json!({"fqdn": record.name, "value": record.value})
        };
        let mut request = Request::post(format!("{}/{what}", self.endpoint)).json(&body);
        if let Some((user, password)) = &self.user {
            request = request.basic(user, password);
        }
        DnsError::check(what, self.tools.https.send(&request).await?).map(drop)
    }
}

impl Dns for HttpReq {
    fn present<'a>(&'a self, record: &'a Record) -> Doing<'a, Placed> {
        Box::pin(async move { self.post("present", record).await.map(|()| Placed::default()) })
    }

    fn clean_up<'a>(&'a self, record: &'a Record, _: &'a Placed) -> Doing<'a, ()> {
        Box::pin(self.post("cleanup", record))
    }

    fn timing(&self) -> Timing {
        self.timing
    }
}
