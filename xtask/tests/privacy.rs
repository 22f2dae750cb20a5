//! Every option that takes text is either shown or hidden, and `privacy.txt` says which.
//!
//! The types of the options are asked for their paths; a marked text is written at each path and read back the way the
//! API and the log show it. A new option fails here until somebody has decided what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use windrose_config::dynamic_config::{
    Middleware, Router, ServersTransport, Service, TcpRouter, TcpServersTransport, TcpService,
    TlsCertificate, TlsOptions, TlsStore, UdpRouter, UdpService,
};
use windrose_config::refuse::DYNAMIC;
use windrose_config::source::{Format, parse};
use windrose_config::{DynamicConfig, Located, Shape, Source, StaticConfig, decode};
use windrose_middleware::list::{Entry, KINDS, UNSUPPORTED};

#[test]
fn every_option_that_takes_text_is_classified() {
    let mut found = BTreeMap::new();
    for root in roots() {
        let mut paths = Vec::new();
        leaves(&root.shape, &mut Vec::new(), &mut paths);
        for steps in paths {
            if let Some(class) = root.classify(&steps) {
                found.insert(format!("{}{}", root.path, shown(&steps)), class);
            }
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/privacy.txt");
    let text = fs::read_to_string(file).expect("the list is beside this test");
    let listed: BTreeSet<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let known: BTreeSet<String> = found.iter().map(|(path, class)| format!("{class} {path}")).collect();
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let new: Vec<&&str> = known.difference(&listed).collect();
    let gone: Vec<&&str> = listed.difference(&known).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "decide whether these may be shown, and list them:\n{new:#?}\nnot so any more:\n{gone:#?}"
    );
}

#[test]
fn options_that_nobody_can_read_yet_show_no_text() {
    for kind in UNSUPPORTED {
        let options = json!({"a": MARK, "b": [{"c": MARK}], "on": true});
        let document = json!({"http": {"middlewares": {"m": {kind: options}}}});
        let (source, text) = (Source::other("a test"), document.to_string());
        let tree = parse(Format::Json, &text, &source).expect("a document");
        let written = DynamicConfig::decode(tree, &source, DYNAMIC);
        let shown = serde_json::to_string(&written).expect("it can be shown");
        assert!(shown.contains(kind) && shown.contains("xxxx") && !shown.contains(MARK), "{shown}");
    }
}

/// Shows a document; nothing when it is not accepted.
type Show = Box<dyn Fn(&Value) -> Option<String>>;

/// A part of the model with a type of its own.
struct Root {
    path: String,
    shape: Shape,
    show: Show,
}

fn roots() -> Vec<Root> {
    let mut roots = vec![
        root::<StaticConfig>("install"),
        root::<Router>("http.routers"),
        root::<Service>("http.services"),
        root::<ServersTransport>("http.serversTransports"),
        root::<TcpRouter>("tcp.routers"),
        root::<TcpService>("tcp.services"),
        root::<TcpServersTransport>("tcp.serversTransports"),
        root::<UdpRouter>("udp.routers"),
        root::<UdpService>("udp.services"),
        root::<TlsCertificate>("tls.certificates"),
        root::<TlsOptions>("tls.options"),
        root::<TlsStore>("tls.stores"),
    ];
    let kinds = KINDS.iter().map(kind);
    roots.extend(kinds);
    roots
}

fn root<T: DeserializeOwned + Serialize + 'static>(path: &str) -> Root {
    Root { path: path.to_owned(), shape: Shape::of::<T>(), show: Box::new(show::<T>) }
}

/// What is shown of the options of a middleware, as the API asks for it.
fn kind(entry: &'static Entry) -> Root {
    let show = move |document: &Value| {
        let source = Source::other("a test");
        let options = parse(Format::Json, &document.to_string(), &source).ok()?;
        let middleware = Middleware { kind: Located::from(Arc::from(entry.name)), options };
        serde_json::to_string(&(entry.check)(&middleware, &source).ok()?).ok()
    };
    let path = format!("http.middlewares.{}", entry.name);
    Root { path, shape: (entry.shape)(), show: Box::new(show) }
}

/// What is shown of a document; nothing when it is not accepted.
fn show<T: DeserializeOwned + Serialize>(document: &Value) -> Option<String> {
    let source = Source::other("a test");
    let tree = parse(Format::Json, &document.to_string(), &source).ok()?;
    serde_json::to_string(&decode::<T>(&tree, &source).ok()?).ok()
}

impl Root {
    /// What becomes of a text at this path; nothing where no text is accepted.
    fn classify(&self, steps: &[Step]) -> Option<&'static str> {
        let plain = (self.show)(&document(steps, MARK))?;
        let content = (self.show)(&document(steps, &format!("-----BEGIN {MARK}\n")))?;
        Some(match (plain.contains(MARK), content.contains(MARK)) {
            (true, true) => "shown",
            (true, false) => "content",
            (false, _) => "hidden",
        })
    }
}

#[derive(Clone)]
enum Step {
    Key(&'static str),
    Any,
    Item,
}

/// The paths of everything that could be text.
fn leaves(shape: &Shape, steps: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    let mut below = |step: Step, shape: &Shape| {
        steps.push(step);
        leaves(shape, steps, paths);
        steps.pop();
    };
    match shape {
        Shape::Section(fields) => fields.iter().for_each(|(name, shape)| below(Step::Key(name), shape)),
        Shape::Map(item) => below(Step::Any, item),
        Shape::List(item) => below(Step::Item, item),
        Shape::Boolean | Shape::Scalar | Shape::Open => paths.push(steps.clone()),
    }
}

fn document(steps: &[Step], text: &str) -> Value {
    steps.iter().rev().fold(text.into(), |inside, step| match step {
        Step::Key(name) => json!({*name: inside}),
        Step::Any => json!({"some-name": inside}),
        Step::Item => json!([inside]),
    })
}

fn shown(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|step| match step {
            Step::Key(name) => format!(".{name}"),
            Step::Any => ".<name>".to_owned(),
            Step::Item => "[]".to_owned(),
        })
        .collect()
}

const MARK: &str = "marker7f3a";
