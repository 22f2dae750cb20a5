use serde::Deserialize;

use super::*;
use crate::duration::GoDuration;
use crate::origin::Located;
use crate::static_config::StaticConfig;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Sample {
    on: bool,
    count: u16,
    wait: GoDuration,
    names: Vec<Located<String>>,
    headers: std::collections::BTreeMap<String, String>,
    inner: Option<Inner>,
    mode: Mode,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Inner {
    debug: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
enum Mode {
    #[default]
    Fast,
}

#[test]
fn a_type_tells_what_it_asks_for() {
    let expected = Shape::Section(vec![
        ("on", Shape::Boolean),
        ("count", Shape::Scalar),
        ("wait", Shape::Scalar),
        ("names", Shape::List(Box::new(Shape::Scalar))),
        ("headers", Shape::Map(Box::new(Shape::Scalar))),
        ("inner", Shape::Section(vec![("debug", Shape::Boolean)])),
        ("mode", Shape::Scalar),
    ]);
    assert_eq!(Shape::of::<Sample>(), expected);
}

#[test]
fn the_static_configuration_is_known_to_its_last_field() {
    let shape = StaticConfig::shape();
    let at = |path: &str| path.split('.').try_fold(&shape, |shape, key| shape.child(key));
    assert_eq!(at("entrypoints.web.HTTP.tls.domains.0.sans"), Some(&Shape::List(Box::new(Shape::Scalar))));
    assert_eq!(at("ocsp.responderOverrides.http://a"), Some(&Shape::Scalar));
    assert_eq!(
        at("certificatesResolvers.x.acme.dnsChallenge.propagation.disableChecks"),
        Some(&Shape::Boolean)
    );
    assert_eq!(at("providers.docker.watch"), Some(&Shape::Open));
    assert_eq!(at("api.nothing"), None);
}
