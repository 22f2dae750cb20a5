use super::{Level, UnknownLevel};

#[test]
fn names_are_read_in_any_case_and_printed_in_capitals() {
    for name in ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "PANIC"] {
        let level: Level = name.to_lowercase().parse().unwrap();
        assert_eq!(level.to_string(), name);
        assert_eq!(name.parse(), Ok(level));
    }
}

#[test]
fn the_older_name_of_warn_is_read() {
    assert_eq!("warning".parse(), Ok(Level::Warn));
}

#[test]
fn other_names_are_refused() {
    assert_eq!("loud".parse::<Level>(), Err(UnknownLevel("loud".to_owned())));
}
