use super::*;

#[test]
fn an_expression_holds_for_the_labels_it_describes() {
    let labels =
        BTreeMap::from([("env".to_owned(), "prod".to_owned()), ("team".to_owned(), "a-1".to_owned())]);
    let cases = [
        ("", true),
        ("  ", true),
        ("Label(`env`, `prod`)", true),
        ("Label(\"env\", \"p\\x72od\")", true),
        ("Label(`env`,`test`)", false),
        ("Label(`none`,``)", false),
        ("LabelRegex(`team`, `^a-[0-9]$`)", true),
        ("LabelRegex(`team`, `1`)", true),
        ("!Label(`env`,`prod`)", false),
        ("!!Label(`env`,`prod`)", true),
        ("Label(`env`,`x`) || Label(`env`,`prod`) && Label(`team`,`x`)", false),
        ("(Label(`env`,`x`) || Label(`env`,`prod`)) && !Label(`team`,`x`)", true),
        ("Label(`env`,`prod`) || Label(`env`,`x`) && Label(`env`,`x`)", true),
    ];
    for (text, expected) in cases {
        let constraints = Constraints::parse(text, Subject::Labels).unwrap();
        assert_eq!(constraints.match_labels(&labels), expected, "{text}");
    }
    let tags = ["blue", "v-2"];
    for (text, expected) in
        [("Tag(`blue`)", true), ("Tag(`v`)", false), ("TagRegex(`^v`) && !Tag(`red`)", true)]
    {
        assert_eq!(Constraints::parse(text, Subject::Tags).unwrap().match_tags(&tags), expected, "{text}");
    }
}

#[test]
fn what_is_no_expression_says_where() {
    let deep = format!("{}Label(`a`,`b`)", "!".repeat(200));
    let cases = [
        ("Label(`a`)", "Label takes 2 texts in quotes, not 1"),
        ("label(`a`,`b`)", "there is no function label; write Label or LabelRegex, with these capitals"),
        ("Tag(`a`)", "there is no function Tag; write Label or LabelRegex, with these capitals"),
        ("Label(`a`,`b`) &&", "the end at character 18, where a function, `!` or `(` should stand"),
        (
            "Label(`a`,`b`) Label(`a`,`b`)",
            "`Label` at character 16, where `&&`, `||` or the end should stand",
        ),
        ("Label(`a`,`b", "``b` at character 11, where a text with closing quotes should stand"),
        ("Label(a,b)", "`a` at character 7, where a text in quotes should stand"),
        (
            "Label('a','b')",
            "`'` at character 7, where a function, a text in quotes or an operator should stand",
        ),
        ("(Label(`a`,`b`)", "the end at character 16, where `)` should stand"),
        ("LabelRegex(`a`,`(`)", "the regular expression cannot be used"),
        (&deep, "there are more than 100 levels of parentheses and `!`"),
    ];
    for (text, expected) in cases {
        let error = Constraints::parse(text, Subject::Labels).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
}

/// Each term was a level of the stack for whoever asked, copied or dropped it.
#[test]
fn a_chain_of_very_many_terms_is_flat_and_has_a_bound() {
    for (operator, holds) in [(" && ", false), (" || ", true)] {
        let terms: Vec<String> = (0..9_999).map(|index| format!("Label(`a`,`{index}`)")).collect();
        let text = format!("Label(`a`,`0`){operator}{}", terms.join(operator));
        let labels = BTreeMap::from([("a".to_owned(), "9998".to_owned())]);
        // A stack as small as that of any thread.
        let small = std::thread::Builder::new().stack_size(256 << 10).spawn(move || {
            let constraints = Constraints::parse(&text, Subject::Labels).unwrap();
            let copy = constraints.clone();
            assert_eq!(copy.match_labels(&labels), holds);
            assert!(!constraints.ask_for("b"));
            let more = format!("{text}{operator}Label(`a`,`x`)");
            assert!(matches!(Constraints::parse(&more, Subject::Labels), Err(ConstraintError::TooMany)));
        });
        small.unwrap().join().unwrap();
    }
}
