use super::*;

fn rows() -> Vec<Row<'static, usize>> {
    let row = |name: &'static str, status, rule, service, priority, size| {
        let (name, provider) = name.split_once('@').unwrap();
        let id = Id { on: None, name, provider };
        Row { id, status, rule, service, priority, size, ..Row::default() }
    };
    let mut rows = vec![
        row("noep@file", "warning", "PathPrefix(`/z`)", "app", 16, 2),
        row("noep2@file", "disabled", "PathPrefix(`/z`)", "app", 0, 1),
        row("a@file", "enabled", "Host(`A.test`)", "app@docker", 7, 1),
        row("ping@internal", "enabled", "PathPrefix(`/ping`)", "ping@internal", i64::MAX, 1),
    ];
    for (index, row) in rows.iter_mut().enumerate() {
        row.object = index;
    }
    rows
}

fn found(query: &str) -> Vec<usize> {
    let query = Query::parse(Some(query)).unwrap();
    let lists = |index, name: &str| index == 2 && name == "strip@file";
    page(rows().into_iter(), &query, lists).unwrap().objects
}

#[test]
fn lists_are_sorted_by_name_unless_asked_otherwise() {
    for (query, expected) in [
        ("", [2, 1, 0, 3]),
        ("direction=desc", [3, 0, 1, 2]),
        ("sortBy=priority", [1, 2, 0, 3]),
        ("sortBy=priority&direction=down", [3, 0, 2, 1]),
        ("sortBy=status", [1, 2, 3, 0]),
        ("sortBy=status&direction=desc", [0, 3, 2, 1]),
        ("sortBy=rule", [2, 3, 1, 0]),
        ("sortBy=service", [1, 0, 2, 3]),
        ("sortBy=provider", [2, 1, 0, 3]),
        ("sortBy=entryPoints", [2, 1, 3, 0]),
    ] {
        assert_eq!(found(query), expected, "{query}");
    }
}

#[test]
fn objects_are_found_by_what_they_say() {
    for (query, expected) in [
        ("search=TEST", &[2][..]),
        ("search=noep", &[1, 0]),
        ("status=Enabled", &[2, 3]),
        ("status=enable", &[]),
        ("serviceName=app", &[1, 0]),
        ("serviceName=app@file", &[1, 0]),
        ("serviceName=app@docker", &[2, 1, 0]),
        ("serviceName=ping", &[]),
        ("middlewareName=strip@file", &[2]),
        ("middlewareName=strip", &[]),
        ("search=test&status=disabled", &[]),
    ] {
        assert_eq!(found(query), expected, "{query}");
    }
}

#[test]
fn a_page_is_cut_after_sorting() {
    let query = Query::parse(Some("per_page=3&page=2&sortBy=priority")).unwrap();
    let page = page(rows().into_iter(), &query, |_, _| true).unwrap();
    assert_eq!(page, Page { objects: vec![3], paging: Paging { next: 1, all: 4 } });
}

#[test]
fn names_compare_as_they_are_written_out() {
    let id = |on, name, provider| Id { on, name, provider };
    let all = [
        id(None, "a", "file"),
        id(None, "a-b", "file"),
        id(Some("a"), "b", "docker"),
        id(None, "a.b", "file"),
        id(None, "b", "file"),
        id(None, "a", "docker"),
        id(Some("web"), "a", "file"),
    ];
    for (left, right) in all.iter().flat_map(|left| all.iter().map(move |right| (left, right))) {
        let (written, other) = (left.to_string(), right.to_string());
        assert_eq!(left.cmp(right), written.cmp(&other), "{written} {other}");
        assert_eq!(*left == *other.as_str(), written == other);
    }
}
