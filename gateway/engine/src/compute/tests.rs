use std::sync::mpsc::channel;

use windrose_http::Failure;
use windrose_http::desk::Desk;

use super::*;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn what_is_computed_comes_back_to_whoever_asked() {
    let desk = Desk::new(Arc::new(Compute::new(2, 4)));
    let name = run(desk.compute(|| std::thread::current().name().map(str::to_owned)));
    assert!(name.unwrap().unwrap().starts_with("compute-"));
}

#[test]
fn a_full_queue_is_said_at_once_and_empties_again() {
    let compute = Arc::new(Compute::new(1, 1));
    let (started, has_started) = channel();
    let (go_on, may_go_on) = channel::<()>();
    compute
        .submit(Box::new(move || {
            started.send(()).unwrap();
            may_go_on.recv().unwrap();
        }))
        .unwrap();
    has_started.recv().unwrap();
    let (second, second_done) = channel();
    compute.submit(Box::new(move || second.send(()).unwrap())).unwrap();
    assert_eq!(compute.submit(Box::new(|| panic!("was refused"))), Err(Full));
    let desk = Desk::new(Arc::clone(&compute) as Arc<dyn Computing>);
    assert_eq!(run(desk.compute(|| ())), Err(Failure::Busy));
    go_on.send(()).unwrap();
    second_done.recv().unwrap();
    assert_eq!(run(desk.compute(|| 5)), Ok(5));
}

#[test]
fn a_panic_costs_its_own_result_only() {
    let desk = Desk::new(Arc::new(Compute::new(1, 4)));
    let panics: fn() -> u8 = || panic!("on purpose");
    assert_eq!(run(desk.compute(panics)), Err(Failure::Internal));
    assert_eq!(run(desk.compute(|| 1)), Ok(1));
}
