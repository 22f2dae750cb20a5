use std::fs;
use std::os::unix::fs::MetadataExt;

use super::{UnnamedFile, named_for_a_moment};

#[test]
fn a_file_without_a_name_holds_what_is_written() {
    let folder = std::env::temp_dir();
    for file in [UnnamedFile::new().unwrap(), UnnamedFile(named_for_a_moment(&folder).unwrap())] {
        file.write(b"hello", 3).unwrap();
        assert_eq!(file.read(8, 0).unwrap(), b"\0\0\0hello");
        assert!(file.read(9, 0).is_err());
        let metadata = file.0.metadata().unwrap();
        assert_eq!((metadata.nlink(), metadata.mode() & 0o777), (0, 0o600));
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let folder = std::env::temp_dir().join("windrose-no-such-folder");
    assert!(!fs::exists(&folder).unwrap());
    assert!(named_for_a_moment(&folder).is_err());
}
