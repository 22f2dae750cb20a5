//! Who we are to Amazon: variables, the file of shared credentials, a web identity, a container's or machine's role; and
//! the role that is taken on with them.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;

use super::element;
use super::sign::{Scope, encode, signed};
use crate::dns::{DnsError, Env, EnvError};
use windrose_courier::{Https, Request};

/// Keys that sign.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) session_token: Option<String>,
    /// When they are of no use any more.
    ends: Option<jiff::Timestamp>,
}

/// Where keys come from.
pub(super) struct Source {
    first: First,
    role: Option<Role>,
    region: String,
    sts: Option<String>,
    kept: Mutex<Option<Credentials>>,
}

enum First {
    Static(Credentials),
    WebIdentity { token: PathBuf, role: String, session: String },
    Container { url: String, authorization: Option<String> },
    Machine { base: String },
}

/// A role to take on.
struct Role {
    name: String,
    external_id: Option<String>,
}

impl Source {
    /// What the variables say; as the libraries of Amazon, keys go before files and files before services.
    pub(super) fn of(env: &Env) -> Result<Self, DnsError> {
        let role = env.plain("AWS_ASSUME_ROLE_ARN");
        let role = role.map(|name| Role { name, external_id: env.plain("AWS_EXTERNAL_ID") });
        let region = env.plain("AWS_REGION").or_else(|| env.plain("AWS_DEFAULT_REGION"));
        let sts = env.plain("AWS_ENDPOINT_URL_STS").or_else(|| env.plain("AWS_ENDPOINT_URL"));
        let region = region.unwrap_or_else(|| "us-east-1".into());
        Ok(Self { first: First::of(env)?, role, region, sts, kept: Mutex::new(None) })
    }

    /// Keys that are of use for a while.
    pub(super) async fn get(&self, https: &Https) -> Result<Credentials, DnsError> {
        if let (First::Static(keys), None) = (&self.first, &self.role) {
            return Ok(keys.clone());
        }
        let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(5);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|kept| kept.ends.is_some_and(|ends| ends > soon)) {
            return Ok(kept);
        }
        let first = match &self.first {
            First::Static(keys) => keys.clone(),
            First::WebIdentity { token, role, session } => {
                let read = windrose_sys::read_file(token, 1 << 20);
                let read = read.map_err(|error| {
                    EnvError::File("AWS_WEB_IDENTITY_TOKEN".into(), token.display().to_string(), error)
                })?;
                let token = String::from_utf8_lossy(&read).trim().to_owned();
                let query = format!(
                    "Action=AssumeRoleWithWebIdentity&RoleArn={}&RoleSessionName={}&Version=2011-06-15&WebIdentityToken={}",
                    encode(role),
                    encode(session),
                    encode(&token)
                );
                self.ask_sts(https, &query, None).await?
            }
            First::Container { url, authorization } => {
                let mut request = Request::get(url);
                if let Some(authorization) = authorization {
                    request = request.with("Authorization", authorization);
                }
                let answer =
                    DnsError::check("give credentials of the container", https.send(&request).await?)?;
                from_json(&DnsError::json("give credentials of the container", &answer)?)?
            }
            First::Machine { base } => of_machine(https, base).await?,
        };
        let keys = match &self.role {
            None => first,
            Some(Role { name, external_id }) => {
                let external = external_id.as_ref().map(|id| format!("&ExternalId={}", encode(id)));
                let query = format!(
                    "Action=AssumeRole{}&RoleArn={}&RoleSessionName=windrose&Version=2011-06-15",
                    external.unwrap_or_default(),
                    encode(name)
                );
                self.ask_sts(https, &query, Some(&first)).await?
            }
        };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(keys.clone());
        Ok(keys)
    }

    async fn ask_sts(
        &self,
        https: &Https,
        form: &str,
        by: Option<&Credentials>,
    ) -> Result<Credentials, DnsError> {
        let base = self.sts.clone().unwrap_or_else(|| format!("https://sts.{}.amazonaws.com", self.region));
        let request = Request::post(format!("{}/", base.trim_end_matches('/')))
            .body("application/x-www-form-urlencoded", form);
        let request = match by {
            Some(by) => {
                let scope = Scope { service: "sts", region: &self.region };
                signed(request, &scope, by, jiff::Timestamp::now())?
            }
            None => request,
        };
        let answer = DnsError::check("take on a role", https.send(&request).await?)?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let field = |name| element(&text, name);
        let ends = field("Expiration").and_then(|text| text.parse().ok());
        match (field("AccessKeyId"), field("SecretAccessKey")) {
            (Some(id), Some(secret)) => {
                Ok(Credentials { id, secret, session_token: field("SessionToken"), ends })
            }
            _ => Err(DnsError::Odd("take on a role", answer.text())),
        }
    }
}

