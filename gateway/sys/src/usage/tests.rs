use super::*;

#[test]
fn lines_become_numbers() {
    let status = "Name:\tx\nVmSize:\t    2048 kB\nVmHWM:\t     512 kB\nVmRSS:\t     256 kB\nThreads:\t7\n";
    let expected = Usage { resident: 256 << 10, peak: 512 << 10, mapped: 2 << 20, threads: 7 };
    assert_eq!(Usage::parse(status), expected);
    assert_eq!(Usage::parse("nothing"), Usage::default());
}

#[test]
fn this_process_holds_memory() {
    let usage = Usage::now().unwrap();
    assert!(usage.resident > 0 && usage.peak >= usage.resident / 2 && usage.threads > 0, "{usage:?}");
}
