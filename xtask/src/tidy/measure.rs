//! What one file holds.

use super::imports::Imports;
use super::source::{self, Line, is_word};

/// The measures of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) purpose: Purpose,
    /// Lines outside inline test modules, blank ones included.
    pub(super) lines: usize,
    /// Lines that hold code.
    pub(super) code: usize,
    /// Lines that hold a comment and no code.
    pub(super) comments: usize,
    /// Lines of inline test modules.
    pub(super) tests: usize,
    pub(super) has_module_doc: bool,
    /// Paths, without extension, of the modules this file declares for tests alone.
    pub(super) test_modules: Vec<String>,
    pub(super) functions: Vec<Function>,
    pub(super) habits: Habits,
    pub(super) imports: Imports,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Purpose {
    #[default]
    Product,
    Test,
}

/// One function and how many lines it takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) lines: usize,
}

/// How often a file does what we would rather not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Habits {
    pub(super) panics: Vec<usize>,
    pub(super) unsafes: Vec<usize>,
    pub(super) todos: Vec<usize>,
    pub(super) allows: Vec<usize>,
    pub(super) clones: usize,
    pub(super) cfgs: usize,
}

impl File {
    pub(super) fn measure(path: &str, text: &str) -> Self {
        let all = source::lines(text);
        let tests = inline_tests(&all);
        let product: Vec<(usize, &Line)> = all
            .iter()
            .enumerate()
            .filter(|(at, _)| !tests.contains(at))
            .map(|(at, line)| (at + 1, line))
            .collect();
        let mut file = Self {
            path: path.to_owned(),
            purpose: purpose(path),
            lines: product.len(),
            tests: tests.len(),
            has_module_doc: all.first().is_some_and(|line| line.comment.starts_with("//!")),
            test_modules: test_modules(path, &all),
            functions: functions(&product),
            imports: Imports::read(product.iter().map(|(_, line)| *line)),
            ..Self::default()
        };
        for (number, line) in product {
            file.count(number, line);
        }
        file
    }

    /// Whether this is the file of `module`, or one below it.
    pub(super) fn belongs_to(&self, module: &str) -> bool {
        self.path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }

    fn count(&mut self, number: usize, line: &Line) {
        let code = line.code.trim();
        if !code.is_empty() {
            self.code += 1;
        } else if !line.comment.is_empty() {
            self.comments += 1;
        }
        let panics = [".unwrap()", "panic!(", "todo!(", "unreachable!(", "unimplemented!("];
        if panics.iter().any(|word| code.contains(word)) {
            self.habits.panics.push(number);
        }
        if words(code).any(|word| word == "unsafe") {
            self.habits.unsafes.push(number);
        }
        if line.comment.contains("TODO") && !line.comment.contains("TODO(#") {
            self.habits.todos.push(number);
        }
        if (code.contains("#[allow(") || code.contains("#![allow(")) && !code.contains("reason") {
            self.habits.allows.push(number);
        }
        self.habits.clones += code.matches(".clone()").count();
        self.habits.cfgs += usize::from(code.contains("#[cfg(") && !code.contains("#[cfg(test)]"));
    }
}

fn purpose(path: &str) -> Purpose {
    let in_tests = path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches" | "examples"));
    if in_tests { Purpose::Test } else { Purpose::Product }
}

/// Where the modules declared as `#[cfg(test)] mod name;` are.
fn test_modules(path: &str, lines: &[Line]) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let after_test = lines.windows(2).filter(|pair| pair[0].code.trim() == "#[cfg(test)]");
    let declared = after_test.filter_map(|pair| {
        let mut words = words(&pair[1].code).skip_while(|word| *word != "mod").skip(1);
        words.next().filter(|_| pair[1].code.trim_end().ends_with(';'))
    });
    declared.map(|name| format!("{folder}/{name}")).collect()
}

/// The positions of the lines of `#[cfg(test)] mod … { … }`.
fn inline_tests(lines: &[Line]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let opens = lines.get(at + 1).is_some_and(|next| {
            words(&next.code).next() == Some("mod") && next.code.trim_end().ends_with('{')
        });
        if line.code.trim() == "#[cfg(test)]" && opens {
            let rest: Vec<(usize, &Line)> = lines.iter().enumerate().skip(at + 1).collect();
            let end = closing_line(&rest).unwrap_or(lines.len() - 1);
            found.extend(at..=end);
            at = end;
        }
        at += 1;
    }
    found
}

fn functions(lines: &[(usize, &Line)]) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, (number, line)) in lines.iter().enumerate() {
        let mut words = words(&line.code).skip_while(|word| *word != "fn").skip(1);
        let Some(name) = words.next() else { continue };
        let rest = lines.get(at..).unwrap_or_default();
        if let Some(end) = closing_line(rest) {
            found.push(Function { name: name.to_owned(), line: *number, lines: end - number + 1 });
        }
    }
    found
}

/// The line on which the first brace that opens is closed again; none when a `;` comes before it.
fn closing_line(lines: &[(usize, &Line)]) -> Option<usize> {
    let (mut braces, mut others) = (0_usize, 0_usize);
    for (number, line) in lines {
        for c in line.code.chars() {
            match c {
                '(' | '[' => others += 1,
                ')' | ']' => others = others.saturating_sub(1),
                '{' => braces += 1,
                '}' if braces == 1 => return Some(*number),
                '}' => braces = braces.saturating_sub(1),
                ';' if braces == 0 && others == 0 => return None,
                _ => {}
            }
        }
    }
    None
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}
