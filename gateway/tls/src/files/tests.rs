use super::*;

fn read(written: &str) -> Result<Vec<u8>, ReadError> {
    file_or_content(&none, &FileOrContent::new(written))
}

fn none(path: &str) -> io::Result<Vec<u8>> {
    match path {
        "/cert.pem" => Ok(b"from the file".to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

#[test]
fn a_path_is_read_and_content_is_not() {
    assert_eq!(read("/cert.pem").unwrap(), b"from the file");
    let inline = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    assert_eq!(read(inline).unwrap(), inline.as_bytes());
}

#[test]
fn a_missing_file_is_named() {
    let error = read("/missing.pem").unwrap_err();
    assert_eq!(error.source.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains("/missing.pem"));
}

#[test]
fn text_of_several_lines_is_never_taken_for_a_path() {
    assert_eq!(read("MIIB\nsecret").unwrap(), b"MIIB\nsecret");
}
