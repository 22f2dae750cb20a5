use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn a_command_is_a_list_of_texts() {
    let mut out = Vec::new();
    write(&[b"SET", b"", b"a\r\nb"], &mut out);
    assert_eq!(out, b"*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\nb\r\n");
}

#[test]
fn values_of_every_kind_are_read_and_what_follows_is_left() {
    let cases = [
        ("+OK\r\n", text("OK")),
        ("-NOSCRIPT No matching script\r\n", Value::Error("NOSCRIPT No matching script".into())),
        (":-7\r\n", Value::Number(-7)),
        ("$4\r\na\r\nb\r\n", text("a\r\nb")),
        ("$0\r\n\r\n", text("")),
        ("$-1\r\n", Value::Nothing),
        ("*-1\r\n", Value::Nothing),
        ("*0\r\n", Value::List(Vec::new())),
        ("*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", Value::List(vec![Value::List(vec![Value::Number(1)]), text("x")])),
    ];
    for (bytes, expected) in cases {
        let more = format!("{bytes}+more");
        assert_eq!(read(more.as_bytes(), Bounds::SMALL), Ok(Some((expected, bytes.len()))), "{bytes:?}");
        for cut in 0..bytes.len() {
            assert_eq!(read(&bytes.as_bytes()[..cut], Bounds::SMALL), Ok(None), "{bytes:?} up to {cut}");
        }
    }
}

#[test]
fn what_is_no_value_or_too_large_is_refused() {
    let deep = "*1\r\n".repeat(5);
    let long = format!("+{}", "x".repeat(5000));
    for bytes in [
        "HTTP/1.1 400 Bad Request\r\n",
        "\r\n",
        "+OK\n",
        ":x\r\n",
        ":\r\n",
        "$x\r\n",
        "$-2\r\n",
        "$70000\r\n",
        "$1\r\nxyz",
        "*1025\r\n",
        &deep,
        &long,
        "%1\r\n",
    ] {
        assert_eq!(read(bytes.as_bytes(), Bounds::SMALL), Err(Malformed), "{bytes:?}");
    }
}

#[test]
fn what_a_store_holds_may_be_larger_and_has_an_end() {
    let text = "x".repeat(70_000);
    let bytes = format!("${}\r\n{text}\r\n", text.len());
    assert_eq!(read(bytes.as_bytes(), Bounds::LARGE), Ok(Some((Value::Text(text.into()), bytes.len()))));
    for bytes in ["*9999999999\r\n".to_owned(), "$9999999999\r\n".to_owned(), "*1\r\n".repeat(20)] {
        assert_eq!(read(bytes.as_bytes(), Bounds::LARGE), Err(Malformed), "{bytes:?}");
    }
}

#[test]
fn the_end_of_a_value_is_found_in_pieces_of_any_size() {
    let values = "+OK\r\n-ERR x\r\n:-7\r\n$4\r\na\r\nb\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n*1\r\n:1\r\n$1\r\nx\r\n*2\r\n*0\r\n*1\r\n*-1\r\n+end\r\n";
    for size in 1..values.len() {
        let (mut scan, mut bytes) = (Scan::default(), Vec::new());
        for piece in values.as_bytes().chunks(size) {
            bytes.extend_from_slice(piece);
            while let Some(end) = scan.end(&bytes, Bounds::SMALL).unwrap() {
                assert_eq!(
                    read(&bytes, Bounds::SMALL).unwrap().map(|(_, length)| length),
                    Some(end),
                    "{size}"
                );
                bytes.drain(..end);
            }
            assert_eq!(read(&bytes, Bounds::SMALL), Ok(None), "{size}");
        }
        assert!(bytes.is_empty(), "{size}");
    }
    for wrong in ["x\r\n", "$70000\r\n", "*1025\r\n", &"*1\r\n".repeat(5), "$x\r\n"] {
        assert_eq!(Scan::default().end(wrong.as_bytes(), Bounds::SMALL), Err(Malformed), "{wrong:?}");
    }
}
