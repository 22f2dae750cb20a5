use super::*;

#[test]
fn the_end_of_a_name_tells_the_form() {
    let cases = [
        ("a.yaml", Some(Format::Yaml)),
        ("dir.d/a.YML", Some(Format::Yaml)),
        ("a.toml", Some(Format::Toml)),
        ("a.json", Some(Format::Json)),
        ("a.conf", None),
        ("yaml", None),
    ];
    for (path, format) in cases {
        assert_eq!(Format::of_file(path), format, "{path}");
    }
}
