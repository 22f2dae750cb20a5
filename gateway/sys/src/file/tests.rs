use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use rustix::fs::{CWD, FileType as Kind, Mode, mknodat};

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("windrose-sys-file-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn a_regular_file_is_read_through_links_up_to_its_limit() {
    let folder = Folder::new("regular");
    let (path, link) = (folder.0.join("a"), folder.0.join("b"));
    fs::write(&path, "12345").unwrap();
    symlink(&path, &link).unwrap();
    assert_eq!(read_file(&link, 5).unwrap(), b"12345");
    let error = read_file(&link, 4).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(error.to_string(), "it is larger than the 4 bytes that are read of such a file");
    assert_eq!(read_file(&folder.0.join("c"), 4).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_file_without_a_size_of_its_own_is_read_and_bounded() {
    let status = Path::new("/proc/self/status");
    assert!(!read_file(status, 1 << 20).unwrap().is_empty());
    assert_eq!(read_file(status, 10).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
}

#[test]
fn a_sparse_file_of_a_terabyte_is_refused_by_its_size() {
    let folder = Folder::new("sparse");
    let path = folder.0.join("a");
    File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(read_file(&path, 1 << 20).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
}

#[test]
fn whatever_is_no_regular_file_is_refused_by_name_and_nothing_waits() {
    let folder = Folder::new("kinds");
    let (fifo, socket, link) = (folder.0.join("fifo"), folder.0.join("socket"), folder.0.join("link"));
    // Nobody ever writes to it: opening it the usual way would never return.
    mknodat(CWD, &fifo, Kind::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let _listener = UnixListener::bind(&socket).unwrap();
    symlink(&fifo, &link).unwrap();
    for (path, expected) in [
        (&*fifo, "a FIFO"),
        (&*link, "a FIFO"),
        (&*socket, "a socket"),
        (&*folder.0, "a directory"),
        (Path::new("/dev/zero"), "a device"),
    ] {
        let error = read_file(path, 1 << 20).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), format!("it is {expected}, name a regular file"));
    }
}