impl First {
    fn of(env: &Env) -> Result<Self, DnsError> {
        match (env.plain("AWS_ACCESS_KEY_ID"), env.plain("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => {
                let session_token = env.plain("AWS_SESSION_TOKEN");
                return Ok(Self::Static(Credentials { id, secret, session_token, ends: None }));
            }
            (Some(_), None) => return Err(EnvError::Missing("AWS_SECRET_ACCESS_KEY".into()).into()),
            (None, Some(_)) => return Err(EnvError::Missing("AWS_ACCESS_KEY_ID".into()).into()),
            (None, None) => {}
        }
        if let Some(keys) = shared(env)? {
            return Ok(Self::Static(keys));
        }
        if let (Some(token), Some(role)) =
            (env.plain("AWS_WEB_IDENTITY_TOKEN_FILE"), env.plain("AWS_ROLE_ARN"))
        {
            let session = env.plain("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "windrose".into());
            return Ok(Self::WebIdentity { token: token.into(), role, session });
        }
        let relative = env.plain("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        let full = relative.map(|path| format!("http://169.254.170.2{path}"));
        if let Some(url) = full.or_else(|| env.plain("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
            let authorization = env.find(&["AWS_CONTAINER_AUTHORIZATION_TOKEN"])?;
            return Ok(Self::Container { url, authorization });
        }
        if env.is_true("AWS_EC2_METADATA_DISABLED") {
            return Err(EnvError::Missing("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".into()).into());
        }
        let base = env.plain("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        Ok(Self::Machine { base: base.unwrap_or_else(|| "http://169.254.169.254".into()) })
    }
}

/// The role of a machine at Amazon (its second version, which asks for a token first).
async fn of_machine(https: &Https, base: &str) -> Result<Credentials, DnsError> {
    const WHAT: &str =
        "give credentials of the machine (write AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY elsewhere)";
    let base = base.trim_end_matches('/');
    let request = Request::new("PUT", format!("{base}/latest/api/token"));
    let request = request.with("X-aws-ec2-metadata-token-ttl-seconds", "300");
    let token = DnsError::check(WHAT, https.send(&request).await?)?;
    let token = String::from_utf8_lossy(&token.body).into_owned();
    let roles = format!("{base}/latest/meta-data/iam/security-credentials/");
    let get = |url: String| Request::get(url).with("X-aws-ec2-metadata-token", &token);
    let names = DnsError::check(WHAT, https.send(&get(roles.clone())).await?)?;
    let names = String::from_utf8_lossy(&names.body).into_owned();
    let role = names.lines().next().unwrap_or_default();
    let answer = DnsError::check(WHAT, https.send(&get(format!("{roles}{role}"))).await?)?;
    from_json(&DnsError::json(WHAT, &answer)?)
}

fn from_json(value: &Value) -> Result<Credentials, DnsError> {
    let field = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    match (field("AccessKeyId"), field("SecretAccessKey")) {
        (Some(id), Some(secret)) => Ok(Credentials {
            id,
            secret,
            session_token: field("Token"),
            ends: field("Expiration").and_then(|text| text.parse().ok()),
        }),
        _ => Err(DnsError::Odd("give credentials", "there are no keys in the answer".into())),
    }
}

/// The keys of a profile in the file of shared credentials.
fn shared(env: &Env) -> Result<Option<Credentials>, DnsError> {
    let written = env.plain("AWS_SHARED_CREDENTIALS_FILE");
    let path = written.or_else(|| env.plain("HOME").map(|home| format!("{home}/.aws/credentials")));
    let Some(path) = path else { return Ok(None) };
    let named = env.plain("AWS_PROFILE");
    let profile = named.clone().unwrap_or_else(|| "default".into());
    let text = match windrose_sys::read_file(std::path::Path::new(&path), 1 << 20) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) if named.is_none() => return Ok(None),
        Err(error) => return Err(EnvError::File("AWS_SHARED_CREDENTIALS".into(), path, error).into()),
    };
    let mut is_inside = false;
    let (mut id, mut secret, mut session_token) = (None, None, None);
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_inside = section.trim() == profile;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| is_inside) {
            match name.trim() {
                "aws_access_key_id" => id = Some(value.trim().to_owned()),
                "aws_secret_access_key" => secret = Some(value.trim().to_owned()),
                "aws_session_token" => session_token = Some(value.trim().to_owned()),
                _ => {}
            }
        }
    }
    match (id, secret, named) {
        (Some(id), Some(secret), _) => Ok(Some(Credentials { id, secret, session_token, ends: None })),
        (_, _, Some(profile)) => {
            Err(DnsError::Other(format!("AWS_PROFILE: {path} has no keys of a profile {profile}")))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
impl Credentials {
    pub(super) fn of(id: &str, secret: &str) -> Self {
        Self { id: id.into(), secret: secret.into(), session_token: None, ends: None }
    }
}
