//! The program `windrose`: arguments in, a running gateway out.
//!
//! Owns the wiring of everything else, and what is printed on standard output and standard error. It is the only place
//! that turns a failure into an exit code: 0 for an end in order, 1 for a problem that was printed, 2 for arguments that
//! make no command, 3 for a request that `explain` finds nobody for.

mod arguments;
mod certificate;
mod check;
mod client;
mod compose;
mod configuration;
mod explain;
mod healthcheck;
mod helper;
mod mesh;
mod problems;
mod quick;
mod run;
mod tail;
mod top;
mod version;
mod welcome;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use windrose_config::harmless::{harmless, harmless_lines, is_harmful};
use windrose_config::static_config::Choice;
use windrose_sys::Inherited;

use arguments::{Check, Command, Format, Quick};
use check::Checked;
use configuration::{Install, Surroundings};
use healthcheck::{PATIENCE, Target};
use mesh::Mesh;
use run::Failure;

// Without huge pages (feature `no_thp`): with them an idle gateway holds 14 MiB of heap, without 2.5.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // While there is one thread: it takes the variables out of the environment.
    let inherited = Inherited::from_env();
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let command = match arguments::parse(arguments.collect()) {
        Ok(command) => command,
        Err(misuse) => {
            complain(&format!("error: {misuse}\n"));
            return ExitCode::from(2);
        }
    };
    let around = Surroundings::of_process();
    match command {
        Command::Help => print(HELP),
        Command::Version => print(&version::lines()),
        Command::Check(Check { what, format }) => print_check(&check::check(&what, &around), format),
        Command::Certificate(what) => match certificate::run(&what, &around) {
            Ok(text) => print(&text),
            Err(failure) => fail(&failure),
        },
        Command::Explain(asked) => explain::run(&asked, &around),
        Command::Tail(asked) => tail::run(&asked),
        Command::Top(asked) => top::run(&asked),
        Command::Healthcheck(arguments) => healthcheck(&arguments, &around),
        Command::Helper(helper) => helper::run(helper, &around),
        Command::Run(arguments) => {
            let install = configuration::find(&arguments, &around).map_err(Failure::Configuration);
            if install.as_ref().is_ok_and(|install| install.choice == Choice::Defaults) {
                complain(welcome::TEXT);
            }
            conclude(install, None, inherited)
        }
        Command::Mesh(mesh) => run_mesh(&mesh, &around, inherited),
        Command::Quick(quick) => run_quick(quick, inherited),
    }
}

fn run_mesh(mesh: &Mesh, around: &Surroundings, inherited: Inherited) -> ExitCode {
    match mesh.flags(around.variables()) {
        Ok(Some(flags)) => {
            let install = configuration::from_flags(&flags).map_err(Failure::Configuration);
            conclude(install, None, inherited)
        }
        Ok(None) => match mesh::run(mesh, around.variables()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                complain(&format!("error: {}\n", chain(&error)));
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            complain(&format!("error: {error}\n"));
            ExitCode::from(2)
        }
    }
}

fn run_quick(quick: Quick, inherited: Inherited) -> ExitCode {
    let planned = quick::Plan::new(quick).map_err(|error| Failure::System("find a port for the demo", error));
    match planned {
        Ok((flags, plan)) => {
            let install = configuration::from_flags(&flags).map_err(Failure::Configuration);
            conclude(install, Some(plan), inherited)
        }
        Err(failure) => fail(&failure),
    }
}

fn conclude(install: Result<Install, Failure>, quick: Option<quick::Plan>, inherited: Inherited) -> ExitCode {
    let is_quick = quick.is_some();
    match install.and_then(|install| run::run(install, quick, inherited)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if is_quick && failure.is_taken_port() => {
            complain(&format!("error: {}\n      = {ANOTHER_PORT}\n", chain(&failure)));
            ExitCode::FAILURE
        }
        Err(failure) => fail(&failure),
    }
}

fn fail(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Configuration(wrong) => {
            let mut wrong = wrong.clone();
            problems::sort(&mut wrong);
            wrong.dedup();
            complain(&problems::text(&wrong));
        }
        other => complain(&format!("error: {}\n", chain(other))),
    }
    ExitCode::FAILURE
}

fn print_check(checked: &Checked, format: Format) -> ExitCode {
    let Checked { read, problems: found, .. } = checked;
    let text = match format {
        Format::Json => escaped(&format!("{:#}\n", problems::document(found))),
        Format::Text => {
            format!("{}{}: {}\n", problems::text(found), harmless(read), problems::summary(found))
        }
    };
    let printed = print(&text);
    if configuration::is_fatal(found) { ExitCode::FAILURE } else { printed }
}

fn healthcheck(arguments: &[String], around: &Surroundings) -> ExitCode {
    let install = match configuration::find(arguments, around) {
        Ok(install) => install,
        Err(wrong) => return fail(&Failure::Configuration(wrong)),
    };
    let asked = Target::of(&install.loaded.config).and_then(|target| target.ask(PATIENCE).map(|()| target));
    match asked {
        Ok(target) => print(&format!("OK: {}\n", target.url())),
        Err(unwell) => {
            print(&format!("{unwell}\n"));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // Some say the words of their cause themselves.
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

/// Prints what was asked for; a reader that has gone away is no reason to complain.
fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

/// Prints a piece of something that goes on; whether somebody reads it.
fn is_printed(text: &str) -> bool {
    let mut out = io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// A document of JSON with escapes for what a terminal would obey, which is in its texts alone.
fn escaped(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if is_harmful(c) && c != '\n' {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

fn complain(text: &str) {
    // There is nowhere left to complain about this one.
    let _ = io::stderr().write_all(harmless_lines(text).as_bytes());
}

/// What to do about a port that is taken, where no configuration names it.
const ANOTHER_PORT: &str = "name another one with --listen, for example --listen 127.0.0.1:8081";

const HELP: &str = include_str!("help.txt");
