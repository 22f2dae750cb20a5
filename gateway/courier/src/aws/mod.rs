//! Who we are to Amazon: variables, the file of shared credentials, a web identity, a container's or machine's role; and
//! the role that is taken on with them. In the order of Amazon's own libraries.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;
use thiserror::Error;

use crate::sigv4::{Keys, Scope, encode, signed};
use crate::{Answer, HttpError, Https, Request};

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum AwsError {
    /// Nobody answers.
    #[error("Amazon cannot be asked who we are")]
    Http(#[from] HttpError),
    /// Somebody does, and says no.
    #[error("Amazon refuses to {0}: status {1} {2}")]
    Refused(&'static str, u16, String),
    /// Somebody does, and says something else.
    #[error("Amazon answers {0} with what it should not: {1}")]
    Odd(&'static str, String),
    /// A variable that has to be there.
    #[error("the environment lacks {0}")]
    Missing(&'static str),
    /// A file that a variable names.
    #[error("{0} names {1}, which cannot be read")]
    File(&'static str, String, #[source] std::io::Error),
    /// A profile without keys.
    #[error("AWS_PROFILE: {0} has no keys of a profile {1}")]
    Profile(String, String),
}

/// Looks variables of the environment up.
pub type Env<'a> = &'a (dyn Fn(&str) -> Option<String> + Send + Sync);

/// Keys, and how long they are of use.
#[derive(Clone)]
struct Credentials {
    keys: Keys,
    /// When they are of no use any more.
    ends: Option<jiff::Timestamp>,
}

/// Where keys come from.
pub struct Identity {
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

impl Identity {
    /// What the variables say; as the libraries of Amazon, keys go before files and files before services.
    ///
    /// # Errors
    /// What they say cannot be followed.
    pub fn of(env: Env<'_>) -> Result<Self, AwsError> {
        let env = &Variables(env);
        let role = env.plain("AWS_ASSUME_ROLE_ARN");
        let role = role.map(|name| Role { name, external_id: env.plain("AWS_EXTERNAL_ID") });
        let region = env.plain("AWS_REGION").or_else(|| env.plain("AWS_DEFAULT_REGION"));
        let sts = env.plain("AWS_ENDPOINT_URL_STS").or_else(|| env.plain("AWS_ENDPOINT_URL"));
        let region = region.unwrap_or_else(|| "us-east-1".into());
        Ok(Self { first: First::of(env)?, role, region, sts, kept: Mutex::new(None) })
    }

    /// These keys and nothing else.
    #[must_use]
    pub fn fixed(keys: Keys) -> Self {
        let first = First::Static(Credentials { keys, ends: None });
        Self { first, role: None, region: "us-east-1".into(), sts: None, kept: Mutex::new(None) }
    }

    /// Keys that are of use for a while.
    ///
    /// # Errors
    /// Nobody gives any.
    pub async fn keys(&self, https: &Https) -> Result<Keys, AwsError> {
        Ok(self.get(https).await?.keys)
    }

    async fn get(&self, https: &Https) -> Result<Credentials, AwsError> {
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
                    AwsError::File("AWS_WEB_IDENTITY_TOKEN_FILE", token.display().to_string(), error)
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
                let answer = check("give credentials of the container", https.send(&request).await?)?;
                from_json(&json("give credentials of the container", &answer)?)?
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
    ) -> Result<Credentials, AwsError> {
        let base = self.sts.clone().unwrap_or_else(|| format!("https://sts.{}.amazonaws.com", self.region));
        let request = Request::post(format!("{}/", base.trim_end_matches('/')))
            .body("application/x-www-form-urlencoded", form);
        let request = match by {
            Some(by) => {
                let scope = Scope { service: "sts", region: &self.region };
                signed(request, &scope, &by.keys, jiff::Timestamp::now())?
            }
            None => request,
        };
        let answer = check("take on a role", https.send(&request).await?)?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let field = |name| element(&text, name);
        let ends = field("Expiration").and_then(|text| text.parse().ok());
        match (field("AccessKeyId"), field("SecretAccessKey")) {
            (Some(id), Some(secret)) => {
                Ok(Credentials { keys: Keys { id, secret, session_token: field("SessionToken") }, ends })
            }
            _ => Err(AwsError::Odd("take on a role", answer.text())),
        }
    }
}

impl First {
    fn of(env: &Variables<'_>) -> Result<Self, AwsError> {
        match (env.plain("AWS_ACCESS_KEY_ID"), env.plain("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => {
                let session_token = env.plain("AWS_SESSION_TOKEN");
                return Ok(Self::Static(Credentials {
                    keys: Keys { id, secret, session_token },
                    ends: None,
                }));
            }
            (Some(_), None) => return Err(AwsError::Missing("AWS_SECRET_ACCESS_KEY")),
            (None, Some(_)) => return Err(AwsError::Missing("AWS_ACCESS_KEY_ID")),
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
            let authorization = env.find("AWS_CONTAINER_AUTHORIZATION_TOKEN")?;
            return Ok(Self::Container { url, authorization });
        }
        if env.is_true("AWS_EC2_METADATA_DISABLED") {
            return Err(AwsError::Missing("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
        }
        let base = env.plain("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        Ok(Self::Machine { base: base.unwrap_or_else(|| MACHINE.into()) })
    }
}

/// The role of a machine at Amazon (its second version, which asks for a token first).
async fn of_machine(https: &Https, base: &str) -> Result<Credentials, AwsError> {
    const WHAT: &str =
        "give credentials of the machine (write AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY elsewhere)";
    let base = base.trim_end_matches('/');
    let request = Request::new("PUT", format!("{base}/latest/api/token"));
    let request = request.with("X-aws-ec2-metadata-token-ttl-seconds", "300");
    let token = check(WHAT, https.send(&request).await?)?;
    let token = String::from_utf8_lossy(&token.body).into_owned();
    let roles = format!("{base}/latest/meta-data/iam/security-credentials/");
    let get = |url: String| Request::get(url).with("X-aws-ec2-metadata-token", &token);
    let names = check(WHAT, https.send(&get(roles.clone())).await?)?;
    let names = String::from_utf8_lossy(&names.body).into_owned();
    let role = names.lines().next().unwrap_or_default();
    let answer = check(WHAT, https.send(&get(format!("{roles}{role}"))).await?)?;
    from_json(&json(WHAT, &answer)?)
}

fn from_json(value: &Value) -> Result<Credentials, AwsError> {
    let field = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    match (field("AccessKeyId"), field("SecretAccessKey")) {
        (Some(id), Some(secret)) => Ok(Credentials {
            keys: Keys { id, secret, session_token: field("Token") },
            ends: field("Expiration").and_then(|text| text.parse().ok()),
        }),
        _ => Err(AwsError::Odd("give credentials", "there are no keys in the answer".into())),
    }
}

/// The keys of a profile in the file of shared credentials.
fn shared(env: &Variables<'_>) -> Result<Option<Credentials>, AwsError> {
    let written = env.plain("AWS_SHARED_CREDENTIALS_FILE");
    let path = written.or_else(|| env.plain("HOME").map(|home| format!("{home}/.aws/credentials")));
    let Some(path) = path else { return Ok(None) };
    let named = env.plain("AWS_PROFILE");
    let profile = named.clone().unwrap_or_else(|| "default".into());
    let text = match windrose_sys::read_file(Path::new(&path), 1 << 20) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) if named.is_none() => return Ok(None),
        Err(error) => return Err(AwsError::File("AWS_SHARED_CREDENTIALS_FILE", path, error)),
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
        (Some(id), Some(secret), _) => {
            Ok(Some(Credentials { keys: Keys { id, secret, session_token }, ends: None }))
        }
        (_, _, Some(profile)) => Err(AwsError::Profile(path, profile)),
        _ => Ok(None),
    }
}

/// The region of the machine we run on.
///
/// # Errors
/// It is no machine at Amazon, or says nothing of itself.
pub async fn region_of_machine(https: &Https, env: Env<'_>) -> Result<String, AwsError> {
    const WHAT: &str = "give the region of the machine (write region elsewhere)";
    let base = Variables(env).plain("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| MACHINE.into());
    let base = base.trim_end_matches('/');
    let request = Request::new("PUT", format!("{base}/latest/api/token"));
    let request = request.with("X-aws-ec2-metadata-token-ttl-seconds", "300");
    let token = check(WHAT, https.send(&request).await?)?;
    let token = String::from_utf8_lossy(&token.body).into_owned();
    let request = Request::get(format!("{base}/latest/meta-data/placement/region"));
    let answer = check(WHAT, https.send(&request.with("X-aws-ec2-metadata-token", token)).await?)?;
    Ok(String::from_utf8_lossy(&answer.body).trim().to_owned())
}

/// The environment, in which an empty variable is none.
struct Variables<'a>(Env<'a>);

impl Variables<'_> {
    fn plain(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// One variable, or the file that another one names.
    fn find(&self, name: &'static str) -> Result<Option<String>, AwsError> {
        if let Some(value) = self.plain(name) {
            return Ok(Some(value));
        }
        let Some(path) = self.plain(&format!("{name}_FILE")) else { return Ok(None) };
        let read = windrose_sys::read_file(Path::new(&path), 1 << 20);
        let bytes = read.map_err(|error| AwsError::File(name, path, error))?;
        Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn is_true(&self, name: &str) -> bool {
        self.plain(name).is_some_and(|value| matches!(&*value, "1" | "t" | "T" | "TRUE" | "true" | "True"))
    }
}

fn check(what: &'static str, answer: Answer) -> Result<Answer, AwsError> {
    if answer.is_success() { Ok(answer) } else { Err(AwsError::Refused(what, answer.status, answer.text())) }
}

fn json(what: &'static str, answer: &Answer) -> Result<Value, AwsError> {
    answer.json().ok_or_else(|| AwsError::Odd(what, answer.text()))
}

/// What stands in the first element of this name.
fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inside, _) = rest.split_once(&format!("</{name}>"))?;
    let plain = inside.replace("&quot;", "\"").replace("&#34;", "\"").replace("&apos;", "'");
    Some(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("region", &self.region).finish_non_exhaustive()
    }
}

/// Where machines at Amazon learn who they are.
const MACHINE: &str = "http://169.254.169.254";
