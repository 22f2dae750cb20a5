use super::*;

#[test]
fn tags_with_the_prefix_are_labels() {
    let tags =
        ["edge.enable=true", "edge.http.routers.r.rule=Host(`a`) && Query(`b=c`)", "edge", "edgy.x=1", "v1"];
    let tags: Vec<String> = tags.map(str::to_owned).into();
    let labels = as_labels(&tags, "edge");
    let expected = [("traefik.enable", "true"), ("traefik.http.routers.r.rule", "Host(`a`) && Query(`b=c`)")];
    assert_eq!(labels, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[test]
fn a_canary_is_named_by_its_tags_in_any_order() {
    let tags = |all: &[&str]| -> Vec<String> { all.iter().map(|tag| (*tag).to_owned()).collect() };
    assert_eq!(canary_name("web", &tags(&["b", "a"])), canary_name("web", &tags(&["a", "b"])));
    // What Go's hash/fnv says of `a`.
    assert_eq!(canary_name("web", &tags(&["a"])), "web-12638153115695167422");
}
