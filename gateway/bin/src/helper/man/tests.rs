use super::*;

#[test]
fn the_page_has_all_that_the_help_has_and_every_option() {
    let page = page();
    for line in crate::HELP.lines().filter(|line| line.starts_with("  windrose")) {
        assert!(page.contains(&escaped(line)), "{line}");
    }
    for title in ["NAME", "USAGE", "SIGNALS", "EXIT CODES"] {
        assert!(page.contains(&format!(".SH {title}\n")), "{title}\n{page}");
    }
    for option in ["--entryPoints.<name>.address", "--providers.docker.endpoint", "--log.level"] {
        assert!(page.contains(&format!("\n{}\n", escaped(option))), "{option}");
    }
}
