use rustix::process::{Resource, getrlimit};

use super::{fd_limit, host_name, raise_fd_limit, worker_count};

#[test]
fn the_soft_limit_of_files_becomes_the_hard_one() {
    let raised = raise_fd_limit().unwrap();
    let limit = getrlimit(Resource::Nofile);
    assert_eq!(raised, limit.maximum);
    assert_eq!(limit.current, limit.maximum);
    assert_eq!(fd_limit(), raised);
}

#[test]
fn the_host_has_a_name_and_a_core() {
    assert!(worker_count() >= 1);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(host_name(), kernel.trim_end());
}
