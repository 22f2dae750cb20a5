//! Whatever arrives, decoding ends with a configuration or with problems, never otherwise.

use std::sync::Arc;

use proptest::prelude::*;
use windrose_config::origin::{Mark, Source};
use windrose_config::source::{Format, environment, flags, parse};
use windrose_config::tree::{Entry, Style, Tree, Value};
use windrose_config::{DynamicConfig, Severity, StaticConfig, refuse};

/// Words that lead deep into the types, and some that do not.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "http",
        "tcp",
        "udp",
        "tls",
        "routers",
        "services",
        "middlewares",
        "serversTransports",
        "a",
        "b@c",
        "rule",
        "service",
        "entryPoints",
        "priority",
        "domains",
        "main",
        "sans",
        "loadBalancer",
        "weighted",
        "servers",
        "url",
        "weight",
        "sticky",
        "cookie",
        "maxAge",
        "healthCheck",
        "interval",
        "headers",
        "certificates",
        "options",
        "stores",
        "clientAuth",
        "true",
        "false",
        "1",
        "-1",
        "10s",
        "1.5",
        "0x1f",
        ",",
        "a,b",
        "api",
        "ping",
        "log",
        "level",
        "providers",
        "file",
        "docker",
        "address",
        ":80",
        "transport",
        "certificatesResolvers",
        "acme",
        "experimental",
        "plugins",
        "0",
        "1",
        "x",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

fn tree() -> impl Strategy<Value = Tree> {
    let style = prop::sample::select(vec![Style::Plain, Style::Quoted, Style::Typed, Style::Bare]);
    let leaf = prop_oneof![
        1 => Just(Tree::null()),
        4 => (word(), style).prop_map(|(text, style)| Tree::text(text, style, Mark::new(1, 1))),
    ];
    leaf.prop_recursive(7, 200, 6, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        let table = prop::collection::vec((word(), inner), 0..6);
        prop_oneof![
            1 => list.prop_map(|items| Tree { mark: Mark::new(1, 1), value: Value::List(items.into()) }),
            6 => table.prop_map(|entries| {
                let entry = |(key, value): (String, Tree)| Entry { key: key.into(), mark: Mark::new(1, 1), value };
                Tree { mark: Mark::new(1, 1), value: Value::Table(entries.into_iter().map(entry).collect()) }
            }),
        ]
    })
}

/// A tree below a path of keys that exists, so that it meets a type.
fn document() -> impl Strategy<Value = Tree> {
    let paths = prop::sample::select(vec![
        "",
        "http",
        "http.routers.a",
        "http.routers.a.tls",
        "http.services.a",
        "http.services.a.loadBalancer",
        "http.services.a.loadBalancer.healthCheck",
        "http.services.a.loadBalancer.sticky",
        "http.services.a.weighted",
        "http.middlewares.a",
        "http.serversTransports.a",
        "tcp.routers.a",
        "tcp.services.a.loadBalancer",
        "udp.routers",
        "tls",
        "tls.certificates",
        "tls.options.a",
        "tls.stores.a",
        "api",
        "entryPoints.a",
        "providers",
        "providers.file",
        "certificatesResolvers.a.acme",
        "experimental.plugins.a",
        "log",
    ]);
    (paths, tree()).prop_map(|(path, tree)| {
        path.split('.').filter(|key| !key.is_empty()).rev().fold(tree, |value, key| {
            let entry = Entry { key: key.into(), mark: Mark::new(1, 1), value };
            Tree { mark: Mark::new(1, 1), value: Value::Table([entry].into()) }
        })
    })
}

fn sources() -> [Arc<Source>; 2] {
    [Source::file("t.yaml"), Arc::new(Source::Environment([].into()))]
}

proptest! {
    #![proptest_config(windrose_random::cases(400))]

    #[test]
    fn any_tree_decodes(tree in document()) {
        for source in sources() {
            let config = DynamicConfig::decode(tree.clone(), &source, refuse::DYNAMIC);
            let errors = config.problems.iter().filter(|problem| problem.severity == Severity::Error);
            let lost = errors.filter_map(|problem| problem.object.as_ref());
            for object in lost.filter(|object| object.section.path() == "http.routers") {
                prop_assert!(!config.http.routers.contains_key(&object.name));
            }
            prop_assert!(serde_json::to_value(&config).is_ok());
            if let Ok(loaded) = StaticConfig::load(tree.clone(), &source, &[]) {
                prop_assert!(serde_json::to_value(&loaded.config).is_ok());
            }
        }
    }

    /// What is printed can be read again and is printed the same.
    #[test]
    fn what_is_printed_is_read_back(tree in document()) {
        let source = Source::file("t.json");
        let config = DynamicConfig::decode(tree, &source, &[]);
        let printed = serde_json::to_string(&config).unwrap();
        // traefik: a list without an element is taken, not printed, and what is left then is refused.
        prop_assume!(!printed.contains(r#""weighted":{}"#));
        let again = DynamicConfig::decode(parse(Format::Json, &printed, &source).unwrap(), &source, &[]);
        prop_assert_eq!(&again.problems, &vec![]);
        prop_assert_eq!(&again.http.routers, &config.http.routers);
        prop_assert_eq!(&again.tls, &config.tls);
        // Fields that a health check sends are hidden, so that they are read back as what hides them.
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), printed);
    }

    #[test]
    fn any_text_is_a_document_or_a_problem(text in "\\PC{0,80}", lines in prop::collection::vec(word(), 0..12)) {
        let text = format!("{text}\n{}", lines.join(": "));
        for format in [Format::Yaml, Format::Toml, Format::Json] {
            if let Err(problem) = parse(format, &text, &Source::file("t")) {
                prop_assert!(problem.origin.is_some());
            }
        }
    }

    #[test]
    fn any_arguments_are_flags_or_problems(words in prop::collection::vec(word(), 0..6)) {
        let arguments: Vec<String> = words.iter().map(|word| format!("--{}", word.replace(' ', "."))).collect();
        let shape = StaticConfig::shape();
        if let Ok(flags) = flags::parse(&arguments, &shape) {
            let _ = StaticConfig::load(flags.tree, &flags.source, &[]);
        }
        let variables = words.iter().map(|word| (format!("TRAEFIK_{}", word.to_uppercase()), word));
        if let Some(environment) = environment::parse(variables, &shape) {
            let _ = StaticConfig::load(environment.tree, &environment.source, &[]);
        }
    }
}
