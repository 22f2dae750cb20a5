//! Runs the differential suite; see the README beside `cases/`.

use std::{
    collections::VecDeque,
    env,
    path::Path,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

use windrose_differential::{
    differences::Differences,
    group::Group,
    proxy::Programs,
    run::{self, Verdict},
};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match suite(&arguments) {
        Ok(passed) if passed => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn suite(arguments: &[String]) -> Result<bool, String> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = home.ancestors().nth(2).ok_or("no workspace around this crate")?;
    let groups = Group::read_all(&home.join("cases")).map_err(|error| error.to_string())?;
    let selection = Selection::new(arguments);
    if arguments.iter().any(|argument| argument == "--list") {
        for name in groups.iter().flat_map(|group| selection.names(group)) {
            println!("{name}: test");
        }
        return Ok(true);
    }
    let programs = Programs::find(root)?;
    let differences = match Programs::twice_traefik() {
        true => Differences::default(),
        false => Differences::read(&home.join("differences.yaml"))?,
    };
    println!("comparing {} with {}", programs.windrose.display(), programs.traefik.display());
    let started = Instant::now();
    let results = run_all(&groups, &programs, &selection);
    let mut report = Report::new(differences);
    for result in results {
        report.add(result);
    }
    report.close(&selection);
    Ok(report.print(started))
}

/// Which cases the command line asks for.
struct Selection {
    parts: Vec<String>,
    exact: bool,
}

impl Selection {
    fn new(arguments: &[String]) -> Self {
        let parts = arguments.iter().filter(|argument| !argument.starts_with('-')).cloned().collect();
        Self { parts, exact: arguments.iter().any(|argument| argument == "--exact") }
    }

    fn takes(&self, name: &str) -> bool {
        let fits = |part: &String| if self.exact { part == name } else { name.contains(part.as_str()) };
        self.parts.is_empty() || self.parts.iter().any(fits)
    }

    fn indices(&self, group: &Group) -> Vec<usize> {
        let cases = group.cases.iter().enumerate();
        cases
            .filter(|(_, case)| self.takes(&format!("{}::{}", group.name, case.name)))
            .map(|(index, _)| index)
            .collect()
    }

    fn names(&self, group: &Group) -> Vec<String> {
        let cases = self.indices(group).into_iter().filter_map(|index| group.cases.get(index));
        cases.map(|case| format!("{}::{}", group.name, case.name)).collect()
    }
}

/// Runs the groups, a few at a time, and keeps their order.
fn run_all(
    groups: &[Group],
    programs: &Programs,
    selection: &Selection,
) -> Vec<Result<Vec<Verdict>, String>> {
    let waiting: Mutex<VecDeque<usize>> = Mutex::new((0..groups.len()).collect());
    let done = Mutex::new(Vec::new());
    let work = || {
        while let Some(number) = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            let Some(group) = groups.get(number) else { continue };
            let chosen = selection.indices(group);
            if !chosen.is_empty() {
                let result = run::group(group, programs, &chosen);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Collects what passed and what did not.
struct Report {
    differences: Differences,
    passed: usize,
    failures: Vec<String>,
}

impl Report {
    fn new(differences: Differences) -> Self {
        Self { differences, passed: 0, failures: Vec::new() }
    }

    fn add(&mut self, result: Result<Vec<Verdict>, String>) {
        match result {
            Ok(verdicts) => verdicts.into_iter().for_each(|verdict| self.judge(&verdict)),
            Err(message) => self.failures.push(message),
        }
    }

    fn judge(&mut self, verdict: &Verdict) {
        let mut wrong = Vec::new();
        if verdict.traefik.statuses != verdict.expected {
            let (wanted, seen) = (&verdict.expected, &verdict.traefik.statuses);
            wrong.push(format!("  the case says that Traefik answers {wanted:?}, it answered {seen:?}"));
        }
        let mut intended = 0;
        for disagreement in &verdict.disagreements {
            if self.differences.excuse(&verdict.name, disagreement) {
                intended += 1;
            } else {
                let (fact, traefik) = (&disagreement.fact, &disagreement.traefik);
                wrong.push(format!(
                    "  {fact}\n    traefik:  {traefik}\n    windrose: {}",
                    disagreement.windrose
                ));
            }
        }
        for wanted in self.differences.wanted(&verdict.name) {
            let seen = (&verdict.windrose.statuses, verdict.windrose.received);
            if seen != (&wanted.statuses, wanted.received) {
                let wanted = (&wanted.statuses, wanted.received);
                wrong.push(format!(
                    "  differences.yaml wants (statuses, received) {wanted:?}, windrose gave {seen:?}"
                ));
            }
        }
        if env::var_os("DIFFERENTIAL_SHOW").is_some() {
            for (fact, value) in &verdict.traefik.facts {
                println!("    {fact} = {value}");
            }
        }
        let name = &verdict.name;
        if wrong.is_empty() {
            let note =
                if intended > 0 { format!(" ({intended} intended differences)") } else { String::new() };
            println!("test {name} ... ok{note}");
            self.passed += 1;
        } else {
            println!("test {name} ... FAILED");
            self.failures.push(format!("{name}\n{}", wrong.join("\n")));
        }
    }

    /// Once everything ran, an intended difference that was not seen is a failure, too.
    fn close(&mut self, selection: &Selection) {
        if selection.parts.is_empty() {
            let stale = self.differences.stale();
            self.failures
                .extend(stale.into_iter().map(|entry| format!("stale in differences.yaml: {entry}")));
        }
    }

    fn print(&self, started: Instant) -> bool {
        if !self.failures.is_empty() {
            println!("\nfailures:\n\n{}\n", self.failures.join("\n\n"));
        }
        let passed = self.failures.is_empty();
        println!(
            "\ntest result: {}. {} passed; {} failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s\n",
            if passed { "ok" } else { "FAILED" },
            self.passed,
            self.failures.len(),
            started.elapsed().as_secs_f64(),
        );
        passed
    }
}

/// Groups in progress at the same time; each has two proxies.
const AT_ONCE: usize = 4;
