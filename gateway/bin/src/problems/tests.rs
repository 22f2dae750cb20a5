use windrose_config::Mark;

use super::*;

fn at(source: &Arc<Source>, line: u32, column: u32, problem: Problem) -> Problem {
    problem.at(source, Mark::new(line, column))
}

#[test]
fn problems_are_sorted_by_place() {
    let (a, b) = (Source::file("b.yml"), Source::file("a.yml"));
    let error = |message: &str| Problem::error(message);
    let mut problems = vec![
        at(&a, 9, 1, error("3")),
        at(&b, 1, 1, error("5")),
        at(&a, 2, 7, error("2")),
        error("0"),
        at(&a, 2, 3, error("1")),
        at(&a, 9, 1, error("4")),
    ];
    sort(&mut problems);
    let order: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(order, ["0", "1", "2", "3", "4", "5"]);
}

#[test]
fn the_summary_counts() {
    let (error, warning) = (Problem::error("e"), Problem::warning("w"));
    assert_eq!(summary(&[]), "no problems");
    assert_eq!(summary(std::slice::from_ref(&error)), "1 error");
    assert_eq!(summary(&[warning.clone(), warning.clone()]), "2 warnings");
    assert_eq!(summary(&[error.clone(), error, warning]), "2 errors, 1 warning");
}

#[test]
fn a_file_that_is_gone_costs_only_the_line() {
    let source = Source::file("/nowhere/at/all.yml");
    let problem = at(&source, 3, 5, Problem::error("wrong").expecting("right"));
    let expected = "/nowhere/at/all.yml:3:5: error: wrong\n      = expected right\n";
    assert_eq!(text(&[problem]), expected);
}

#[test]
fn the_document_for_programs_counts_too() {
    let problem = at(&Source::file("a.yml"), 3, 5, Problem::warning("odd"));
    let expected = json!({"errors": 0, "warnings": 1, "problems": [
        {"severity": "warning", "message": "odd", "place": "a.yml:3:5", "line": 3, "column": 5}
    ]});
    assert_eq!(document(&[problem]), expected);
}
