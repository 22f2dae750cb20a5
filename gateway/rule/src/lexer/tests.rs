//! Tokens and string literals.

use super::*;

fn tokens(text: &str) -> Result<Vec<Token<'_>>, RuleError> {
    let mut lexer = Lexer::new(text);
    let mut all = Vec::new();
    loop {
        match lexer.next()?.0 {
            Token::End => return Ok(all),
            token => all.push(token),
        }
    }
}

fn string(text: &str) -> Result<String, String> {
    match tokens(text).map_err(|error| error.message)?.pop() {
        Some(Token::Text(text)) => Ok(text.into_owned()),
        other => panic!("not a string: {other:?}"),
    }
}

#[test]
fn tells_tokens_apart() {
    let found = tokens("!(Host(`a`, \"b\")&&x_1 || é)").unwrap();
    let text = |text| Token::Text(Cow::Borrowed(text));
    let expected = [
        Token::Not,
        Token::Open,
        Token::Name("Host"),
        Token::Open,
        text("a"),
        Token::Comma,
        text("b"),
        Token::Close,
        Token::And,
        Token::Name("x_1"),
        Token::Or,
        Token::Name("é"),
        Token::Close,
    ];
    assert_eq!(found, expected);
}

#[test]
fn skips_blanks_and_comments() {
    assert_eq!(tokens(" \t\r\n// all of this\n/* and ** this */ ,").unwrap(), [Token::Comma]);
    assert_eq!(tokens("// to the end").unwrap(), []);
    assert!(tokens("/* for ever").is_err());
}

#[test]
fn unquotes_like_go() {
    for (literal, text) in [
        (r#""a\tb\\\"""#, "a\tb\\\""),
        (r#""\a\b\f\n\r\v""#, "\u{7}\u{8}\u{c}\n\r\u{b}"),
        (r#""\101\x41\u0041\U00000041""#, "AAAA"),
        (r#""\xc3\xa9 é \u00e9""#, "é é é"),
        ("`\\d\"+\"`", "\\d\"+\""),
        ("`a\r\nb`", "a\nb"),
        ("``", ""),
    ] {
        assert_eq!(string(literal).as_deref(), Ok(text), "{literal}");
    }
}

#[test]
fn refuses_broken_strings() {
    for literal in [
        "`a",
        "\"a",
        "\"a\nb\"",
        r#""\'""#,
        r#""\d""#,
        r#""\8""#,
        r#""\12""#,
        r#""\400""#,
        r#""\x4""#,
        r#""\u12""#,
        r#""\ud800""#,
        r#""\U00110000""#,
        r#""\xff""#,
        r#""\x+1""#,
        "\"\\",
        "\"\\é\"",
        "'a'",
        "&",
        "|",
        "#",
    ] {
        assert!(tokens(literal).is_err(), "{literal}");
    }
}

#[test]
fn places_are_bytes() {
    let mut lexer = Lexer::new("  é\"\\u00e9\"");
    assert_eq!(lexer.next().unwrap().1, Span { start: 2, end: 4 });
    assert_eq!(lexer.next().unwrap().1, Span { start: 4, end: 12 });
    assert_eq!(lexer.next().unwrap().1, Span { start: 12, end: 12 });
}
