use std::sync::Arc;

use windrose_config::Located;

use crate::kind::{BuildError, Resolve};
use crate::stage::{Chain, Label, Stage};
use crate::testing::{Nowhere, build_with, problems, stage};

/// Knows two prefixes and a chain of both.
struct Known;

impl Resolve for Known {
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError> {
        let one = |name: &str| {
            let label = Label { name: Arc::from(format!("{name}@file")), kind: "addPrefix" };
            Chain::of(stage(&format!("addPrefix: {{prefix: /{name}}}")), label)
        };
        match reference.as_ref() {
            "a" => Ok(one("a")),
            "b@file" => Ok(one("b")),
            "both" => Ok(Arc::new(Chain::join([&*one("a"), &*one("b")].into_iter()))),
            _ => Nowhere.middleware(reference),
        }
    }
}

#[test]
fn a_chain_is_its_middlewares_in_order() {
    let cases = [("[a]", "/a/"), ("[a, b@file]", "/b/a/"), ("[b@file, both, a]", "/a/b/a/b/")];
    for (names, expected) in cases {
        let built = build_with(&format!("chain: {{middlewares: {names}}}"), &Known).result.expect(names);
        let chain = Chain::of(built, Label { name: Arc::from("tested@file"), kind: "chain" });
        let mut ex = crate::testing::request("GET /");
        for stage in &*chain.stages {
            let Stage::Filter(filter) = stage else { panic!("not flat: {stage:?}") };
            filter.request(&mut ex);
        }
        assert_eq!(ex.target.as_str(), expected, "{names}");
        let letters: Vec<String> =
            chain.labels.iter().map(|label| label.name.replace("@file", "/")).rev().collect();
        assert_eq!(format!("/{}", letters.concat()), expected, "each has its own name");
    }
}

#[test]
fn a_name_that_leads_nowhere_is_reported_where_it_stands() {
    let built = build_with("chain: {middlewares: [a, c]}", &Known);
    let problems: Vec<String> = built.result.expect_err("no c").iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["test.yaml:1:26: error: middleware `c` does not exist"]);
}

#[test]
fn an_empty_chain_is_a_problem() {
    let expected = "test.yaml:1:8: error: middlewares is missing, write the names of those to run";
    assert_eq!(problems("chain: {}"), [expected]);
}
