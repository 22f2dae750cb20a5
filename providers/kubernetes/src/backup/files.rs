//! Files of objects.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::BackupError;

/// Makes a folder that only its owner may look into: there are keys in it.
pub(super) fn make(folder: &Path) -> Result<(), BackupError> {
    let failed = |error| BackupError::File(folder.to_owned(), error);
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(failed)
}

/// Writes objects of one kind as a list.
pub(super) fn write(
    folder: &Path,
    name: &str,
    version: &str,
    kind: &str,
    objects: &[Value],
) -> Result<(), BackupError> {
    let named = |object: &Value| {
        let mut object = object.clone();
        object["apiVersion"] = version.into();
        object["kind"] = kind.into();
        object
    };
    let items: Vec<Value> = objects.iter().map(named).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    let path = folder.join(name);
    let text = serde_saphyr::to_string(&list)
        .map_err(|error| BackupError::File(path.clone(), io::Error::other(error)))?;
    put(&path, text.as_bytes())
}

/// Writes the list of what there is.
pub(super) fn list(folder: &Path, list: &Value) -> Result<(), BackupError> {
    put(&folder.join("manifest.json"), format!("{list:#}\n").as_bytes())
}

fn put(path: &Path, text: &[u8]) -> Result<(), BackupError> {
    use std::io::Write;
    let failed = |error| BackupError::File(path.to_owned(), error);
    let mut options = fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create(true).truncate(true).open(path).map_err(failed)?;
    file.write_all(text).map_err(failed)
}

/// The objects of every file of YAML in a folder.
pub(super) fn read(folder: &Path) -> Result<Vec<Value>, BackupError> {
    let failed = |error| BackupError::File(folder.to_owned(), error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if matches!(ending, "yaml" | "yml") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut objects = Vec::new();
    for path in paths {
        let bytes = windrose_sys::read_file(&path, LARGEST)
            .map_err(|error| BackupError::File(path.clone(), error))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| BackupError::Form(path.clone(), "it is no text".to_owned()))?;
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text)
            .map_err(|error| BackupError::Form(path.clone(), error.to_string()))?;
        documents.into_iter().for_each(|document| put_in(document, &mut objects));
    }
    // The same object may stand in several files.
    let mut seen = std::collections::HashSet::new();
    objects.retain(|object: &Value| {
        let part = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        seen.insert((part("/apiVersion"), part("/kind"), part("/metadata/namespace"), part("/metadata/name")))
    });
    Ok(objects)
}

/// An object, or those of a list.
fn put_in(mut document: Value, objects: &mut Vec<Value>) {
    let is_list = document.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    if let Some(items) = document.get_mut("items").and_then(Value::as_array_mut).filter(|_| is_list) {
        items.iter_mut().for_each(|item| put_in(item.take(), objects));
    } else if document.pointer("/metadata/name").is_some() {
        objects.push(document);
    }
}

/// As much as is read of a file of objects.
const LARGEST: u64 = 512 << 20;
