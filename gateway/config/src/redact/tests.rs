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
}
