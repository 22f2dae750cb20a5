use super::*;

#[test]
fn a_source_fails_since_its_first_failure_until_it_is_reached() {
    let states = States::default();
    let name: Arc<str> = "redis".into();
    states.begin(&name);
    assert_eq!(states.all()[&name], State::Waiting);
    states.failed(&name, "refused".to_owned());
    let State::Failing { since: first, .. } = states.all()[&name].clone() else { panic!("it fails") };
    states.failed(&name, "reset".to_owned());
    assert_eq!(states.all()[&name], State::Failing { error: "reset".to_owned(), since: first });
    states.reached(&name);
    // A run that begins again has not lost the source.
    states.begin(&name);
    assert_eq!(states.all()[&name], State::Reached);
}
