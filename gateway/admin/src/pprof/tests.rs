use std::io::Read;

use flate2::read::GzDecoder;

use super::proto::{Mapping, Name, Profile};
use super::*;

#[test]
fn paths_are_those_of_go() {
    for (path, asked) in [
        ("/debug/pprof/", Some(Asked::Index)),
        ("/debug/pprof/profile", Some(Asked::Cpu)),
        ("/debug/pprof/heap", Some(Asked::Memory)),
        ("/debug/pprof/trace", None),
        ("/debug/pprof/profile/", None),
        ("/debug/pprof", None),
        ("/debug/vars", None),
    ] {
        assert_eq!(Asked::parse(path), asked, "{path}");
    }
}

#[test]
fn a_profile_takes_a_minute_at_the_most() {
    let span = |query| span(query).map_err(|_| ());
    assert_eq!(span(None), Ok(Duration::from_secs(30)));
    assert_eq!(span(Some("seconds=0")), Ok(Duration::from_secs(30)));
    assert_eq!(span(Some("seconds=x")), Ok(Duration::from_secs(30)));
    assert_eq!(span(Some("seconds=60")), Ok(Duration::from_secs(60)));
    assert_eq!(span(Some("seconds=61")), Err(()));
}

#[test]
fn one_at_a_time() {
    let is_taken = AtomicBool::new(false);
    let turn = Turn::take(&is_taken);
    assert!(turn.is_some() && Turn::take(&is_taken).is_none());
    drop(turn);
    assert!(Turn::take(&is_taken).is_some());
}

#[test]
fn files_with_code_are_found_in_the_words_of_the_system() {
    let maps = "\
5500-5600 r--p 00000000 fe:00 12                         /usr/bin/a program
5600-5700 r-xp 00000100 fe:00 12                         /usr/bin/a program
5700-5800 rw-p 00000200 fe:00 12                         /usr/bin/a program
5900-5a00 rw-p 00000000 00:00 0                          [heap]
7000-7100 r--p 00000000 fe:00 13                         /etc/data
8000-8100 r-xp 00000000 00:00 0                          [vdso]
9000-9100 r-xp 00000000 00:00 0
broken
";
    let modules = image::parse(maps);
    let seen: Vec<_> =
        modules.iter().map(|module| (&*module.path, module.code.clone(), module.offset)).collect();
    assert_eq!(seen, [("/usr/bin/a program", 0x5600..0x5700, 0x100), ("[vdso]", 0x8000..0x8100, 0)]);
    assert_eq!(modules[0].whole, 0x5500..0x5800);
}

#[test]
fn memory_is_added_up_by_what_it_is_of() {
    let maps = "\
5500-5600 r--p 00000000 fe:00 12                         /usr/bin/a program
Rss:                  12 kB
Private_Dirty:         4 kB
VmFlags: rd mr mw me
5600-5700 r-xp 00000100 fe:00 12                         /usr/bin/a program
Rss:                   8 kB
5900-5a00 rw-p 00000000 00:00 0
Rss:                 100 kB
Swap:                  1 kB
5a00-5b00 ---p 00000000 00:00 0
Rss:                   0 kB
";
    let text = String::from_utf8(Table::parse(maps).text()).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_ascii_whitespace().collect()).collect();
    assert_eq!(lines[0], ["resident/bytes", "private/bytes", "swapped/bytes"]);
    assert_eq!(lines[1], ["102400", "0", "1024", "[anonymous]"]);
    assert_eq!(lines[2], ["20480", "4096", "0", "/usr/bin/a", "program"]);
}

#[test]
fn a_profile_is_written_as_its_format_says() {
    let mut profile = Profile::new(&[("samples", "count")]);
    let mapping = profile.mapping(&Mapping { start: 1, end: 300, path: "/a", ..Mapping::default() });
    let place = profile.location(mapping, 300, Some(Name::plain("f")));
    profile.sample(&[place], &[5], &[]);
    let mut bytes = Vec::new();
    GzDecoder::new(&*profile.finish().unwrap()).read_to_end(&mut bytes).unwrap();
    let expected: &[&[u8]] = &[
        // What a sample has: "samples", "count".
        b"\x0a\x04\x08\x01\x10\x02",
        // The file: its number, from 1 to 300, "/a".
        b"\x1a\x09\x08\x01\x10\x01\x18\xac\x02\x28\x03",
        // The function: its number, "f" twice.
        b"\x2a\x06\x08\x01\x10\x04\x18\x04",
        // The place: its number, in the file, at 300, in the function.
        b"\x22\x0b\x08\x01\x10\x01\x18\xac\x02\x22\x02\x08\x01",
        // The sample: its place, its number.
        b"\x12\x06\x0a\x01\x01\x12\x01\x05",
        b"\x32\x00\x32\x07samples\x32\x05count\x32\x02/a\x32\x01f",
    ];
    assert_eq!(bytes, expected.concat());
}

/// What the system allows differs; where it does, the test's own work is found by its name.
#[test]
fn what_computes_is_found_by_its_name() {
    let Ok(mut recording) = Recording::begin() else { return };
    let end = std::time::Instant::now() + Duration::from_millis(500);
    let mut sum = 0_u64;
    while std::time::Instant::now() < end {
        sum = sum.wrapping_add(work_with_a_name(sum));
        recording.look();
    }
    assert_ne!(sum, 1);
    let mut bytes = Vec::new();
    GzDecoder::new(&*recording.finish().unwrap()).read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("work_with_a_name") && text.contains("what_computes_is_found_by_its_name"));
}

#[inline(never)]
fn work_with_a_name(seed: u64) -> u64 {
    (0..2_000_000_u64)
        .fold(seed, |sum, number| std::hint::black_box(sum.wrapping_mul(31).wrapping_add(number)))
}
