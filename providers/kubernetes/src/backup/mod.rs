//! Backups: the objects of a cluster that say what gateway and mesh do, as files; and back.
//!
//! One file for each kind, as `kubectl get` would write it, the definitions of the kinds, the Secrets that objects name, and
//! a list of all that. What the API server adds to objects is left out, so they can be applied to another cluster.

mod clean;
mod files;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;

use crate::client::{Api, ApiError, ClientError, escaped};
use crate::options::Reach;

/// Why there is no backup, or it is not back.
#[derive(Debug, Error)]
pub enum BackupError {
    /// There is no way to the cluster.
    #[error("there is no way to the cluster")]
    Client(#[source] Box<ClientError>),
    /// The cluster says no.
    #[error("the API server does not give or take {0}")]
    Api(String, #[source] Box<ApiError>),
    /// A file cannot be read or written.
    #[error("{0}")]
    File(PathBuf, #[source] io::Error),
    /// A file holds something else.
    #[error("{0} is no file of objects: {1}")]
    Form(PathBuf, String),
    /// There is nothing to restore.
    #[error("{0} holds no files of objects (.yaml)")]
    Empty(PathBuf),
    /// Some objects were not taken; the others were.
    #[error("{} of {all} objects were not taken:\n{}", .refused.len(), .refused.join("\n"))]
    Refused {
        /// What was not, with the reason.
        refused: Vec<String>,
        /// How many there are.
        all: usize,
    },
}

impl From<ClientError> for BackupError {
    fn from(error: ClientError) -> Self {
        Self::Client(Box::new(error))
    }
}

/// What was written, or brought back.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Where it is.
    pub folder: PathBuf,
    /// Each kind, with how many objects.
    pub counts: Vec<(String, usize)>,
}

/// A kind that a cluster has.
#[derive(Debug, Clone)]
struct Resource {
    name: String,
    path: String,
    api_version: String,
    kind: String,
}

/// Writes a backup into a folder of its own below `root`, named after the time.
///
/// # Errors
///
/// The cluster cannot be asked, or the files cannot be written.
pub async fn save(reach: &Reach, root: &Path) -> Result<Report, BackupError> {
    let api = Api::new(reach).await?;
    let now = jiff::Timestamp::now();
    let id = now.strftime("%Y%m%d_%H%M%S").to_string();
    let folder = root.join(&id);
    files::make(&folder)?;
    let mut report = Report { folder: folder.clone(), counts: Vec::new() };
    let mut components = serde_json::Map::from_iter([("crds".to_owned(), json!("*.yaml"))]);

    let definitions = listed(&api, DEFINITIONS).await?;
    let ours: Vec<Value> = definitions.into_iter().filter(is_ours).collect();
    let mut resources: Vec<Resource> = ours.iter().filter_map(resource).collect();
    resources.push(Resource {
        name: "ingresses".to_owned(),
        path: "/apis/networking.k8s.io/v1/ingresses".to_owned(),
        api_version: "networking.k8s.io/v1".to_owned(),
        kind: "Ingress".to_owned(),
    });
    let kept: Vec<Value> = ours.into_iter().map(clean::definition).collect();
    files::write(&folder, "definitions.yaml", "apiextensions.k8s.io/v1", "CustomResourceDefinition", &kept)?;
    components.insert("definitions".to_owned(), json!("definitions.yaml"));

    let mut named = BTreeSet::new();
    for resource in resources {
        let objects = listed(&api, &resource.path).await?;
        let objects: Vec<Value> = objects.into_iter().map(clean::object).collect();
        objects.iter().for_each(|object| clean::secrets(object, &mut named));
        let file = format!("{}.yaml", resource.name);
        files::write(&folder, &file, &resource.api_version, &resource.kind, &objects)?;
        let short = resource.name.split('.').next().unwrap_or_default().to_owned();
        // Of a kind in both groups that it has had, the newer one is named; the older one's file is there as well.
        if resource.name.ends_with(".traefik.io") || !components.contains_key(&short) {
            components.insert(short, json!(file));
        }
        report.counts.push((resource.name, objects.len()));
    }

    let mut secrets = Vec::new();
    for (namespace, name) in named {
        let path = format!("/api/v1/namespaces/{}/secrets/{}", escaped(&namespace), escaped(&name));
        match api.get(&path).await {
            Ok(mut secret) => {
                secret["apiVersion"] = json!("v1");
                secret["kind"] = json!("Secret");
                secrets.push(clean::object(secret));
            }
            // Whoever names a Secret that is not there has none to keep.
            Err(error) if error.code() == 404 => {}
            Err(error) => {
                return Err(BackupError::Api(format!("Secret {namespace}/{name}"), Box::new(error)));
            }
        }
    }
    files::write(&folder, "certificates.yaml", "v1", "Secret", &secrets)?;
    components.insert("certificates".to_owned(), json!("certificates.yaml"));
    report.counts.push(("secrets".to_owned(), secrets.len()));

    let list = json!({
        "backup_id": id,
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        "components": components,
    });
    files::list(&folder, &list)?;
    Ok(report)
}

/// Brings the objects of a folder back, also of one that `kubectl get -o yaml` wrote. An object that is there becomes what
/// the file says; nothing is deleted.
///
/// # Errors
///
/// Files cannot be read, or objects are not taken; the others are then.
pub async fn restore(reach: &Reach, folder: &Path) -> Result<Report, BackupError> {
    let mut objects = files::read(folder)?;
    if objects.is_empty() {
        return Err(BackupError::Empty(folder.to_owned()));
    }
    let api = Api::new(reach).await?;
    // Namespaces and kinds before what is in and of them, and what others name before those.
    objects.sort_by_key(rank);
    let mut report = Report { folder: folder.to_owned(), counts: Vec::new() };
    let (mut refused, all) = (Vec::new(), objects.len());
    for object in objects {
        let object = clean::object(object);
        let (kind, name) = (text(&object, "/kind"), text(&object, "/metadata/name"));
        match apply(&api, &object).await {
            Ok(()) => count(&mut report, kind),
            Err(why) => {
                refused.push(format!("  {kind} {}/{name}: {why}", text(&object, "/metadata/namespace")))
            }
        }
    }
    if refused.is_empty() { Ok(report) } else { Err(BackupError::Refused { refused, all }) }
}

/// Makes an object what it is to be. A kind that was defined a moment ago may take a moment to be served.
async fn apply(api: &Api, object: &Value) -> Result<(), String> {
    let (version, kind) = (text(object, "/apiVersion"), text(object, "/kind"));
    let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
    let mut tries = TRIES;
    loop {
        let outcome = once(api, object, &root, kind).await;
        tries -= 1;
        match outcome {
            Err((404, _)) if tries > 0 => tokio::time::sleep(PAUSE).await,
            Err((_, why)) => return Err(why),
            Ok(()) => return Ok(()),
        }
    }
}

async fn once(api: &Api, object: &Value, root: &str, kind: &str) -> Result<(), (u16, String)> {
    let told = |error: ApiError| (error.code(), error.to_string());
    let known = api.get(root).await.map_err(told)?;
    let resources = known.get("resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let found = resources.iter().find(|one| text(one, "/kind") == kind && !text(one, "/name").contains('/'));
    let Some(found) = found else { return Err((404, format!("the cluster has no kind {kind} in {root}"))) };
    let namespace = match found.get("namespaced").and_then(Value::as_bool) {
        Some(true) => {
            let written = text(object, "/metadata/namespace");
            format!("/namespaces/{}", escaped(if written.is_empty() { "default" } else { written }))
        }
        _ => String::new(),
    };
    let name = escaped(text(object, "/metadata/name"));
    let path = format!("{root}{namespace}/{}/{name}?fieldManager=windrose&force=true", text(found, "/name"));
    api.apply(&path, object).await.map(|_| ()).map_err(told)
}

/// All objects of a path; none of a kind that the cluster does not have.
async fn listed(api: &Api, path: &str) -> Result<Vec<Value>, BackupError> {
    match api.all(path, "").await {
        Ok(all) => Ok(all),
        Err(error) if error.code() == 404 => Ok(Vec::new()),
        Err(error) => Err(BackupError::Api(path.to_owned(), Box::new(error))),
    }
}

/// Whether a definition is that of a kind of gateway or mesh.
fn is_ours(definition: &Value) -> bool {
    let group = text(definition, "/spec/group");
    group.contains("traefik") || group.ends_with("smi-spec.io") || group.contains("maesh")
}

/// Where the objects of a definition are found: at the version that is stored, or else one that is served.
fn resource(definition: &Value) -> Option<Resource> {
    let versions = definition.pointer("/spec/versions")?.as_array()?;
    let is = |version: &&Value, what: &str| version.get(what).and_then(Value::as_bool).unwrap_or_default();
    let served: Vec<&Value> = versions.iter().filter(|version| is(version, "served")).collect();
    let version = served.iter().find(|version| is(version, "storage")).or_else(|| served.first())?;
    let (group, plural) = (text(definition, "/spec/group"), text(definition, "/spec/names/plural"));
    let api_version = format!("{group}/{}", text(version, "/name"));
    Some(Resource {
        name: format!("{plural}.{group}"),
        path: format!("/apis/{api_version}/{plural}"),
        kind: text(definition, "/spec/names/kind").to_owned(),
        api_version,
    })
}

/// The name of a kind of gateway or mesh, and where its objects are found; nothing for other definitions.
pub(crate) fn path_of(definition: &Value) -> Option<(String, String)> {
    let resource = resource(definition).filter(|_| is_ours(definition))?;
    Some((resource.name, resource.path))
}

fn rank(object: &Value) -> u8 {
    match text(object, "/kind") {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        "Secret" | "ConfigMap" => 2,
        _ => 3,
    }
}

fn count(report: &mut Report, kind: &str) {
    match report.counts.iter_mut().find(|(known, _)| known == kind) {
        Some((_, count)) => *count += 1,
        None => report.counts.push((kind.to_owned(), 1)),
    }
}

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/// How often and after which pause a kind is looked for that is not served yet.
const TRIES: usize = 40;
const PAUSE: Duration = Duration::from_millis(250);
