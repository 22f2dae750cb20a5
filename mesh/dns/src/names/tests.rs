use super::*;

fn table() -> Table {
    let mut table = Table::new();
    table.add("whoami", "default", ["10.96.1.1".parse().unwrap(), "fd00::1".parse().unwrap()]).unwrap();
    table.add("Whoami", "Default", ["10.96.1.1".parse().unwrap(), "10.96.1.2".parse().unwrap()]).unwrap();
    table.add("pending", "default", []).unwrap();
    table
}

fn labels(name: &str) -> Vec<&[u8]> {
    name.split('.').map(str::as_bytes).collect()
}

#[test]
fn a_name_is_a_service_a_namespace_a_zone_or_nothing() {
    let table = table();
    let whoami = Addresses {
        v4: vec![[10, 96, 1, 1].into(), [10, 96, 1, 2].into()],
        v6: vec!["fd00::1".parse().unwrap()],
    };
    for (name, found) in [
        ("whoami.default.traefik.mesh", Some((Found::Service(&whoami), 2))),
        ("whoami.default.maesh", Some((Found::Service(&whoami), 2))),
        ("whoami.default.windrose.mesh", Some((Found::Service(&whoami), 2))),
        ("WhoAmI.DEFAULT.Traefik.MESH", Some((Found::Service(&whoami), 2))),
        ("pending.default.maesh", Some((Found::Service(&Addresses::default()), 2))),
        ("default.traefik.mesh", Some((Found::Namespace, 1))),
        ("traefik.mesh", Some((Found::Zone, 0))),
        ("maesh", Some((Found::Zone, 0))),
        ("other.default.maesh", Some((Found::Unknown, 2))),
        ("other.maesh", Some((Found::Unknown, 1))),
        ("whoami.other.maesh", Some((Found::Unknown, 2))),
        ("pod.whoami.default.maesh", Some((Found::Unknown, 3))),
        ("whoami.default.maesh.example", None),
        ("whoami.default.xmaesh", None),
        ("mesh", None),
        ("traefik", None),
        ("example.org", None),
    ] {
        assert_eq!(table.find(&labels(name)), found, "{name}");
    }
    // A dot inside of a label is a letter like others.
    assert_eq!(table.find(&[b"whoami.default", b"maesh"]), Some((Found::Unknown, 1)));
    assert_eq!(table.find(&[]), None);
    assert_eq!(table.len(), 2);
}

#[test]
fn a_table_takes_the_place_of_another_as_a_whole() {
    let names = Names::new();
    assert!(names.load().is_empty());
    let clone = names.clone();
    names.replace(table());
    assert_eq!((clone.load().len(), clone.load().serial()), (2, 1));
    names.replace(Table::new());
    assert_eq!((clone.load().len(), clone.load().serial()), (0, 2));
}

#[test]
fn what_dns_cannot_hold_is_refused() {
    let mut table = Table::new();
    let long = "a".repeat(64);
    for (service, namespace) in [("a.b", "c"), ("a", "b.c"), ("", "c"), (&long, "c"), ("a", &long)] {
        assert!(table.add(service, namespace, []).is_err());
    }
    assert!(table.is_empty());
}
