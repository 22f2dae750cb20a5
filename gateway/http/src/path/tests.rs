use super::*;

fn parse(raw: &str) -> Result<Target, Failure> {
    let mut target = Target::default();
    target.parse(raw.as_bytes(), Cleaning::Sanitize, Semicolons::Separate)?;
    Ok(target)
}

#[test]
fn paths_reach_one_normal_form() {
    let cases = [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/b/", "/a/b/"),
        ("/public/../admin", "/admin"),
        ("/public/%2e%2E/admin", "/admin"),
        ("/public/.%2e/admin", "/admin"),
        ("//admin", "/admin"),
        ("/./admin", "/admin"),
        ("/admin/.", "/admin"),
        ("/a//b///", "/a/b/"),
        ("/..", "/"),
        ("/../..", "/"),
        ("/%61dmin", "/admin"),
        ("/a%2fb", "/a%2Fb"),
        ("/a%2F..%2Fb", "/a%2F..%2Fb"),
        ("/admin;x=y", "/admin;x=y"),
        ("/a\\b", "/a%5Cb"),
        ("/a\"b", "/a%22b"),
        ("/%c0%ae", "/%C0%AE"),
        ("/public../admin", "/public../admin"),
        ("/.hidden", "/.hidden"),
    ];
    for (raw, path) in cases {
        assert_eq!(parse(raw).expect("valid").path(), path, "{raw}");
    }
}

#[test]
fn what_no_two_readers_agree_on_is_refused() {
    for raw in ["", "a", "*", "/a#b", "/a?b#c", "/a%", "/a%2", "/a%zz", "/%u002e"] {
        assert_eq!(parse(raw).err(), Some(Failure::BadRequest), "{raw}");
    }
}

#[test]
fn rules_see_reserved_characters_escaped_and_others_decoded() {
    let cases = [
        ("/a%2fb", "/a%2Fb"),
        ("/a%20b", "/a b"),
        ("/%C3%A9", "/é"),
        ("/a%25b", "/a%25b"),
        ("/a%7bb", "/a{b"),
    ];
    for (raw, routing) in cases {
        assert_eq!(parse(raw).expect("valid").routing(), routing, "{raw}");
    }
}

#[test]
fn a_query_is_kept_but_for_its_semicolons() {
    let target = parse("/a?b=%2e%2E/../c;d=e").expect("valid");
    assert_eq!(target.as_str(), "/a?b=%2e%2E/../c&d=e");
    assert_eq!(target.query(), Some("b=%2e%2E/../c&d=e"));
    let mut target = Target::default();
    target.parse(b"/?a;b", Cleaning::Sanitize, Semicolons::Encode).expect("valid");
    assert_eq!(target.as_str(), "/?a%3Bb");
    assert_eq!(parse("/").expect("valid").query(), None);
    assert_eq!(parse("/?").expect("valid").as_str(), "/?");
}

#[test]
fn segments_stay_when_the_entry_point_says_so() {
    let mut target = Target::default();
    target.parse(b"/a//../b", Cleaning::Keep, Semicolons::Separate).expect("valid");
    assert_eq!(target.path(), "/a//../b");
}

#[test]
fn a_rewritten_path_must_be_clean() {
    let mut target = parse("/foo/bar?q=1").expect("valid");
    target.set_path("/bar").expect("clean");
    assert_eq!(target.as_str(), "/bar?q=1");
    target.set_path("").expect("the root");
    assert_eq!(target.as_str(), "/?q=1");
    for path in ["bar", "/../x", "//x", "/a%", "/%61"] {
        assert_eq!(target.set_path(path), Err(Failure::BadRequest), "{path}");
    }
}

#[test]
fn what_is_left_of_a_stripped_path_must_be_clean() {
    let cases = [
        ("/api/x?q", 4, Ok("/x?q")),
        ("/api", 4, Ok("/")),
        ("/api?q", 4, Ok("/?q")),
        ("/apix/y", 4, Ok("/x/y")),
        ("/api%2Fx", 4, Ok("/%2Fx")),
        ("/a%20b/c%2Fd", 6, Ok("/c%2Fd")),
        ("/api../x", 4, Err(Failure::BadRequest)),
        ("/api./x", 4, Err(Failure::BadRequest)),
        ("/a", 3, Err(Failure::BadRequest)),
    ];
    for (raw, length, expected) in cases {
        let mut target = parse(raw).expect("valid");
        assert_eq!(target.strip(length).map(|()| target.as_str()), expected, "{raw}");
    }
}

#[test]
fn a_stripped_path_is_routed_by_what_is_left() {
    let mut target = parse("/a%20b/c%2Fd%20").expect("valid");
    target.strip(6).expect("clean");
    assert_eq!((target.path(), target.routing()), ("/c%2Fd%20", "/c%2Fd "));
}

#[test]
fn a_prefix_is_put_before_path_and_routing_path() {
    let mut target = parse("/b%20c?q").expect("valid");
    target.prepend(&escape("/f o%20?"));
    assert_eq!(target.as_str(), "/f%20o%2520%3F/b%20c?q");
    assert_eq!(target.path(), "/f%20o%2520%3F/b%20c");
    assert_eq!(target.routing(), "/f o%2520%3F/b c");
}

#[test]
fn a_replaced_path_is_escaped_but_not_cleaned() {
    let cases = [("/a/../b//c", "/a/../b//c?q"), ("/a b", "/a%20b?q"), ("/%41%2f", "/A%2F?q")];
    for (path, expected) in cases {
        let mut target = parse("/x?q").expect("valid");
        target.replace_path(path).expect("valid");
        assert_eq!(target.as_str(), expected);
    }
    for path in ["x", "", "/%", "/%4"] {
        assert_eq!(parse("/").expect("valid").replace_path(path), Err(Failure::BadRequest), "{path}");
    }
}

#[test]
fn parameters_go_by_their_decoded_names() {
    let cases = [
        ("/a?key=1", "/a"),
        ("/a?b=1&key=2&c", "/a?b=1&c"),
        ("/a?k%65y=1&key&KEY=2", "/a?KEY=2"),
        ("/a?b=key&c=1%26key=2", "/a?b=key&c=1%26key=2"),
        ("/a?b=1;key=2", "/a?b=1"),
        ("/a?", "/a?"),
        ("/a", "/a"),
        ("/a?b&&c", "/a?b&&c"),
    ];
    for (raw, left) in cases {
        let mut target = parse(raw).expect("valid");
        target.retain_parameters(|name| name != b"key");
        assert_eq!(target.as_str(), left, "{raw}");
    }
    assert_eq!(parameter("a+b=c%2Bd%zz+"), (b"a b"[..].into(), b"c+d%zz "[..].into()));
    assert_eq!(parameter("a"), (b"a"[..].into(), b""[..].into()));
}
