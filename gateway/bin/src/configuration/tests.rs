use std::fs;
use std::path::PathBuf;

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("windrose-configuration-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn found(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Install, String> {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    find(&arguments, &Surroundings { variables }).map_err(|problems| crate::problems::text(&problems))
}

fn entry_points(install: &Install) -> Vec<&str> {
    install.loaded.config.entry_points.keys().map(|name| &**name).collect()
}

#[test]
fn a_file_beats_flags_and_flags_beat_the_environment() {
    let folder = Folder::new("order");
    let file = folder.write("x.yml", "entryPoints: {file: {address: ':1'}}\n");
    let variables = [("TRAEFIK_ENTRYPOINTS_ENV_ADDRESS", ":2")];
    let flag = "--entryPoints.flag.address=:3";
    let explicit = format!("--CONFIGFILE={file}");
    let install = found(&[&explicit, flag], &variables).unwrap();
    assert_eq!((entry_points(&install), &install.choice), (vec!["file"], &Choice::File(file)));
    let install = found(&[flag], &variables).unwrap();
    assert_eq!((entry_points(&install), &install.choice), (vec!["flag"], &Choice::Flags));
    let install = found(&[], &variables).unwrap();
    assert_eq!((entry_points(&install), &install.choice), (vec!["env"], &Choice::Environment));
    let install = found(&[], &[]).unwrap();
    assert_eq!((entry_points(&install), &install.choice), (vec![], &Choice::Defaults));
}

#[test]
fn what_does_not_count_is_counted_and_named() {
    let folder = Folder::new("unused");
    let file = folder.write("traefik.yml", "entryPoints: {file: {address: ':1'}}\n");
    let unused = |arguments: &[&str], variables: &[(&str, &str)]| -> Vec<String> {
        let install = found(arguments, variables).unwrap();
        install.unused.iter().map(|problem| problem.message.clone()).collect()
    };
    let home = ("XDG_CONFIG_HOME", folder.0.to_str().unwrap());
    let variable = ("TRAEFIK_PING", "true");
    assert_eq!(
        unused(&["--ping", "--entryPoints.a.address=:2"], &[home, variable]),
        [
            format!(
                "2 flags (--ping, --entryPoints.a.address) are not used, because {file} exists; \
                 give --configFile or move the file"
            ),
            format!(
                "1 environment variable (TRAEFIK_PING) is not used, because {file} exists; \
                 give --configFile or move the file"
            ),
        ]
    );
    let explicit = format!("--configFile={file}");
    assert_eq!(
        unused(&[&explicit, "--ping"], &[]),
        [format!("1 flag (--ping) is not used, because --configFile={file} is given; write them there")]
    );
    assert_eq!(
        unused(&["--ping"], &[variable]),
        ["1 environment variable (TRAEFIK_PING) is not used, because flags are given; write them as flags"]
    );
    assert_eq!(unused(&[&explicit], &[]), [""; 0]);
    assert_eq!(unused(&[], &[variable]), [""; 0]);
}

#[test]
fn a_folder_is_no_configuration_file() {
    let failure = found(&["--configFile=/tmp", "--ping"], &[]).unwrap_err();
    assert_eq!(failure, "error: --configFile=/tmp is a folder, name a file such as /tmp/traefik.yml\n");
}

#[test]
fn the_users_folder_is_searched() {
    let folder = Folder::new("home");
    let file = folder.write("traefik.toml", "[entryPoints.home]\naddress = ':1'\n");
    let install = found(&[], &[("XDG_CONFIG_HOME", folder.0.to_str().unwrap())]).unwrap();
    assert_eq!((entry_points(&install), &install.choice), (vec!["home"], &Choice::File(file)));
}

#[test]
fn a_missing_file_is_a_warning_when_something_else_is_said() {
    let install = found(&["--configFile=/missing.yml", "--entryPoints.flag.address=:3"], &[]).unwrap();
    assert_eq!(entry_points(&install), ["flag"]);
    let [warning] = &install.unused[..] else { panic!("{:?}", install.unused) };
    assert!(warning.message.contains("/missing.yml does not exist"), "{warning}");
}

#[test]
fn a_missing_file_stops_the_start_when_nothing_else_is_said() {
    let failure = found(&["--configFile", "/missing.yml"], &[]).unwrap_err();
    assert_eq!(failure, "error: file /missing.yml does not exist\n");
}

#[test]
fn files_that_say_nothing_are_refused() {
    let folder = Folder::new("empty");
    for (name, text) in [("a.yml", "# nothing\n"), ("b.toml", ""), ("c.yaml", "{}\n")] {
        let file = folder.write(name, text);
        let failure = found(&["--configFile", &file], &[]).unwrap_err();
        assert!(failure.contains("the file is empty"), "{failure}");
    }
    let file = folder.write("d.json", "{\"api\": {}}");
    assert!(found(&["--configFile", &file], &[]).unwrap_err().contains("rename it"));
}

#[test]
fn problems_show_their_line() {
    let folder = Folder::new("line");
    let file = folder.write("x.yml", "entryPoints:\n  web:\n    adress: ':80'\n");
    let failure = found(&["--configFile", &file], &[]).unwrap_err();
    assert!(failure.contains("    3 |     adress: ':80'\n      |     ^^^^^^\n"), "{failure}");
    assert!(failure.contains("did you mean `address`?"), "{failure}");
}
