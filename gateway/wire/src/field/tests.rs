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
