use super::*;

#[test]
fn a_place_is_named_as_its_source_is_written() {
    let flags = Source::Flags(["--api".into(), "--log.level".into()].into());
    let labels = Source::Labels { owner: "container web-1".into(), names: ["traefik.enable".into()].into() };
    let cases = [
        (Source::File("routes.yaml".into()), Mark::new(3, 7), "routes.yaml:3:7"),
        (Source::File("routes.yaml".into()), Mark::default(), "routes.yaml"),
        (flags.clone(), Mark::new(2, 0), "--log.level"),
        (flags, Mark::new(9, 0), "command line"),
        (Source::Environment(["TRAEFIK_API".into()].into()), Mark::new(1, 0), "TRAEFIK_API"),
        (labels, Mark::new(1, 0), "labels of container web-1: traefik.enable"),
    ];
    for (source, mark, expected) in cases {
        assert_eq!(source.place(mark).to_string(), expected);
    }
}

#[test]
fn positions_take_no_part_in_equality() {
    let source = Source::file("a.yaml");
    let one = Written::new(Located::new("x", Mark::new(1, 1)), Origin::new(source.clone(), Mark::new(1, 1)));
    let two = Written::new(Located::new("x", Mark::new(9, 9)), Origin::new(source, Mark::new(5, 5)));
    assert_eq!(one, two);
}

#[test]
fn a_mark_is_eight_bytes() {
    assert_eq!(size_of::<Mark>(), 8);
}
