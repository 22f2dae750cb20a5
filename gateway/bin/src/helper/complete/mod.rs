//! What may follow the words that were typed, for the completion of shells. Pure.

#[cfg(test)]
mod tests;

use windrose_config::Shape;

use super::schema;
use crate::arguments::Shell;

/// The text that a shell reads to complete our commands: it asks us each time.
pub(super) fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("windrose.bash"),
        Shell::Zsh => include_str!("windrose.zsh"),
        Shell::Fish => include_str!("windrose.fish"),
    }
}

/// What the last of these words may become. One that ends in `.` or `=` goes on.
pub(super) fn candidates(words: &[String]) -> Vec<String> {
    let Some((typed, before)) = words.split_last() else { return Vec::new() };
    let known: Vec<String> = match before.first().map(String::as_str) {
        None => {
            let mut all = commands();
            all.extend(options(typed, &OF_RUN));
            all
        }
        Some("run") => options(typed, &OF_RUN),
        Some("check") => options(typed, &["--format="]),
        Some("explain") => options(typed, &OF_EXPLAIN),
        Some("tail") => owned(&["--filter=", "--json", "--api=", "--insecure"]),
        Some("top") => owned(&["--once", "--interval=", "--most=", "--api=", "--insecure"]),
        Some("healthcheck") => options(typed, &[]),
        Some("cert") if before.len() == 1 => owned(&["list", "renew", "revoke"]),
        Some("cert") => options(typed, &[]),
        Some("migrate") if before.len() == 1 => owned(&["traefik", "ingress-nginx"]),
        Some("migrate") => options(typed, &[]),
        Some("docker-proxy") => owned(&["--listen=", "--endpoint="]),
        Some("mesh") if before.len() == 1 => owned(&["controller", "node", "dns", "prepare", "cleanup"]),
        Some("backup" | "restore" | "diagnose") => owned(&["--kubeConfig=", "--masterURL=", "--namespace="]),
        Some("completions") if before.len() == 1 => owned(&["bash", "zsh", "fish"]),
        Some("schema") if before.len() == 1 => owned(&["install", "routing"]),
        Some(first) if first.starts_with('-') => options(typed, &OF_RUN),
        Some(_) => Vec::new(),
    };
    let begins =
        |word: &String| word.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
    known.into_iter().filter(begins).collect()
}

/// Options of the install configuration that a word may become, and `own`.
fn options(typed: &str, own: &[&str]) -> Vec<String> {
    if !typed.starts_with('-') {
        return Vec::new();
    }
    let mut all = owned(own);
    all.push("--configFile=".to_owned());
    let bare = typed.trim_start_matches('-');
    let (done, _) = bare.rsplit_once('.').map_or(("", bare), |(done, rest)| (done, rest));
    let shape = schema::install();
    let mut parts = done.split('.').filter(|part| !part.is_empty());
    let Some(Shape::Section(fields)) = parts.try_fold(&shape, |shape, part| shape.child(part)) else {
        return all;
    };
    let before = if done.is_empty() { "--".to_owned() } else { format!("--{done}.") };
    all.extend(fields.iter().map(|(name, shape)| match shape {
        Shape::Section(_) | Shape::Map(_) => format!("{before}{name}."),
        Shape::Boolean => format!("{before}{name}"),
        Shape::Open | Shape::Scalar | Shape::List(_) => format!("{before}{name}="),
    }));
    all
}

/// Those that the help names.
fn commands() -> Vec<String> {
    let lines = crate::HELP.lines().filter_map(|line| line.strip_prefix("  windrose "));
    let words = lines.filter_map(|line| line.split_whitespace().next());
    let mut commands: Vec<String> =
        words.map(|word| word.trim_matches(|c: char| !c.is_ascii_alphabetic()).to_owned()).collect();
    commands.sort();
    commands.dedup();
    commands
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

const OF_EXPLAIN: [&str; 7] =
    ["--header=", "--method=", "--entrypoint=", "--from=", "--json", "--api=", "--insecure"];
const OF_RUN: [&str; 5] = ["--to=", "--demo", "--host=", "--listen=", "--tls"];
