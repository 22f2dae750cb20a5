use super::*;
use crate::options::Options;
use windrose_config::{Source, Tree};

fn choice() -> Choice {
    let mut choice = Options::decode(&Tree::null(), &Source::other("nothing")).unwrap().choice;
    choice.network = "front".into();
    choice
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn read(family: Family, labels: Pairs<'_>) -> Result<Own, Wrong> {
    let all = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Own::read("container a", &all, &choice(), family)
}

#[test]
fn labels_speak_to_the_provider_in_any_case() {
    let own = read(Family::Docker, &[]).unwrap();
    let expected =
        Own { is_enabled: true, network: "front".into(), is_balanced_by_swarm: false, may_be_stopped: false };
    assert_eq!(own, expected);
    let own = read(
        Family::Docker,
        &[
            ("traefik.Enable", "F"),
            ("traefik.docker.Network", ""),
            ("traefik.docker.allowNonRunning", "true"),
            ("traefik.http.routers.a.rule", "not ours"),
        ],
    )
    .unwrap();
    let expected = Own { is_enabled: false, network: String::new(), may_be_stopped: true, ..expected };
    assert_eq!(own, expected);
    for name in ["traefik.swarm.lbswarm", "traefik.docker.lbswarm"] {
        assert!(read(Family::Swarm, &[(name, "true")]).unwrap().is_balanced_by_swarm, "{name}");
    }
}

#[test]
fn what_cannot_be_understood_is_told_and_a_wrong_switch_is_off() {
    let cases: &[(Pairs<'_>, &str, bool)] = &[
        (&[("traefik.enable", "yes")], "traefik.enable: error: ", true),
        (&[("traefik.enabled", "false")], "traefik.enabled: error: unknown field `enabled`", false),
        (&[("traefik.docker.netwrok", "x")], "traefik.docker.netwrok: error: unknown field `netwrok`", false),
        (&[("traefik.docker.lbswarm", "on")], "traefik.docker.lbswarm: error: ", false),
        (
            &[("traefik.docker.network", "a"), ("traefik.swarm.network", "b")],
            "traefik.docker.network: error: traefik.docker.* and traefik.swarm.* are both written",
            false,
        ),
    ];
    for (labels, expected, is_switch) in cases {
        let wrong = read(Family::Swarm, labels).unwrap_err();
        let text = wrong.problems[0].to_string();
        assert!(text.starts_with(&format!("labels of container a: {expected}")), "{text}");
        assert_eq!(wrong.is_switch, *is_switch, "{text}");
    }
}
