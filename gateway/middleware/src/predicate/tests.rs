use super::{Call, Condition, Literal, Negation, Relation};

/// A condition with all its parentheses.
fn shown(condition: &Condition) -> String {
    match condition {
        Condition::And(left, right) => format!("({} and {})", shown(left), shown(right)),
        Condition::Or(left, right) => format!("({} or {})", shown(left), shown(right)),
        Condition::Not(inner) => format!("(not {})", shown(inner)),
        Condition::Call(call) => called(call),
        Condition::Compare(call, relation, literal) => {
            format!("{} {relation:?} {}", called(call), written(literal))
        }
    }
}

fn called(call: &Call) -> String {
    let arguments: Vec<String> = call.arguments.iter().map(written).collect();
    format!("{}[{}]", call.name, arguments.join(" "))
}

fn written(literal: &Literal) -> String {
    match literal {
        Literal::Int(number) => number.to_string(),
        Literal::Float(number) => format!("{number:?}"),
        Literal::Text(text) => format!("{text:?}"),
    }
}

#[test]
fn conditions_are_read_as_go_reads_them() {
    let cases = [
        ("A()", "A[]"),
        (" A ( ) ", "A[]"),
        ("A() == 503", "A[] Equal 503"),
        ("A() != 1.5", "A[] NotEqual 1.5"),
        ("A(50.0) >= .5", "A[50.0] AtLeast 0.5"),
        ("A(1, 2,3, ) <= 1e3", "A[1 2 3] AtMost 1000.0"),
        ("A()<1e-3", "A[] Less 0.001"),
        ("A() > 1.", "A[] Greater 1.0"),
        ("A() == \"a\\\"b\\\\\\n\\x41\\u00e9\\101\"", "A[] Equal \"a\\\"b\\\\\\nAéA\""),
        ("A() == `a\\n\"`", "A[] Equal \"a\\\\n\\\"\""),
        ("A() || B() && C() || D()", "((A[] or (B[] and C[])) or D[])"),
        ("(A() || B()) && ((C()))", "((A[] or B[]) and C[])"),
        ("A() &&\n B()", "(A[] and B[])"),
        ("A() == 010\n", "A[] Equal 10"),
    ];
    for (text, expected) in cases {
        let condition = Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(shown(&condition), expected, "{text}");
    }
}

#[test]
fn what_is_no_condition_is_told() {
    let cases = [
        ("", "expected a function at the end"),
        ("A", "expected `(` at the end"),
        ("A(", "expected a number or a text at the end"),
        ("(A()", "expected `)` at the end"),
        ("A() B()", "did not expect `B` there"),
        ("A() == ", "expected a number or a text at the end"),
        ("A() == B()", "expected a number or a text where `B` stands"),
        ("A() == 1 == 2", "did not expect `==` there"),
        ("1 == A()", "expected a function where `1` stands"),
        ("!A()", "`!` has no meaning there"),
        ("A() & B()", "`&` has no meaning there"),
        ("A() == -1", "`-` has no meaning there"),
        ("A() == 0x10", "`0x10` is no number, write it in decimal, such as 503 or 0.5"),
        ("A() == 1_0", "`1_0` is no number, write it in decimal, such as 503 or 0.5"),
        ("A() == \"a", "a text has no end, close it with \""),
        ("A() == `a", "a text has no end, close it with `"),
        ("A() == \"\\q\"", "a text has an escape that is none"),
        ("A()\n&& B()", "ends with a line, write the operator before the line end"),
        ("A(B())", "expected a number or a text where `B` stands"),
    ];
    for (text, expected) in cases {
        let error = Condition::parse(text).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    }
    let deep = format!("{}A(){}", "(".repeat(65), ")".repeat(65));
    assert!(Condition::parse(&deep).is_err());
    assert!(Condition::parse(&"(".repeat(100_000)).is_err());
}

#[test]
fn relations_hold_as_they_say() {
    let cases = [
        (Relation::Equal, [false, true, false]),
        (Relation::NotEqual, [true, false, true]),
        (Relation::Less, [true, false, false]),
        (Relation::AtMost, [true, true, false]),
        (Relation::Greater, [false, false, true]),
        (Relation::AtLeast, [false, true, true]),
    ];
    for (relation, expected) in cases {
        assert_eq!([1, 2, 3].map(|left| relation.holds(&left, &2)), expected, "{relation:?}");
    }
}

#[test]
fn negation_is_read_where_it_is_wanted() {
    let parse = |text: &str| Condition::parse_with(text, Negation::Allowed);
    let cases = [
        ("!A()", "(not A[])"),
        ("!A() && !B()", "((not A[]) and (not B[]))"),
        ("! !(A() || B()) && C() != 1", "((not (not (A[] or B[]))) and C[] NotEqual 1)"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(&parse(text).unwrap()), expected, "{text}");
    }
    assert!(
        parse("!").is_err() && parse("A() !").is_err() && parse(&format!("{}A()", "!".repeat(65))).is_err()
    );
}
