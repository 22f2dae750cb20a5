use super::{Case, Then};

fn case(text: &str) -> Case {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn short_case_has_one_step() {
    let case = case("name: a\nsend: GET /\nstatus: 200\n");
    assert_eq!(case.all_steps().len(), 1);
    assert_eq!(case.status.list(), [200]);
}

#[test]
fn answers_are_written_in_three_ways() {
    let case = case(
        "name: a\nstatus: [200, 502]\nanswer:\n- hang\n- {raw: \"x\", then: echo}\n- |\n  HTTP/1.1 200 OK\n",
    );
    let then: Vec<_> = case.answer.0.iter().map(|answer| answer.then).collect();
    assert_eq!(then, [Then::Hang, Then::Echo, Then::Next]);
    assert_eq!(case.answer.0[0].raw.as_deref(), Some(""));
    assert_eq!(case.answer.0[2].send.as_deref(), Some("HTTP/1.1 200 OK\n"));
}

#[test]
fn two_texts_are_two_answers() {
    assert_eq!(case("name: a\nstatus: [1, 2]\nanswer: [one, two]\n").answer.0.len(), 2);
}

#[test]
fn unknown_fields_are_refused() {
    assert!(serde_saphyr::from_str::<Case>("name: a\nstatus: 200\nsned: GET /\n").is_err());
}
