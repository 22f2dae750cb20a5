use super::*;

#[test]
fn a_secret_is_never_printed() {
    let secret = Secret::new("hunter2");
    assert_eq!(format!("{secret:?}"), "xxxx");
    assert_eq!(serde_json::to_string(&secret).unwrap(), "\"xxxx\"");
    assert_eq!(secret.expose(), "hunter2");
}

#[test]
fn a_path_is_printed_and_content_is_not() {
    let path = FileOrContent::new("/etc/key.pem");
    let content = FileOrContent::new("-----BEGIN KEY-----\nabc");
    assert_eq!(serde_json::to_string(&path).unwrap(), "\"/etc/key.pem\"");
    assert_eq!(format!("{content:?}"), "\"xxxx\"");
    let keys = FileOrContent::new(" {\"keys\": [{\"kty\": \"oct\", \"k\": \"c2VjcmV0\"}]}");
    assert_eq!(serde_json::to_string(&keys).unwrap(), "\"xxxx\"");
}

#[test]
fn a_url_loses_its_password_and_nothing_else() {
    for (text, shown) in [
        ("http://u:secret@a.test:80/x", "http://u:xxxxxx@a.test:80/x"),
        ("\"http://u:p@ss@h\": bad, https://v:w@i", "\"http://u:xxxx@h\": bad, https://v:x@i"),
        ("http://u:se/cr?et#@h/", "http://u:xxxxxxxxx@h/"),
        ("redis://:pässword@h", "redis://:xxxxxxxx@h"),
        ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
        ("http://a.test:80/users/me@b.test", "http://a.test:80/users/me@b.test"),
        ("http://user@h http://h:80 mail: a:b@c", "http://user@h http://h:80 mail: a:b@c"),
        ("http://u:@h", "http://u:@h"),
        ("", ""),
    ] {
        assert_eq!(urls(text), shown);
        assert_eq!(urls(text).chars().count(), text.chars().count());
    }
}

#[test]
fn text_of_an_unknown_owner_is_not_shown_and_its_form_is() {
    let source = crate::Source::file("x.yml");
    let written = "{users: ['u:hash'], ttl: 5, on: true, nested: {token: abc, empty: ''}}";
    let tree = crate::source::parse(crate::source::Format::Yaml, written, &source).unwrap();
    let expected = serde_json::json!({
        "users": ["xxxx"], "ttl": 5, "on": true, "nested": {"token": "xxxx", "empty": ""},
    });
    assert_eq!(serde_json::to_value(Unowned(&tree)).unwrap(), expected);
}
