mod definitions;

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Change, Kind, Port, World};

fn service(namespace: &str, name: &str, port: i64) -> Value {
    json!({"metadata": {"namespace": namespace, "name": name, "managedFields": [1]}, "spec": {"ports": [{"port": port}]}})
}

#[test]
fn an_object_that_says_the_same_again_changes_nothing() {
    let mut world = World::default();
    let take = Kind::SERVICE.take;
    assert!(take(&mut world, Change::Put(service("a", "web", 80))));
    assert!(!take(&mut world, Change::Put(service("a", "web", 80))));
    assert!(take(&mut world, Change::Put(service("a", "web", 81))));
}

#[test]
fn a_list_replaces_what_is_known_of_its_namespace_and_nothing_else() {
    let mut world = World::default();
    let take = Kind::SERVICE.take;
    for (namespace, name) in [("a", "one"), ("b", "two"), ("a", "three")] {
        take(&mut world, Change::Put(service(namespace, name, 1)));
    }
    let three = || HashSet::from([("a".into(), "three".into())]);
    assert!(take(&mut world, Change::Only(Some("a".into()), three())));
    assert!(!take(&mut world, Change::Only(Some("a".into()), three())));
    assert!(world.services.get("a", "one").is_none() && world.services.get("a", "three").is_some());
    assert!(world.services.get("b", "two").is_some());
}

#[test]
fn an_object_that_cannot_be_read_is_remembered_with_the_reason() {
    let mut world = World::default();
    let odd = json!({"metadata": {"namespace": "a", "name": "odd"}, "spec": {"routes": "none"}});
    (Kind::find("traefik.io/v1alpha1", "IngressRoute").unwrap().take)(&mut world, Change::Put(odd));
    let object = world.ingress_routes.get("a", "odd").unwrap();
    assert!(
        object.body.as_ref().unwrap_err().to_string().contains("expected a sequence"),
        "{:?}",
        object.body
    );
}

#[test]
fn an_object_of_the_new_group_hides_that_of_the_old_one() {
    let mut world = World::default();
    let route =
        |point: &str| json!({"metadata": {"namespace": "a", "name": "r"}, "spec": {"entryPoints": [point]}});
    let take = |world: &mut World, api, value| (Kind::find(api, "IngressRoute").unwrap().take)(world, value);
    take(&mut world, "traefik.containo.us/v1alpha1", Change::Put(route("old")));
    take(&mut world, "traefik.io/v1alpha1", Change::Put(route("new")));
    let points = |world: &World| -> Vec<String> {
        world
            .ingress_routes
            .iter()
            .map(|route| route.body.as_ref().unwrap().entry_points[0].to_string())
            .collect()
    };
    assert_eq!(points(&world), ["new"]);
    take(&mut world, "traefik.io/v1alpha1", Change::Gone(route("new")));
    assert_eq!(points(&world), ["old"]);
}

#[test]
fn slices_are_found_by_their_service_also_after_it_changed() {
    let mut world = World::default();
    let slice = |service: &str| {
        json!({"metadata": {"namespace": "a", "name": "s", "labels": {"kubernetes.io/service-name": service}},
               "ports": [{"name": "", "port": 80}], "endpoints": [{"addresses": ["192.0.2.1"]}]})
    };
    (Kind::SLICE.take)(&mut world, Change::Put(slice("web")));
    assert_eq!(world.slices.of("a", "web").count(), 1);
    assert_eq!(world.slices.of("a", "we").count(), 0);
    (Kind::SLICE.take)(&mut world, Change::Put(slice("api")));
    assert_eq!((world.slices.of("a", "web").count(), world.slices.of("a", "api").count()), (0, 1));
}

#[test]
fn a_port_is_a_number_or_a_name() {
    let read = |value: Value| serde_json::from_value::<Port>(value).unwrap();
    assert_eq!(read(json!(80)), Port::Number(80));
    assert_eq!(read(json!("web")), Port::Name("web".into()));
    assert!(read(json!(0)).is_unset() && read(json!("")).is_unset());
}

#[test]
fn secrets_are_decoded_and_never_printed() {
    let mut world = World::default();
    let secret =
        json!({"metadata": {"namespace": "a", "name": "s"}, "type": "Opaque", "data": {"k": "aGlkZGVu"}});
    (Kind::SECRET.take)(&mut world, Change::Put(secret));
    let object = world.secrets.get("a", "s").unwrap();
    let body = object.body.as_ref().unwrap();
    assert_eq!(body.data["k"].as_ref().unwrap().expose(), "hidden");
    assert!(!format!("{object:?}").contains("hidden"));
}
