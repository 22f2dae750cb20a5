use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.as_bytes().to_vec())
}

#[test]
fn values_are_read_once_they_are_whole() {
    for (bytes, expected) in [
        ("+OK\r\n", text("OK")),
        ("-NOAUTH no\r\n", Value::Error("NOAUTH no".to_owned())),
        (":-7\r\n", Value::Number(-7)),
        ("$4\r\na\r\nb\r\n", text("a\r\nb")),
        ("$-1\r\n", Value::Nothing),
        ("*-1\r\n", Value::Nothing),
        ("*2\r\n$1\r\na\r\n*1\r\n:1\r\n", Value::List(vec![text("a"), Value::List(vec![Value::Number(1)])])),
    ] {
        for end in 0..bytes.len() {
            assert_eq!(parse(&bytes.as_bytes()[..end]), Ok(None), "{bytes:?} up to {end}");
        }
        let more = format!("{bytes}+more\r\n");
        assert_eq!(parse(more.as_bytes()), Ok(Some((expected, bytes.len()))), "{bytes:?}");
    }
}

#[test]
fn what_is_no_value_is_an_error() {
    let deep = "*1\r\n".repeat(20);
    for bytes in [
        "HTTP/1.1 400 Bad\r\n",
        "$x\r\n",
        "$2\r\nabc\r\n",
        "\r\n",
        "*9999999999\r\n",
        "$9999999999\r\n",
        &deep,
    ] {
        assert_eq!(parse(bytes.as_bytes()), Err(Malformed), "{bytes:?}");
    }
}

#[test]
fn a_word_may_hold_anything() {
    assert_eq!(command(&[b"GET", b"a\r\nb"]), b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n");
}
