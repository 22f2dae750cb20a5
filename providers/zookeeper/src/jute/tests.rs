use super::*;

#[test]
fn what_is_written_is_read() {
    let bytes = Writer::new().int(-7).long(1 << 40).bool(true).buffer(b"abc").packet();
    for end in 0..bytes.len() {
        assert_eq!(packet(&bytes[..end]), Ok(None));
    }
    let (inside, length) = packet(&bytes).unwrap().unwrap();
    assert_eq!(length, bytes.len());
    let mut reader = Reader::new(inside);
    assert_eq!((reader.int(), reader.long()), (Ok(-7), Ok(1 << 40)));
    let mut rest = Reader::new(&inside[13..]);
    assert_eq!(rest.text(), Ok("abc".to_owned()));
}

#[test]
fn what_is_no_packet_is_an_error() {
    assert_eq!(packet(b"HTTP/1.1 400"), Err(Malformed));
    assert_eq!(Reader::new(&[0, 0]).int(), Err(Malformed));
    assert_eq!(Reader::new(&[0, 0, 0, 9, 1]).buffer(), Err(Malformed));
    assert_eq!(Reader::new(&[255, 255, 255, 255]).buffer(), Ok(&[][..]));
    assert_eq!(Reader::new(&[0, 0, 0, 2, 0, 0, 0, 1, b'a']).texts(), Err(Malformed));
}
