use super::{AddressError, BindAddress};

fn parse(text: &str) -> Result<BindAddress, AddressError> {
    text.parse()
}

#[test]
fn every_written_form_is_understood_and_printed_back() {
    let cases = [
        (":80", BindAddress::Any { port: 80 }),
        ("127.0.0.1:8080", BindAddress::Exact("127.0.0.1:8080".parse().unwrap())),
        ("[::]:443", BindAddress::Exact("[::]:443".parse().unwrap())),
        ("localhost:0", BindAddress::Named { host: "localhost".to_owned(), port: 0 }),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text), Ok(expected.clone()), "{text}");
        assert_eq!(expected.to_string(), text);
    }
}

#[test]
fn what_is_not_an_address_says_what_is_wrong() {
    assert_eq!(parse("80"), Err(AddressError::NoPort("80".to_owned())));
    assert_eq!(parse("a:http"), Err(AddressError::BadPort("a:http".to_owned())));
    assert_eq!(parse(":65536"), Err(AddressError::BadPort(":65536".to_owned())));
    assert_eq!(parse("::1:80"), Err(AddressError::BadHost("::1:80".to_owned())));
    assert_eq!(parse("[::zz]:80"), Err(AddressError::BadHost("[::zz]:80".to_owned())));
}
