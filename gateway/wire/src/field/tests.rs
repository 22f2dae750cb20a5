use super::*;

#[test]
fn every_name_is_found_whatever_its_case() {
    for (number, name) in NAMES.iter().enumerate().skip(1) {
        for spelling in [name.to_string(), name.to_ascii_lowercase(), name.to_ascii_uppercase()] {
            assert_eq!(usize::from(Id::of(spelling.as_bytes()).0), number, "{spelling}");
        }
    }
}

#[test]
fn strangers_are_other() {
    for name in ["", "x", "x-forwarded-fo", "x-forwarded-forr", "hostt", "grpc-encoding"] {
        assert_eq!(Id::of(name.as_bytes()), Id::OTHER, "{name}");
    }
}

#[test]
fn no_other_byte_stands_for_one_of_a_name() {
    for name in NAMES.iter().skip(1) {
        for at in 0..name.len() {
            for byte in 0..=u8::MAX {
                let mut spelling = name.as_bytes().to_vec();
                spelling[at] = byte;
                let same = byte.eq_ignore_ascii_case(&name.as_bytes()[at]);
                assert_eq!(Id::of(&spelling).text() == *name, same, "{name} with {byte:#x} at {at}");
            }
        }
    }
}

#[test]
fn aliases_of_owned_names_are_seen_and_the_true_spelling_is_none() {
    assert_eq!(owned_alias(b"X_Forwarded_For"), Some(Id::X_FORWARDED_FOR));
    assert_eq!(owned_alias(b"x.real.ip"), Some(Id::X_REAL_IP));
    assert_eq!(owned_alias(b"x-forwarded_tls~client!cert"), Some(Id::X_FORWARDED_TLS_CLIENT_CERT));
    assert_eq!(owned_alias(b"Content_Length"), Some(Id::CONTENT_LENGTH));
    assert_eq!(owned_alias(b"transfer.encoding"), Some(Id::TRANSFER_ENCODING));
    assert_eq!(owned_alias(b"x-forwarded-for"), None);
    assert_eq!(owned_alias(b"content-length"), None);
    assert_eq!(owned_alias(b"content_type"), None);
    assert_eq!(owned_alias(b"x_custom"), None);
    assert_eq!(owned_alias(b"user_agent"), None);
}

#[test]
fn a_set_holds_the_names_put_into_it_and_no_others() {
    for (number, name) in NAMES.iter().enumerate() {
        let mut set = Ids::NONE;
        set.insert(Id::of(name.as_bytes()));
        for (other, name) in NAMES.iter().enumerate() {
            let is_in = number == other && number != 0;
            assert_eq!(set.contains(Id::of(name.as_bytes())), is_in, "{number} {other}");
        }
    }
}

#[test]
fn spellings_differ_in_case_and_marks_only() {
    for mark in b"!#$%&'*+.^_`|~-" {
        let name = [b"X", &[*mark][..], b"aUTH", &[*mark], b"uSER"].concat();
        assert!(is_spelling(&name, b"x-auth-user"), "{}", String::from_utf8_lossy(&name));
        assert_eq!(Folded::of(&name).whole(), Some(&b"x-auth-user"[..]));
    }
    for name in ["xauthuser", "x-auth-use", "x-auth-user-", "x-auth-usex", ""] {
        assert!(!is_spelling(name.as_bytes(), b"x-auth-user"), "{name}");
    }
}

#[test]
fn folded_names_are_known_whatever_their_marks() {
    assert_eq!(Folded::of(b"if.range").whole(), Some(&b"if-range"[..]));
    assert_eq!(Folded::of(b"TRANSFER_ENCODING").id(), Id::TRANSFER_ENCODING);
    assert_eq!(Folded::of(b"Sec_WebSocket_Key").id(), Id::SEC_WEBSOCKET_KEY);
    let long = [b'A'; 65];
    let folded = Folded::of(&long);
    assert_eq!((folded.whole(), folded.beginning(), folded.id()), (None, &[b'a'; 64][..], Id::OTHER));
}
