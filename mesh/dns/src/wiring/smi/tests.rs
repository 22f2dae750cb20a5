use serde_json::json;

use super::*;

fn groups(of: &[(&str, &[&str], &str)]) -> Value {
    let group = |(name, versions, preferred): &(&str, &[&str], &str)| {
        let version =
            |version: &&str| json!({"groupVersion": format!("{name}/{version}"), "version": version});
        json!({
            "name": name,
            "versions": versions.iter().map(version).collect::<Vec<_>>(),
            "preferredVersion": version(preferred),
        })
    };
    json!({"kind": "APIGroupList", "groups": of.iter().map(group).collect::<Vec<_>>()})
}

#[test]
fn what_is_served_counts_and_not_what_is_preferred() {
    let served = groups(&[
        ("apps", &["v1"], "v1"),
        ("split.smi-spec.io", &["v1alpha4", "v1alpha3"], "v1alpha4"),
        ("specs.smi-spec.io", &["v1alpha4"], "v1alpha4"),
        ("access.smi-spec.io", &["v1alpha1", "v1alpha3"], "v1alpha3"),
    ]);
    let versions = |access| check(&served, access).unwrap().iter().map(|one| one.version).collect::<Vec<_>>();
    assert_eq!(versions(Access::Granted), ["v1alpha3", "v1alpha4", "v1alpha3"]);
    assert_eq!(versions(Access::Open), ["v1alpha3", "v1alpha4"]);
}

#[test]
fn what_is_missing_is_said_as_traefik_mesh_says_it() {
    let served = groups(&[("split.smi-spec.io", &["v1", "v2"], "v2")]);
    assert_eq!(
        check(&served, Access::Granted).unwrap_err().to_string(),
        "unsupported SMI version: unable to find group \"split.smi-spec.io\" version \"v1alpha3\", got \"v2\"; \
         unable to find group \"specs.smi-spec.io\" version \"v1alpha3\"; \
         unable to find group \"access.smi-spec.io\" version \"v1alpha2\""
    );
    assert!(check(&json!({}), Access::Open).is_err());
}
