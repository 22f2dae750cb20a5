//! What becomes of lines: on a full disk, while the file is moved away, at the end.

use std::fs;

use windrose_kit::temp::TempDir;

use super::*;

fn line(number: usize) -> Vec<u8> {
    format!("line {number}\n").into_bytes()
}

/// Waits until something is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(10), "not in time: {what}");
        thread::park_timeout(Duration::from_millis(1));
    }
}

#[test]
fn lines_are_written_in_order_and_all_of_them_before_the_end() {
    let folder = TempDir::new();
    let path = folder.path().join("deep/down/access.log");
    let log = Log::start(Some(&path), 0, Losses::default()).unwrap();
    let lines = log.lines();
    lines.write(line(0));
    until("the first line", || fs::read(&path).unwrap() == line(0));
    for number in 1..3000 {
        lines.write(line(number));
    }
    log.close();
    let expected: Vec<u8> = (0..3000).flat_map(line).collect();
    assert_eq!(fs::read(&path).unwrap(), expected);
    assert_eq!(log.shared.losses.sum(), 0);
}

#[test]
fn no_line_is_lost_while_files_are_moved_away() {
    let folder = TempDir::new();
    let path = folder.path().join("access.log");
    let log = Log::start(Some(&path), 0, Losses::default()).unwrap();
    const EACH: usize = 20_000;
    let writers: Vec<_> = (0..2)
        .map(|worker| {
            let lines = log.lines();
            thread::spawn(move || {
                for number in 0..EACH {
                    lines.write(line(worker * EACH + number));
                    if number % 500 == 0 {
                        thread::park_timeout(Duration::from_millis(1));
                    }
                }
            })
        })
        .collect();
    let mut moved = 0;
    while !writers.iter().all(thread::JoinHandle::is_finished) {
        fs::rename(&path, folder.path().join(format!("access.log.{moved}"))).unwrap();
        log.reopen();
        moved += 1;
        until("the new file", || path.exists());
    }
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    log.close();
    let mut all: Vec<usize> = fs::read_dir(folder.path())
        .unwrap()
        .flat_map(|file| {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            text.lines().map(|line| line.strip_prefix("line ").unwrap().parse().unwrap()).collect::<Vec<_>>()
        })
        .collect();
    all.sort_unstable();
    assert!(moved > 1, "nothing was moved");
    assert_eq!((all.len() as u64) + log.shared.losses.sum(), 2 * EACH as u64);
    assert_eq!(log.shared.losses.sum(), 0);
    assert!(all.into_iter().eq(0..2 * EACH));
}

#[test]
fn a_full_disk_loses_lines_and_holds_nobody_up() {
    let losses = Losses::default();
    let log = Log::start(Some(Path::new("/dev/full")), 0, losses.clone()).unwrap();
    let lines = log.lines();
    for number in 0..100 {
        lines.write(line(number));
    }
    until("the losses", || losses.unwritten.load(Ordering::Relaxed) == 100);
    log.close();
    assert_eq!(losses.crowded.load(Ordering::Relaxed), 0);
}

#[test]
fn a_reader_that_reads_nothing_loses_lines_and_holds_nobody_up() {
    let folder = TempDir::new();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    // Open for both, so that opening it for writing does not wait.
    let pipe = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let losses = Losses::default();
    let log = Log::start(Some(&path), 0, losses.clone()).unwrap();
    let lines = log.lines();
    let long = [&[b'x'; 200][..], b"\n"].concat();
    let sent = 3 * LEAST_WAITING as u64;
    for _ in 0..sent {
        lines.write(long.clone());
    }
    assert!(losses.crowded.load(Ordering::Relaxed) > 0, "nothing was in the way");
    drop((lines, log, pipe));
}

#[test]
fn the_buffers_of_written_lines_come_back() {
    let log = Log::start(Some(Path::new("/dev/null")), 0, Losses::default()).unwrap();
    let lines = log.lines();
    lines.write(Vec::with_capacity(1000));
    until("a buffer", || lines.blank().capacity() == 1000);
}
