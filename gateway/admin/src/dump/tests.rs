use super::*;

#[test]
fn the_checksum_is_that_of_gzip() {
    assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    assert_eq!(checksum(b""), 0);
}

#[test]
fn blocks_are_stored_with_their_length() {
    let long = vec![7; STORED + 1];
    let packed = gzip(&long);
    assert_eq!(packed[..4], [0x1f, 0x8b, 8, 0]);
    assert_eq!(packed[10..15], [0, 0xff, 0xff, 0, 0]);
    let last = 15 + STORED;
    assert_eq!(packed[last..last + 6], [1, 1, 0, 0xfe, 0xff, 7]);
    assert_eq!(packed[last + 10..], 65_536u32.to_le_bytes());
}

#[test]
fn a_head_says_name_length_and_checksum() {
    let head = head("version.json", 20, 0);
    assert!(head.starts_with(b"version.json\0"));
    assert_eq!(head[124..136], *b"00000000024\0");
    let sum: u32 = head
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
        .sum();
    assert_eq!(head[148..156], *format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn secrets_stay_inside() {
    let mut settings = StaticConfig::default();
    settings.global.check_new_version = true;
    let packed = dump(&"1", &settings, b"{}".to_vec(), UNIX_EPOCH);
    let text = String::from_utf8_lossy(&packed);
    for name in ["version.json", "static-config.json", "runtime-config.json"] {
        assert!(text.contains(name), "{name}");
    }
}
