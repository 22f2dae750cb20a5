//! The same of a Compose file: a label is the option that its name says, and so is a flag; of the environment only names
//! are shown.

use std::ops::Range;
use std::sync::Arc;

use windrose_config::tree::{Style, Value, nearest};
use windrose_config::{Mark, Tree};

use super::{Search, Step, place};

impl Search<'_> {
    /// Walks through the services of a Compose file.
    pub(super) fn services(&mut self, services: &Tree) {
        for service in services.entries() {
            for (name, part) in service.value.entries().iter().map(|entry| (&*entry.key, &entry.value)) {
                match name {
                    "labels" => self.pairs(part, label),
                    "deploy" => part.field("labels").into_iter().for_each(|labels| self.pairs(labels, label)),
                    "command" | "entrypoint" => self.pairs(part, flag),
                    "environment" => self.pairs(part, |_| Meaning::Hidden),
                    "image" | "container_name" | "extends" | "networks" | "network_mode" | "ports" => {}
                    _ => self.collect(part),
                }
            }
        }
    }

    /// Walks through a file of labels.
    pub(super) fn lines(&mut self, text: &str) {
        for (number, line) in (1..).zip(text.lines()) {
            let Some((name, value)) = line.split_once('=') else { continue };
            let start = name.chars().count() + 1;
            self.pair(label(name.trim()), value, Mark::new(number, 1), start..start + value.chars().count());
        }
    }

    /// A table, or a list of `name=value`.
    fn pairs(&mut self, tree: &Tree, meaning: fn(&str) -> Meaning) {
        for entry in tree.entries() {
            if let Some(text) = entry.value.as_text() {
                self.pair(meaning(&entry.key), text, entry.value.mark, place(&entry.value, text));
            }
        }
        let Value::List(items) = &tree.value else {
            return if tree.as_text().is_some() {
                self.collect(tree)
            };
        };
        for item in items {
            let Some((name, value)) = item.as_text().and_then(|text| text.split_once('=')) else { continue };
            let mut at = place(item, item.as_text().unwrap_or_default());
            at.start += name.chars().count() + 1;
            self.pair(meaning(name), value, item.mark, at);
        }
    }

    fn pair(&mut self, meaning: Meaning, text: &str, mark: Mark, at: Range<usize>) {
        let is_shown = match meaning {
            Meaning::Shown => true,
            Meaning::Hidden => false,
            Meaning::Option(steps) => {
                self.steps = steps;
                let shown = self.is_shown(&Tree::text(text, Style::Bare, mark), text);
                self.steps.clear();
                shown
            }
        };
        if !is_shown {
            self.hidden.0.insert((mark.line, at.start), at.end);
        }
    }
}

/// What a value beside a name is.
enum Meaning {
    /// Nothing that anybody hides.
    Shown,
    /// Anything.
    Hidden,
    /// The option at the end of these steps.
    Option(Vec<Step>),
}

fn label(name: &str) -> Meaning {
    let name = name.to_ascii_lowercase();
    let Some(path) = name.strip_prefix("traefik.") else { return Meaning::Hidden };
    let is_of_provider = path == "enable" || path.starts_with("docker.") || path.starts_with("swarm.");
    // Where a server is; files call it servers, and write it otherwise.
    if is_of_provider || path.contains(".loadbalancer.server.") {
        return Meaning::Shown;
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let sections = ["http", "tcp", "udp", "tls"];
    match nearest(first, &sections).filter(|_| !sections.contains(&first)) {
        Some(meant) => Meaning::Option(steps(&format!("{meant}.{rest}"))),
        None => Meaning::Option(steps(path)),
    }
}

fn flag(name: &str) -> Meaning {
    let path = name.trim_start_matches('-');
    if path.eq_ignore_ascii_case("configFile") { Meaning::Shown } else { Meaning::Option(steps(path)) }
}

/// `a.b[0].c`
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, index) = part.split_once('[').map_or((part, None), |(key, index)| (key, Some(index)));
        steps.push(Step::Key(Arc::from(key)));
        steps.extend(index.map(|_| Step::Item));
    }
    steps
}
