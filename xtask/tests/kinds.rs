//! A kind of middleware is a folder and a line of the list: nothing else of the product knows it.

use std::fs;
use std::path::{Path, PathBuf};

use windrose_middleware::list::KINDS;

/// Who may name a kind, and why.
const KNOWN: [(&str, &str); 12] = [
    ("gateway/middleware/src/list.rs", "the list"),
    ("gateway/middleware/src/http/mod.rs", "declares the folders"),
    ("gateway/engine/src/merge/internal.rs", "writes middlewares for options of the install configuration"),
    ("gateway/admin/src/view/entry_points.rs", "shows an option of entry points that has the same name"),
    ("gateway/middleware/src/tcp/ip_allow_list/mod.rs", "kinds of TCP that have the same names"),
    (
        "providers/kubernetes/src/translate/crd/middlewares.rs",
        "objects that name secrets where files name a value",
    ),
    ("providers/consul/src/catalog/options.rs", "a state of Consul has the same name"),
    ("providers/consul/src/catalog/instance.rs", "a state of Consul has the same name"),
    ("gateway/engine/src/compile/services/front.rs", "services have an option that is a middleware as well"),
    ("gateway/config/src/dynamic_config/decode.rs", "knows what Traefik does with an empty one"),
    ("providers/kubernetes/src/translate/nginx/steps.rs", "annotations of ingress-nginx become middlewares"),
    ("providers/kubernetes/src/translate/nginx/beside.rs", "one of them becomes a redirect"),
];

#[test]
fn nothing_of_the_product_names_a_kind_but_its_folder_and_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["gateway", "providers"] {
        sources(&root.join(folder), &mut files);
    }
    assert!(files.len() > 300, "{} files", files.len());
    let mut found = Vec::new();
    for path in files {
        let shown =
            path.strip_prefix(&root).expect("a path of the repository").to_string_lossy().into_owned();
        if KNOWN.iter().any(|(known, _)| *known == shown) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a file");
        for kind in &KINDS {
            let folder = snake(kind.name);
            let own = format!("gateway/middleware/src/http/{folder}/");
            // A kind may be made of another: then it uses that one's folder, beside its own.
            let is_kind = shown.starts_with("gateway/middleware/src/http/");
            if !shown.starts_with(&own) && !is_kind && names(&text, kind.name, &folder) {
                found.push(format!("{shown}: {}", kind.name));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

/// Whether code names a kind by its type or as it is written; options of the same name elsewhere are something else.
fn names(text: &str, kind: &str, folder: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let is_common =
        matches!(kind, "headers" | "errors" | "retry" | "chain" | "compress" | "respond" | "timeouts");
    let mut lines = code.filter(|line| {
        line.contains(&format!("middleware::http::{folder}"))
            || (!is_common && line.contains(&format!("\"{kind}\"")))
    });
    lines.next().is_some()
}

/// Product sources below a folder, without tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let is_test = ["tests", "tests.rs", "testing", "examples", "target"].contains(&name.as_str());
        if is_test {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

/// `addPrefix` as a folder is called: `add_prefix`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let after_lower = at > 0 && chars[at - 1].is_lowercase();
        let before_lower = at > 0 && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}
