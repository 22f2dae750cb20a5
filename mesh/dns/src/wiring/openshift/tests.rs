use super::*;

fn wanted() -> Wanted {
    Wanted::new("mesh", "cluster.local").unwrap().with_server("172.30.0.53:53".parse().unwrap())
}

fn operator(spec: &Value) -> Value {
    json!({
        "apiVersion": "operator.openshift.io/v1",
        "kind": "DNS",
        "metadata": {"name": "default", "resourceVersion": "7"},
        "spec": spec,
    })
}

/// The object after the steps, as the API server would have it.
fn after(operator: &Value, steps: &[Step]) -> Value {
    let mut now = operator.clone();
    for step in steps {
        let Step::Operator(change) = step else { panic!("{step:?}") };
        let body = change.body();
        assert_eq!(body["metadata"]["resourceVersion"], "7");
        match &body["spec"]["servers"] {
            Value::Null => drop(now["spec"].as_object_mut().unwrap().remove("servers")),
            servers => now["spec"]["servers"] = servers.clone(),
        }
    }
    now
}

#[test]
fn an_entry_forwards_the_zones_to_our_server() {
    let before = operator(&json!({"logLevel": "Normal"}));
    let now = after(&before, &plan(&before, &wanted()).unwrap());
    assert_eq!(
        now["spec"]["servers"],
        json!([{
            "name": "windrose-mesh",
            "zones": ["maesh", "traefik.mesh"],
            "forwardPlugin": {"upstreams": ["172.30.0.53"]},
        }])
    );
    assert_eq!(plan(&now, &wanted()), Ok(vec![]));
    assert_eq!(after(&now, &undo(&now)), before);
    assert_eq!(undo(&before), []);
}

#[test]
fn entries_of_others_stay() {
    let other =
        json!({"name": "corp", "zones": ["corp.example"], "forwardPlugin": {"upstreams": ["10.0.0.1:5353"]}});
    let before = operator(&json!({"servers": [other]}));
    let now = after(&before, &plan(&before, &wanted().with_zones(&Zone::ALL)).unwrap());
    assert_eq!(now["spec"]["servers"][0], other);
    assert_eq!(now["spec"]["servers"][1]["zones"], json!(["maesh", "traefik.mesh", "windrose.mesh"]));
    assert_eq!(after(&now, &undo(&now)), before);
    assert_eq!(after(&now, &plan(&now, &wanted().with_zones(&[])).unwrap()), before);
}

#[test]
fn an_entry_of_ours_is_changed_and_keeps_what_the_operator_added() {
    let before = operator(&json!({"servers": [{
        "name": "windrose-mesh",
        "zones": ["traefik.mesh"],
        "forwardPlugin": {"policy": "Random", "upstreams": ["172.30.0.9"], "protocolStrategy": ""},
    }]}));
    let now = after(&before, &plan(&before, &wanted()).unwrap());
    assert_eq!(
        now["spec"]["servers"],
        json!([{
            "name": "windrose-mesh",
            "zones": ["maesh", "traefik.mesh"],
            "forwardPlugin": {"policy": "Random", "upstreams": ["172.30.0.53"], "protocolStrategy": ""},
        }])
    );
}

#[test]
fn a_zone_that_another_entry_forwards_is_not_forwarded_twice() {
    let before = operator(&json!({"servers": [{"name": "mine", "zones": ["Traefik.Mesh."]}]}));
    assert_eq!(plan(&before, &wanted()), Err(OperatorError::Taken(Zone::TraefikMesh, "mine".into())));
}

#[test]
fn without_a_server_there_is_nothing_to_forward_to() {
    let wanted = Wanted::new("mesh", "cluster.local").unwrap();
    assert_eq!(plan(&operator(&json!({})), &wanted), Err(OperatorError::NoServer));
}
