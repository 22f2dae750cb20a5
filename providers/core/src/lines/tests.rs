use super::*;

#[test]
fn lines_are_cut_wherever_the_pieces_end() {
    let text = b"one\n\ntwo and more\nlast";
    for size in 1..=text.len() {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in text.chunks(size) {
            lines.push(piece).unwrap();
            while let Some(line) = lines.line() {
                found.push(line.to_vec());
            }
        }
        assert_eq!(found, [&b"one\n"[..], b"\n", b"two and more\n"], "{size}");
    }
}

/// A line without an end was looked through anew for each of its pieces, and had no bound.
#[test]
fn a_line_without_an_end_is_looked_at_once_and_then_refused() {
    let begun = std::time::Instant::now();
    let mut lines = Lines::default();
    let piece = [b'x'; 512];
    let outcome = (0..LONGEST).find_map(|_| {
        let outcome = lines.push(&piece).err();
        assert!(lines.line().is_none());
        outcome
    });
    assert_eq!(outcome, Some(TooLong));
    assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
}
