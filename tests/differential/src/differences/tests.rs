use super::Differences;
use crate::compare::Disagreement;

const LIST: &str = "
- cases: [framing::both*, routing::never]
  differs: [answer.1.*]
  windrose: {statuses: [400], received: 0}
  reason: refused here
";

fn disagreement(fact: &str) -> Disagreement {
    Disagreement { fact: fact.to_owned(), traefik: "1".to_owned(), windrose: "2".to_owned() }
}

#[test]
fn only_named_facts_of_named_cases_are_excused() {
    let mut list = Differences::parse(LIST).unwrap();
    assert!(list.excuse("framing::both lengths", &disagreement("answer.1.status")));
    assert!(!list.excuse("framing::both lengths", &disagreement("answer.2.status")));
    assert!(!list.excuse("framing::other", &disagreement("answer.1.status")));
    assert_eq!(list.wanted("framing::both lengths").count(), 1);
}

#[test]
fn pattern_that_excused_nothing_is_stale() {
    let mut list = Differences::parse(LIST).unwrap();
    assert_eq!(list.stale().len(), 3);
    list.excuse("framing::both lengths", &disagreement("answer.1.status"));
    assert_eq!(list.stale(), ["\"routing::never\" of entry 1 (refused here)"]);
}
