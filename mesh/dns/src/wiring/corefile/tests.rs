use proptest::prelude::*;

use super::*;

const PLAIN: &str = "\
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
";

/// Both blocks of a mesh in `default`, for CoreDNS before 1.7, as operators have them.
const OLD_BLOCKS: &str = r"
#### Begin Maesh Block
maesh:53 {
    errors
    rewrite continue {
        name regex ([a-zA-Z0-9-_]*)\.([a-zv0-9-_]*)\.maesh default-{1}-6d61657368-{2}.default.svc.cluster.local
        answer name default-([a-zA-Z0-9-_]*)-6d61657368-([a-zA-Z0-9-_]*)\.default\.svc\.cluster\.local {1}.{2}.maesh
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        upstream
        fallthrough in-addr.arpa ip6.arpa
    }
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
#### End Maesh Block

#### Begin Traefik Mesh Block
traefik.mesh:53 {
    errors
    rewrite continue {
        name regex ([a-zA-Z0-9-_]*)\.([a-zv0-9-_]*)\.traefik.mesh default-{1}-6d61657368-{2}.default.svc.cluster.local
        answer name default-([a-zA-Z0-9-_]*)-6d61657368-([a-zA-Z0-9-_]*)\.default\.svc\.cluster\.local {1}.{2}.traefik.mesh
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        upstream
        fallthrough in-addr.arpa ip6.arpa
    }
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
#### End Traefik Mesh Block
";

const OLD: Version = Version::Known(1, 6);
const NEW: Version = Version::Known(1, 11);

/// Texts that are no mesh's, as clusters have them.
fn plain() -> Vec<String> {
    vec![
        PLAIN.to_owned(),
        String::new(),
        "\n".to_owned(),
        PLAIN.trim_end().to_owned(),
        format!("{PLAIN}\n\n"),
        PLAIN.replace('\n', "\r\n"),
        format!("# maesh:53 {{ is not here\n{PLAIN}# the end"),
        format!("{PLAIN}corp.example:53 {{\n    forward . 10.0.0.1\n    cache 30\n}}\n"),
        format!("{PLAIN}a.example, b.example,\nc.example:53 {{\n    forward . 10.0.0.1\n}}\n"),
        format!("(log) {{\n    log\n}}\n{PLAIN}import custom/*.server\n"),
        ".:53 {\n    template IN A \"} {\" {\n        answer \"\\\" }\"\n    }\n} # }".to_owned(),
        ".:53 {\r\n    errors\r\n}\r".to_owned(),
    ]
}

fn wanted(namespace: &str) -> Wanted {
    Wanted::new(namespace, "cluster.local").unwrap()
}

fn patched(text: &str, wanted: &Wanted, version: Version) -> String {
    patch(text, wanted, version).unwrap().unwrap_or_else(|| panic!("nothing changes in {text:?}"))
}

#[test]
fn a_first_patch_appends_what_traefik_mesh_appends() {
    for text in plain() {
        assert_eq!(patched(&text, &wanted("default"), OLD), format!("{text}{OLD_BLOCKS}"));
    }
}

#[test]
fn from_1_7_on_there_are_blanks_where_upstream_was() {
    for version in [Version::Known(1, 7), NEW, Version::Unknown, Version::Known(2, 0)] {
        let text = patched(PLAIN, &wanted("default"), version);
        assert_eq!(text, format!("{PLAIN}{OLD_BLOCKS}").replace("        upstream\n", "        \n"));
    }
}

#[test]
fn namespace_and_domain_are_written_into_the_block() {
    let wanted = Wanted::new("mesh", "corp.example.org.").unwrap();
    let block = block(Zone::Maesh, &wanted, NEW).unwrap();
    for line in [
        r"        name regex ([a-zA-Z0-9-_]*)\.([a-zv0-9-_]*)\.maesh mesh-{1}-6d61657368-{2}.mesh.svc.corp.example.org",
        r"        answer name mesh-([a-zA-Z0-9-_]*)-6d61657368-([a-zA-Z0-9-_]*)\.mesh\.svc\.corp\.example\.org {1}.{2}.maesh",
        r"    kubernetes corp.example.org in-addr.arpa ip6.arpa {",
    ] {
        assert!(block.lines().any(|written| written == line), "{line}\nis not in\n{block}");
    }
}

#[test]
fn what_is_as_wanted_does_not_change() {
    for text in plain() {
        let once = patched(&text, &wanted("mesh"), NEW);
        assert_eq!(patch(&once, &wanted("mesh"), NEW), Ok(None));
    }
    let saved_on_windows = format!("{PLAIN}{OLD_BLOCKS}").replace('\n', "\r\n");
    assert_eq!(patch(&saved_on_windows, &wanted("default"), OLD), Ok(None));
}

#[test]
fn blocks_of_another_mesh_are_replaced_where_they_are() {
    let other = "corp.example:53 {\n    forward . 10.0.0.1\n}\n";
    let text = format!("{PLAIN}{OLD_BLOCKS}{other}");
    let now = patched(&text, &wanted("mesh"), NEW);
    let fresh = patched("", &wanted("mesh"), NEW);
    assert_eq!(now, format!("{PLAIN}{fresh}{other}"));
    // However often.
    assert_eq!(patched(&now, &wanted("default"), OLD), text);
}

#[test]
fn blocks_go_as_they_came() {
    for text in plain() {
        let mut now = text.clone();
        for (namespace, version) in [("default", OLD), ("mesh", NEW), ("default", NEW)] {
            now = patched(&now, &wanted(namespace), version);
            assert_eq!(restore(&now), Some(text.clone()));
        }
        assert_eq!(restore(&text), None);
    }
}

#[test]
fn what_was_written_after_the_blocks_stays_apart() {
    let now = restore(&format!("{}{OLD_BLOCKS}b.example {{\n}}\n", PLAIN.trim_end()));
    assert_eq!(now, Some(format!("{PLAIN}b.example {{\n}}\n")));
    let now = restore(&format!("{PLAIN}{OLD_BLOCKS}{PLAIN}"));
    assert_eq!(now, Some(format!("{PLAIN}{PLAIN}")));
    // Pasted by hand, without lines between.
    let pasted = format!("{PLAIN}{}", OLD_BLOCKS.trim_start().replace("\n\n", "\n"));
    assert_eq!(restore(&format!("{pasted}{PLAIN}")), Some(format!("{PLAIN}{PLAIN}")));
}

#[test]
fn blocks_of_a_text_saved_on_windows_go_as_well() {
    let text = format!("{PLAIN}{OLD_BLOCKS}").replace('\n', "\r\n");
    assert_eq!(restore(&text), Some(PLAIN.replace('\n', "\r\n")));
}

#[test]
fn a_block_that_is_there_twice_is_there_once_afterwards() {
    let text = format!("{PLAIN}{OLD_BLOCKS}{OLD_BLOCKS}");
    assert_eq!(patched(&text, &wanted("default"), OLD), format!("{PLAIN}{OLD_BLOCKS}"));
    assert_eq!(restore(&text), Some(PLAIN.to_owned()));
}

#[test]
fn blocks_inside_of_a_server_block_move_to_the_end() {
    let inside = format!("{}{OLD_BLOCKS}}}\n", PLAIN.trim_end().strip_suffix('}').unwrap());
    assert_eq!(patched(&inside, &wanted("default"), OLD), format!("{PLAIN}{OLD_BLOCKS}"));
    assert_eq!(restore(&inside), Some(PLAIN.to_owned()));
}

#[test]
fn one_block_alone_gets_the_other() {
    let maesh = OLD_BLOCKS.split_once("\n\n").unwrap().0;
    let text = format!("{PLAIN}{maesh}\n");
    assert_eq!(patched(&text, &wanted("default"), OLD), format!("{PLAIN}{OLD_BLOCKS}"));
}

#[test]
fn our_own_zone_is_forwarded_when_it_is_asked_for() {
    let wanted = wanted("default").with_zones(&Zone::ALL);
    assert_eq!(patch(PLAIN, &wanted, OLD), Err(CorefileError::NoServer));
    let block = r"
#### Begin Windrose Mesh Block
windrose.mesh:53 {
    errors
    forward . 10.96.0.53
    cache 5
    reload
}
#### End Windrose Mesh Block
";
    let wanted = wanted.with_server("10.96.0.53:53".parse().unwrap());
    let text = patched(PLAIN, &wanted, OLD);
    assert_eq!(text, format!("{PLAIN}{OLD_BLOCKS}{block}"));
    assert_eq!(restore(&text), Some(PLAIN.to_owned()));

    let moved = wanted.with_server("[fd00::53]:5353".parse().unwrap());
    let text = patched(&text, &moved, OLD);
    assert_eq!(text, format!("{PLAIN}{OLD_BLOCKS}{}", block.replace("10.96.0.53", "[fd00::53]:5353")));

    let gone = patched(&text, &moved.with_zones(&Zone::TRAEFIK), OLD);
    assert_eq!(gone, format!("{PLAIN}{OLD_BLOCKS}"));
}

#[test]
fn a_text_that_coredns_would_not_take_stays_as_it_is() {
    let header_alone = format!("{PLAIN}#### Begin Maesh Block\n");
    let header_twice = format!("{PLAIN}#### Begin Maesh Block{OLD_BLOCKS}");
    let unclosed = CorefileError::Unclosed("#### Begin Maesh Block", "#### End Maesh Block");
    for (text, error) in [
        (PLAIN.trim_end().strip_suffix('}').unwrap(), CorefileError::Braces),
        (&format!("{PLAIN}}}\n"), CorefileError::Braces),
        ("{\n}\n", CorefileError::Braces),
        (".:53\nforward . 10.0.0.1\n", CorefileError::NoBraces),
        (&header_alone, unclosed.clone()),
        (&header_twice, unclosed),
    ] {
        assert_eq!(patch(text, &wanted("default"), NEW), Err(error), "{text}");
    }
    assert_eq!(restore(&header_alone), None);
}

#[test]
fn a_zone_that_somebody_else_serves_is_not_served_twice() {
    for (key, is_taken) in [
        ("maesh", true),
        ("maesh:53", true),
        ("dns://MAESH.:53", true),
        ("corp.example, maesh:53", true),
        ("corp.example,maesh:53", true),
        ("maesh:5353", false),
        ("tls://maesh", false),
        ("corp.maesh", false),
        ("# maesh:53 {\n corp.example", false),
    ] {
        let text = format!("{PLAIN}{key} {{\n    forward . 10.0.0.1\n}}\n");
        let outcome = patch(&text, &wanted("default"), NEW);
        assert_eq!(
            matches!(outcome, Err(CorefileError::Taken(Zone::Maesh, ..))),
            is_taken,
            "{key}: {outcome:?}"
        );
    }
}

mod property {
    use super::*;

    proptest! {
        #![proptest_config(windrose_random::cases(500))]

        #[test]
        fn any_text_comes_back(text in "([a-z:.]{0,3}|k[0-9]:53 \\{\n\\}\n|[ \t]|\r?\n|\\{|\\}|#|\"|,|\\\\|import|é){0,30}") {
            match patch(&text, &wanted("default"), NEW) {
                Ok(now) => {
                    let now = now.unwrap();
                    prop_assert!(now.starts_with(&text));
                    prop_assert_eq!(patch(&now, &wanted("default"), NEW), Ok(None));
                    prop_assert_eq!(restore(&now), Some(text));
                }
                Err(_) => prop_assert_eq!(restore(&text), None),
            }
        }
    }
}
