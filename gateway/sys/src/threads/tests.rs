use super::*;

#[test]
fn a_line_of_the_system_is_read_whatever_the_name() {
    let line = |name: &str| format!("12 ({name}) S 1 1 1 0 -1 4194304 9 0 0 0 34 56 0 0 20 0 1 0 100 0 0");
    for name in ["worker-0", "a) R 1 (b", "", "x y"] {
        let thread = Thread::parse(&line(name)).unwrap();
        assert_eq!((thread.id, &*thread.name), (12, name));
        assert_eq!((thread.user.as_millis(), thread.system.as_millis()), (340, 560));
    }
    for broken in ["", "12", "12 (a)", "12 (a) S 1 1", "x (a) S 1 1 1 0 -1 4194304 9 0 0 0 34 56 0"] {
        assert_eq!(Thread::parse(broken), None, "{broken}");
    }
}

#[test]
fn this_thread_is_among_them() {
    let name = "named so";
    let seen = std::thread::Builder::new().name(name.to_owned()).spawn(Thread::all).unwrap().join().unwrap();
    assert!(seen.unwrap().iter().any(|thread| thread.name == name));
}
