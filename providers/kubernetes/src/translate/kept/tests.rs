use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::tests::{folder, object_of, options_of, shown};
use super::super::{Kept, Translated, crd, ingress};
use crate::objects::{Change, Kind, World};
use crate::options::{CrdOptions, IngressOptions};

/// All objects of all cases, with a few that differ from one of them.
fn objects() -> Vec<Value> {
    let mut objects = BTreeMap::new();
    let mut files: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    for file in files {
        for text in fs::read_to_string(&file).unwrap().split("\n---\n") {
            if let Some(object) = object_of(text) {
                // Of several that are written for one name, each comes in its turn.
                objects.insert((file.clone(), object.to_string()), object);
            }
        }
    }
    objects.into_values().collect()
}

fn kind_of(object: &Value) -> &'static Kind {
    Kind::find(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap()).unwrap()
}

/// What a change is: which object, and whether it goes or comes.
type Step = (usize, bool);

/// Both must be the same after every change.
fn follows(objects: &[Value], steps: &[Step]) {
    let crd_options =
        options_of("{allowCrossNamespace: true, allowExternalNameServices: true}", CrdOptions::decode);
    let ingress_options = options_of("{}", IngressOptions::decode);
    let (mut of_crd, mut of_ingress) = (Kept::default(), Kept::default());
    let mut world = World::default();
    for (at, is_gone) in steps {
        let object = objects[*at % objects.len()].clone();
        let change = if *is_gone { Change::Gone(object.clone()) } else { Change::Put(object.clone()) };
        (kind_of(&object).take)(&mut world, change);
        let kept = crd::retranslate(&world, &crd_options, &mut of_crd);
        are_same(&kept, &crd::translate(&world, &crd_options), &object);
        let kept = ingress::retranslate(&world, &ingress_options, &mut of_ingress);
        are_same(&kept, &ingress::translate(&world, &ingress_options), &object);
    }
}

fn are_same(kept: &Translated, fresh: &Translated, after: &Value) {
    let (kept, fresh) = (shown(kept), shown(fresh));
    if kept != fresh {
        let [kept, fresh] = [kept, fresh].map(|made| serde_json::to_string_pretty(&made).unwrap());
        let different = kept.lines().zip(fresh.lines()).find(|(left, right)| left != right);
        panic!("after {after}: {different:?}");
    }
}

#[test]
fn all_objects_one_after_the_other_come_to_what_they_come_to_at_once() {
    let objects = objects();
    let come = (0..objects.len()).map(|at| (at, false));
    let go = (0..objects.len()).rev().map(|at| (at, true));
    follows(&objects, &come.chain(go).collect::<Vec<_>>());
}

#[test]
fn a_name_is_free_again_when_the_older_object_goes() {
    let middleware = |namespace: &str, name: &str, created: &str| {
        json!({"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware",
               "metadata": {"namespace": namespace, "name": name, "creationTimestamp": created},
               "spec": {"addPrefix": {"prefix": "/x"}}})
    };
    let objects = [
        middleware("team", "a-app", "2026-01-01T00:00:00Z"),
        middleware("team-a", "app", "2026-01-02T00:00:00Z"),
    ];
    follows(&objects, &[(0, false), (1, false), (0, true), (0, false), (1, true)]);
}

proptest! {
    #![proptest_config(windrose_random::cases(64))]
    #[test]
    fn any_changes_come_to_what_is_there_at_the_end(
        steps in proptest::collection::vec((0_usize..10_000, proptest::bool::weighted(0.3)), 1..80),
    ) {
        follows(&objects(), &steps);
    }
}

#[test]
fn what_nobody_looked_at_is_not_made_again() {
    let mut world = World::default();
    let put = |world: &mut World, object: Value| (kind_of(&object).take)(world, Change::Put(object));
    for number in 0..3 {
        put(&mut world, service(number, 80));
        put(&mut world, route(number));
    }
    let options =
        options_of("{allowCrossNamespace: true, allowExternalNameServices: true}", CrdOptions::decode);
    let mut kept = Kept::default();
    let before = crd::retranslate(&world, &options, &mut kept).config.http;
    put(&mut world, service(1, 81));
    let after = crd::retranslate(&world, &options, &mut kept).config.http;
    let is_same: Vec<bool> = before
        .routers
        .iter()
        .map(|(name, router)| {
            after.routers.get(name).is_some_and(|other| std::sync::Arc::ptr_eq(router, other))
        })
        .collect();
    assert_eq!(is_same, [true, false, true]);
}

fn service(number: u8, port: u16) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "default", "name": format!("s{number}")},
           "spec": {"ports": [{"port": 80, "targetPort": port}], "clusterIP": format!("198.19.0.{port}")}})
}

fn route(number: u8) -> Value {
    json!({"apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute",
           "metadata": {"namespace": "default", "name": format!("r{number}")},
           "spec": {"routes": [{"kind": "Rule", "match": format!("Host(`r{number}.test`)"),
                                "services": [{"name": format!("s{number}"), "port": 80, "nativeLB": true}]}]}})
}
