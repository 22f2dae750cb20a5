use std::sync::Arc;

use windrose_config::Located;

use crate::kind::{BuildError, Resolve};
use crate::stage::Stage;
use crate::testing::{build_with, problems, stage};

/// Knows two prefixes and a chain of both.
struct Known;

impl Resolve for Known {
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Stage, BuildError> {
        match reference.as_ref() {
            "a" => Ok(stage("addPrefix: {prefix: /a}")),
            "b@file" => Ok(stage("addPrefix: {prefix: /b}")),
            "both" => {
                let (a, b) = (stage("addPrefix: {prefix: /a}"), stage("addPrefix: {prefix: /b}"));
                Ok(Stage::Many([a, b].into()))
            }
            other => Err(BuildError::at(reference, format!("middleware `{other}` does not exist"))),
        }
    }
}

#[test]
fn a_chain_is_its_middlewares_in_order() {
    let cases = [("[a]", "/a/"), ("[a, b@file]", "/b/a/"), ("[b@file, both, a]", "/a/b/a/b/")];
    for (names, expected) in cases {
        let built = build_with(&format!("chain: {{middlewares: {names}}}"), &Known).result.expect(names);
        let mut flat = Vec::new();
        built.flatten(&mut flat);
        let mut ex = crate::testing::request("GET /");
        for stage in &flat {
            let Stage::Filter(filter) = stage else { panic!("not flat: {stage:?}") };
            filter.request(&mut ex);
        }
        assert_eq!(ex.target.as_str(), expected, "{names}");
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
