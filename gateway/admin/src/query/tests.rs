use super::*;

fn parsed(query: &str) -> Query {
    Query::parse(Some(query)).unwrap()
}

fn refused(query: &str) -> String {
    Query::parse(Some(query)).unwrap_err().to_string()
}

#[test]
fn nothing_asked_is_the_first_hundred_by_name() {
    let query = Query::parse(None).unwrap();
    assert_eq!((query.page, query.per_page), (1, 100));
    assert_eq!((query.sort_by, query.direction), (SortBy::Name, Direction::Ascending));
    assert_eq!(query, parsed("other=1&search=&page="));
}

#[test]
fn pages_are_numbers_above_zero() {
    assert_eq!((parsed("page=3&per_page=7").page, parsed("page=3&per_page=7").per_page), (3, 7));
    assert_eq!(refused("page=x"), "invalid request: page: 0");
    assert_eq!(refused("page=0"), "invalid request: page: 0");
    assert_eq!(refused("per_page=-5"), "invalid request: per_page: -5");
}

#[test]
fn words_are_decoded() {
    let query = parsed(
        "search=A%20B%2f+c&status=DISABLED&serviceName=x%40p&middlewareName=m&sortBy=rule&direction=desc",
    );
    assert_eq!(query.search.as_deref(), Some("a b/ c"));
    assert_eq!(query.status.as_deref(), Some("disabled"));
    assert_eq!((query.service.as_deref(), query.middleware.as_deref()), (Some("x@p"), Some("m")));
    assert_eq!((query.sort_by, query.direction), (SortBy::Rule, Direction::Descending));
    assert_eq!(parsed("search=100%&search=b").search.as_deref(), Some("100%"));
    assert_eq!(parsed("search=%e4%z").search.as_deref(), Some("\u{fffd}%z"));
    assert_eq!(parsed("sortBy=size").sort_by, SortBy::Name);
}

#[test]
fn the_last_page_leads_to_the_first() {
    assert_eq!(parsed("").window(0), Ok((0..0, Paging { next: 1, all: 0 })));
    assert_eq!(parsed("per_page=2").window(3), Ok((0..2, Paging { next: 2, all: 3 })));
    assert_eq!(parsed("per_page=2&page=2").window(3), Ok((2..3, Paging { next: 1, all: 3 })));
    assert_eq!(parsed("per_page=2&page=2").window(4), Ok((2..4, Paging { next: 1, all: 4 })));
    let beyond = parsed("per_page=2&page=3").window(4).unwrap_err();
    assert_eq!(beyond.to_string(), "invalid request: page: 3, per_page: 2");
    assert!(parsed(&format!("page={}", i64::MAX)).window(4).is_err());
}
