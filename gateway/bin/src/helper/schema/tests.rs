use super::*;

#[test]
fn every_option_of_the_install_configuration_is_in_its_schema() {
    let schema = of(Document::Install);
    let at = |path: &str| schema.pointer(path).is_some();
    assert!(at("/properties/entryPoints/additionalProperties/properties/address"));
    assert!(at("/properties/providers/properties/docker/properties/exposedByDefault"));
    assert!(at("/properties/providers/properties/file/properties/directory"));
    assert_eq!(schema["additionalProperties"], json!(false));
}

#[test]
fn every_kind_of_middleware_is_in_the_schema_of_routing() {
    let schema = of(Document::Routing);
    let kinds =
        &schema["properties"]["http"]["properties"]["middlewares"]["additionalProperties"]["properties"];
    for kind in &KINDS {
        assert!(kinds[kind.name].is_object(), "{}", kind.name);
    }
    let rate = &kinds["rateLimit"]["properties"]["average"];
    assert_eq!(rate["type"], json!(["string", "number", "boolean", "null"]));
}
