use super::{End, Fault, Kind, Message, Wire};

fn read(bytes: &[u8], kind: Kind) -> Result<Message, Fault> {
    let mut wire = Wire::new(bytes);
    let mut message = wire.head()?;
    wire.body(&mut message, kind);
    Ok(message)
}

const ANSWER: Kind = Kind::Answer { to_head: false };

#[test]
fn chunked_body_and_trailers_are_read() {
    let bytes =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n";
    let message = read(bytes, ANSWER).unwrap();
    assert_eq!(message.status(), Some(200));
    assert_eq!(message.body, b"abcde");
    assert_eq!(message.trailers, [("T".to_owned(), "v".to_owned())]);
    assert_eq!(message.end, End::Complete);
}

#[test]
fn early_ends_are_cut() {
    assert_eq!(read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", ANSWER).unwrap().end, End::Cut);
    let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe";
    assert_eq!(read(chunked, Kind::Request).unwrap().end, End::Cut);
}

#[test]
fn body_without_length_depends_on_the_kind() {
    assert_eq!(read(b"HTTP/1.1 200 OK\r\n\r\nrest", ANSWER).unwrap().end, End::WithConnection);
    assert_eq!(read(b"GET / HTTP/1.1\r\n\r\nrest", Kind::Request).unwrap().body, b"");
    let to_head = Kind::Answer { to_head: true };
    assert_eq!(read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", to_head).unwrap().end, End::Complete);
}

#[test]
fn no_message_is_a_fault() {
    assert_eq!(read(b"", ANSWER), Err(Fault::Closed));
    assert_eq!(read(b"nonsense\r\n\r\n", ANSWER), Err(Fault::Garbage(b"nonsense\r\n\r\n".to_vec())));
    assert_eq!(read(b"HTTP/1.1 200", ANSWER), Err(Fault::Garbage(b"HTTP/1.1 200".to_vec())));
}
