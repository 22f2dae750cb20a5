//! The definitions in `charts/windrose-crds` have every kind that is read, and every field that the golden cases write.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::objects::Kind;

#[test]
fn every_kind_is_defined_in_both_groups() {
    let definitions = definitions();
    for kind in Kind::CUSTOM {
        let version = kind.api.trim_start_matches("/apis/");
        let definition = &definitions[&(version.to_owned(), kind.name.to_owned())];
        assert_eq!(definition["spec"]["names"]["plural"], kind.plural);
        assert_eq!(definition["spec"]["scope"], "Namespaced");
    }
    assert_eq!(definitions.len(), Kind::CUSTOM.len());
}

#[test]
fn no_field_of_a_case_is_pruned() {
    let definitions = definitions();
    let mut pruned = Vec::new();
    let mut count = 0;
    for file in files(&root().join("providers/kubernetes/src/translate/cases"), "yaml") {
        let text = fs::read_to_string(&file).unwrap();
        for part in text.split("\n---\n") {
            let object: Value = serde_saphyr::from_str(part).unwrap();
            let key = (text_of(&object, "apiVersion"), text_of(&object, "kind"));
            let Some(definition) = definitions.get(&key) else { continue };
            let schema =
                &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
            let name = format!("{} {}", file.file_stem().unwrap().display(), object["metadata"]["name"]);
            count += 1;
            walk(&object["spec"], schema, &name, &mut pruned);
        }
    }
    assert!(count > 40, "only {count} objects");
    assert_eq!(pruned, ["middlewares \"misspelt\".stripPrefix.prefixs"]);
}

/// Collects the fields that a schema does not have.
fn walk(value: &Value, schema: &Value, path: &str, pruned: &mut Vec<String>) {
    if schema["x-kubernetes-preserve-unknown-fields"] == true {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let known = [&schema["properties"][name.as_str()], &schema["additionalProperties"]];
                match known.into_iter().find(|schema| !schema.is_null()) {
                    Some(schema) => walk(inner, schema, &format!("{path}.{name}"), pruned),
                    None => pruned.push(format!("{path}.{name}")),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, &schema["items"], path, pruned)),
        _ => {}
    }
}

fn definitions() -> BTreeMap<(String, String), Value> {
    let read = |file: PathBuf| {
        let definition: Value = serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let version = text_of(&definition["spec"]["versions"][0], "name");
        let group = text_of(&definition["spec"], "group");
        ((format!("{group}/{version}"), text_of(&definition["spec"]["names"], "kind")), definition)
    };
    files(&root().join("charts/windrose-crds/definitions"), "yaml").into_iter().map(read).collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.extension().is_some_and(|known| known == ending)).collect()
}

fn text_of(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
