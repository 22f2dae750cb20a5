use super::*;

#[test]
fn the_files_are_what_pages_have_to_be() {
    let nothing: [&str; 0] = [];
    assert_eq!(windrose_pages::testing::faults(&Dashboard::new("").0), nothing);
}
