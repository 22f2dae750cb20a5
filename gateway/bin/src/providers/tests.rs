use super::*;
use crate::configuration::from_flags;
use crate::problems;

fn read(flags: &[&str]) -> Result<Providers, String> {
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let install = from_flags(&flags).map_err(|wrong| problems::text(&wrong))?;
    Providers::read(&install.loaded).map_err(|wrong| problems::text(&wrong))
}

#[test]
fn providers_are_those_that_are_asked_for() {
    assert_eq!(read(&[]).unwrap().names().count(), 0);
    let options = read(&["--providers.file.directory=/routes"]).unwrap().file.unwrap();
    assert_eq!(options.target.path().to_str(), Some("/routes"));
    let all =
        read(&["--providers.docker", "--providers.swarm=true", "--providers.docker.watch=false"]).unwrap();
    let names: Vec<Arc<str>> = all.names().collect();
    assert_eq!(names, [Arc::from("docker"), Arc::from("swarm")]);
    assert!(!all.docker.unwrap().watch && all.swarm.unwrap().refresh.is_some());
    assert!(read(&["--providers.docker=false"]).unwrap().docker.is_none());
    assert!(read(&["--providers.consul"]).unwrap_err().contains("consul"));
}

#[test]
fn options_of_docker_are_read_from_flags() {
    let flags = [
        "--providers.docker.exposedByDefault=false",
        "--providers.docker.endpoint=tcp://proxy:2375",
        "--providers.docker.defaultRule=Host(`{{ .Name }}.example.org`)",
        "--providers.docker.usebindportip",
        "--providers.docker.tls.insecureskipverify=true",
    ];
    let docker = read(&flags).unwrap().docker.unwrap();
    assert!(
        !docker.choice.exposed_by_default && docker.choice.use_bind_port_ip && docker.engine.tls.is_some()
    );
    let wrong = read(&["--providers.docker.exposedByDefaults=false"]).unwrap_err();
    assert!(wrong.contains("did you mean `exposedByDefault`?"), "{wrong}");
    let wrong = read(&["--providers.docker.constraints=Label(`a`)"]).unwrap_err();
    assert!(wrong.starts_with("--providers.docker.constraints: error: "), "{wrong}");
}

#[test]
fn wrong_options_have_a_place() {
    let wrong = read(&["--providers.file.filename=a", "--providers.file.directory=b"]).unwrap_err();
    assert!(wrong.contains("remove one of them"), "{wrong}");
    let wrong = read(&["--providers.file.watch=perhaps", "--providers.file.filename=a"]).unwrap_err();
    assert!(wrong.starts_with("--providers.file.watch: error: "), "{wrong}");
}
