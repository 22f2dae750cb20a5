//! What every dashboard is held to.

use std::collections::HashSet;

use crate::pages::Pages;

/// What is wrong with a dashboard: files that nobody names or that are not there, what runs or loads anything else,
/// what makes markup of text, and too much of it all.
#[must_use]
pub fn faults(pages: &Pages) -> Vec<String> {
    let mut faults = Vec::new();
    let names: HashSet<&str> = pages.texts().map(|(name, _)| name).collect();
    let mut named = HashSet::from([String::new()]);
    for (name, text) in pages.texts() {
        for path in needs(text).map(|address| beside(name, address)) {
            if !names.contains(&*path) {
                faults.push(format!("{name} names {path}, which is not there"));
            }
            named.insert(path);
        }
        let never = MARKUP.iter().filter(|word| text.contains(**word));
        faults.extend(never.map(|word| format!("{name} has {word}")));
        if text.matches("://").count() != text.matches("http://www.w3.org/2000/svg").count() {
            faults.push(format!("{name} has an address of elsewhere"));
        }
    }
    faults.extend(
        names.iter().filter(|name| !named.contains(**name)).map(|name| format!("nobody names {name}")),
    );
    let page = pages.texts().find(|(name, _)| name.is_empty()).map_or("", |(_, text)| text);
    let scripts = names.iter().filter(|name| name.ends_with(".js"));
    let late = scripts.filter(|name| !page.contains(&format!("=\"./{name}\"")));
    faults.extend(late.map(|name| format!("{name} is not loaded at once")));
    faults.extend(
        INLINE.iter().filter(|word| page.contains(**word)).map(|word| format!("the page has {word}")),
    );
    let bytes: usize = pages.texts().map(|(_, text)| text.len()).sum();
    if bytes > MOST {
        faults.push(format!("all of it has {bytes} bytes, of {MOST}"));
    }
    faults
}

/// Addresses in a script or page, of the files that it needs.
fn needs(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\'']).filter(|word| word.starts_with("./") || word.starts_with("../"))
}

/// The path of a file that another one names.
fn beside(name: &str, address: &str) -> String {
    let mut folder: Vec<&str> = name.split('/').collect();
    folder.pop();
    for step in address.split('/') {
        match step {
            "." => {}
            ".." => {
                folder.pop();
            }
            step => folder.push(step),
        }
    }
    folder.join("/")
}

const MARKUP: [&str; 6] =
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"];
const INLINE: [&str; 5] = ["<style", " style=", " onclick=", "<script>", "javascript:"];
/// As many bytes as a dashboard has.
const MOST: usize = 160 << 10;
