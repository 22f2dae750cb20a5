use std::path::PathBuf;
use std::time::Duration;

use super::{Program, Settings, Signal};
use crate::task::Task;

const LIMIT: Duration = Duration::from_secs(10);

/// Lets a shell play the program; the script sees the entry point as `$1` and the flag as `$2`.
fn shell<'a>(arguments: &'a [&'a str]) -> Settings<'a> {
    Settings {
        entry_points: &["web"],
        static_config: "address: ${web}\n",
        dynamic_config: "folder: ${dir}\n",
        arguments,
        binary: Some(PathBuf::from("/bin/sh")),
        ..Settings::default()
    }
}

#[tokio::test]
async fn a_program_gets_its_configuration_and_its_signals() {
    let script = "trap 'echo reopened' USR1; trap 'echo stopped; exit 0' TERM\n\
                  cat windrose.yml dynamic.yml; echo \"$1 $2\"\n\
                  while :; do sleep 0.01; done";
    let mut program = Program::spawn(shell(&["-c", script, "windrose", "--web=${web}"]));
    let web = program.entry_point("web");
    let path = program.folder().path().to_owned();
    let folder = path.display();
    program.wait_for_log(&format!("address: {web}\nfolder: {folder}\n")).await;
    program.wait_for_log(&format!("--web={web} --configFile={folder}/windrose.yml\n")).await;

    program.signal(Signal::User1);
    program.wait_for_log("reopened").await;
    assert!(program.stop(LIMIT).await.ends_with("stopped\n"));
    assert!(!path.exists());
}

#[tokio::test]
async fn the_dynamic_configuration_can_change_while_the_program_runs() {
    let script = "while ! grep changed dynamic.yml; do sleep 0.01; done";
    let program = Program::spawn(shell(&["-c", script]));
    program.write_dynamic("changed: ${web}");
    let expected = format!("changed: {}\n", program.entry_point("web"));
    let (status, log) = program.wait(LIMIT).await;
    assert!(status.success());
    assert_eq!(log, expected);
}

#[tokio::test]
async fn a_program_that_ends_too_soon_shows_what_it_said() {
    let settings = shell(&["-c", "echo no such option >&2; exit 3"]);
    let message = Task::spawn(Program::start(settings)).panic_message().await;
    assert!(message.contains("exit status: 3"), "{message}");
    assert!(message.contains("no such option"), "{message}");
}

#[tokio::test]
async fn ending_badly_fails_the_test() {
    let mut program =
        Program::spawn(shell(&["-c", "trap 'exit 1' TERM; echo on; while :; do sleep 0.01; done"]));
    program.wait_for_log("on").await;
    let message = Task::spawn(program.stop(LIMIT)).panic_message().await;
    assert!(message.contains("the program ended with exit status: 1"), "{message}");
}
