//! Whatever is asked for: a second reader sees the same path, query and host as the first.

use proptest::prelude::*;
use windrose_http::exchange::Host;
use windrose_http::path::{Cleaning, Semicolons, Target};

/// Targets of the pieces that readers differ about.
fn target() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"/", b"/", b"//", b".", b"..", b"%2e", b"%2E%2e", b"%2f", b"%5c", b"\\", b"%00", b"%25", b"%",
        b"%zz", b"%61", b"admin", b"a", b";", b"?", b"&", b"=", b"#", b"%23", b"%3F", b"\"", b"<", b"[",
        b"|", b"%C3%A9", b"%c0%ae", b"~", b"\xff", b"\0", b" ",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..12)
        .prop_map(|pieces| [b"/", &pieces.concat()[..]].concat())
}

fn parse(raw: &[u8], cleaning: Cleaning, semicolons: Semicolons) -> Option<Target> {
    let mut target = Target::default();
    target.parse(raw, cleaning, semicolons).ok()?;
    Some(target)
}

proptest! {
    #![proptest_config(windrose_random::cases(2000))]

    #[test]
    fn a_target_is_read_again_as_it_was(raw in target()) {
        for cleaning in [Cleaning::Sanitize, Cleaning::Keep] {
            for semicolons in [Semicolons::Separate, Semicolons::Encode] {
                let Some(first) = parse(&raw, cleaning, semicolons) else { continue };
                let text = first.as_str();
                prop_assert!(text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()), "{}", text);
                prop_assert!(!text.contains('#') && !first.path().contains('?'), "{}", text);
                let second = parse(text.as_bytes(), cleaning, semicolons).expect("what was read once");
                prop_assert_eq!(second.as_str(), text);
                prop_assert_eq!(second.path(), first.path());
                prop_assert_eq!(second.routing(), first.routing());
            }
        }
    }

    #[test]
    fn a_clean_path_has_nothing_to_resolve(raw in target()) {
        let Some(target) = parse(&raw, Cleaning::Sanitize, Semicolons::Separate) else { return Ok(()) };
        let segments: Vec<&str> = target.path().split('/').skip(1).collect();
        let (last, others) = segments.split_last().expect("a path has a segment");
        prop_assert!(others.iter().all(|segment| !matches!(*segment, "" | "." | "..")), "{}", target.path());
        prop_assert!(!matches!(*last, "." | ".."), "{}", target.path());
        // What rules see does not hide a separator either.
        prop_assert_eq!(target.routing().split('/').count(), target.path().split('/').count());
    }

    #[test]
    fn what_changes_a_path_leaves_it_in_normal_form(raw in target(), cut in 0..20_usize, other in target()) {
        let Some(target) = parse(&raw, Cleaning::Sanitize, Semicolons::Separate) else { return Ok(()) };
        let mut stripped = target.clone();
        if target.path().is_char_boundary(cut) && stripped.strip(cut).is_ok() {
            let again = parse(stripped.as_str().as_bytes(), Cleaning::Sanitize, Semicolons::Separate)
                .expect("what was stripped");
            prop_assert_eq!(again.as_str(), stripped.as_str());
            prop_assert_eq!(stripped.query(), target.query());
        }
        let mut changed = target.clone();
        if let Ok(other) = std::str::from_utf8(&other)
            && changed.set_path(other).is_ok()
        {
            let again = parse(changed.as_str().as_bytes(), Cleaning::Sanitize, Semicolons::Separate)
                .expect("what was set");
            prop_assert_eq!(again.path(), changed.path());
        }
        let mut same = target.clone();
        same.set_path(target.path()).expect("a path in normal form");
        prop_assert_eq!(same.as_str(), target.as_str());
    }

    #[test]
    fn a_host_is_read_again_as_it_was(text in "[aA.:\\[\\]@/%_ 0-9-]{0,12}|\\[[0-9a-f:%]{1,12}\\](:[0-9]{0,6})?") {
        let mut first = Host::default();
        if first.set(text.as_bytes()).is_err() {
            return Ok(());
        }
        let mut second = Host::default();
        second.set(first.as_str().as_bytes()).expect("what was read once");
        prop_assert_eq!(second.name(), first.name());
        prop_assert_eq!(second.port(), first.port());
        prop_assert!(!first.name().contains(['@', '/', ' ', '%']) || text.starts_with('['), "{}", text);
        prop_assert_eq!(first.name().is_empty(), text.is_empty());
    }
}
