use super::*;
use crate::configuration::from_flags;
use crate::problems;

fn read(flags: &[&str]) -> Result<Providers, String> {
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let install = from_flags(&flags).map_err(|wrong| problems::text(&wrong))?;
    Providers::read(&install.loaded).map_err(|wrong| problems::text(&wrong))
}

#[test]
fn the_file_provider_is_the_only_one() {
    assert!(read(&[]).unwrap().file.is_none());
    let options = read(&["--providers.file.directory=/routes"]).unwrap().file.unwrap();
    assert_eq!(options.target.path().to_str(), Some("/routes"));
    assert!(read(&["--providers.docker"]).unwrap_err().contains("docker"));
}

#[test]
fn wrong_options_have_a_place() {
    let wrong = read(&["--providers.file.filename=a", "--providers.file.directory=b"]).unwrap_err();
    assert!(wrong.contains("remove one of them"), "{wrong}");
    let wrong = read(&["--providers.file.watch=perhaps", "--providers.file.filename=a"]).unwrap_err();
    assert!(wrong.starts_with("--providers.file.watch: error: "), "{wrong}");
}
