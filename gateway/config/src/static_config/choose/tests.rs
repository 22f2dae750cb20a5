use super::*;

const ALL: Present = Present { flags: true, environment: true };

fn chosen(search: &Search<'_>, existing: &[&str], present: Present) -> (Choice, Option<String>) {
    let (choice, warning) = choose(search, |file| existing.contains(&file), present);
    (choice, warning.map(|problem| problem.message))
}

#[test]
fn a_file_beats_flags_and_flags_beat_the_environment() {
    let search = Search::default();
    let file = "/etc/traefik/traefik.yml";
    assert_eq!(chosen(&search, &[file], ALL), (Choice::File(file.to_owned()), None));
    assert_eq!(chosen(&search, &[], ALL), (Choice::Flags, None));
    let environment = Present { flags: false, environment: true };
    assert_eq!(chosen(&search, &[], environment), (Choice::Environment, None));
    assert_eq!(chosen(&search, &[], Present::default()), (Choice::Defaults, None));
}

#[test]
fn files_are_looked_for_in_order() {
    let search = Search { explicit: Some("my.yaml"), config_home: Some("/x"), home: Some("/h") };
    let files = candidates(&search);
    assert_eq!(
        files[..4],
        [
            "my.yaml",
            "/etc/windrose/windrose.toml",
            "/etc/windrose/windrose.yaml",
            "/etc/windrose/windrose.yml"
        ]
    );
    let bases: Vec<&str> = files.iter().filter_map(|file| file.strip_suffix(".yml")).collect();
    let expected = [
        "/etc/windrose/windrose",
        "/x/windrose",
        "/h/.config/windrose",
        "./windrose",
        "/etc/traefik/traefik",
        "/x/traefik",
        "/h/.config/traefik",
        "./traefik",
    ];
    assert_eq!(bases, expected);
}

#[test]
fn a_missing_file_that_was_asked_for_is_said() {
    let search = Search { explicit: Some("my.yaml"), ..Search::default() };
    assert_eq!(
        chosen(&search, &["my.yaml", "./traefik.toml"], ALL),
        (Choice::File("my.yaml".to_owned()), None)
    );
    let (choice, warning) = chosen(&search, &["./traefik.toml"], ALL);
    assert_eq!(choice, Choice::File("./traefik.toml".to_owned()));
    assert_eq!(warning.as_deref(), Some("file my.yaml does not exist, ./traefik.toml is used instead"));
    let (choice, warning) = chosen(&search, &[], ALL);
    assert_eq!(choice, Choice::Flags);
    assert!(warning.is_some());
}
