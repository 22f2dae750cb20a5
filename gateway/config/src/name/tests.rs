use super::*;

#[test]
fn a_bare_name_belongs_to_the_referrer() {
    let file: Arc<str> = "file".into();
    assert_eq!(QualifiedName::parse("api", &file).to_string(), "api@file");
    assert_eq!(QualifiedName::parse("api@internal", &file).to_string(), "api@internal");
    assert_eq!(QualifiedName::parse("a@b@docker", &file).to_string(), "a@b@docker");
}
