use super::*;

fn current(text: &str) -> String {
    older(text, Protocol::Http).unwrap().current
}

#[test]
fn older_rules_have_a_spelling_in_the_current_syntax() {
    for (text, expected) in [
        ("Host(`a`, `b`)", "Host(`a`) || Host(`b`)"),
        ("Host(`a`,`b`) && Path(`/x`)", "(Host(`a`) || Host(`b`)) && Path(`/x`)"),
        ("!Host(`a`)", "!Host(`a`)"),
        ("Headers(`X`, `y`)", "Header(`X`, `y`)"),
        ("HostRegexp(`{sub:[a-z]+}.a.test`)", r"HostRegexp(`(?i)^(?:[a-z]+)\.a\.test$`)"),
        ("PathPrefix(`/x/{id}`)", "PathRegexp(`^/x/(?:[^/]+)`)"),
        ("Query(`a=b`)", "Query(`a`, `b`)"),
    ] {
        let found = current(text);
        assert_eq!(found.to_lowercase(), expected.to_lowercase());
        assert!(crate::parse(&found, Syntax::V3, Protocol::Http).is_ok(), "{found}");
    }
    let tcp = older("HostSNI(`a`, `b`)", Protocol::Tcp).unwrap();
    assert_eq!(tcp.current, "HostSNI(`a`) || HostSNI(`b`)");
    assert_eq!(older("Hst(`a`)", Protocol::Http), None);
}

#[test]
fn variables_are_told_from_what_expressions_have() {
    let first = |text: &'static str| text.get(variable(text)?);
    assert_eq!(first("HostRegexp(`{sub:[a-z]+}.a`)"), Some("{sub:[a-z]+}"));
    assert_eq!(first("Path(`/x/{id}`)"), Some("{id}"));
    for text in [r"HostRegexp(`[a-z]{2,3}\.a`)", r"HostRegexp(`\p{Greek}\x{1F}`)", "Path(`/x`)", "Path(`/{`)"]
    {
        assert_eq!(first(text), None, "{text}");
    }
}
