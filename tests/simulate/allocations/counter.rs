//! An allocator that counts, for each thread on its own.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::sync::Once;

use tracking_allocator::{AllocationGroupId, AllocationRegistry, AllocationTracker, Allocator};

#[global_allocator]
static ALLOCATOR: Allocator<std::alloc::System> = Allocator::system();

/// What a thread has allocated.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// How often; making something larger counts too.
    pub(crate) made: usize,
    /// Bytes it has allocated and not freed. What another thread has allocated and it has freed is taken off.
    pub(crate) held: isize,
}

thread_local! {
    static TALLY: Cell<Tally> = const { Cell::new(Tally { made: 0, held: 0 }) };
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static SEEN: RefCell<Vec<(usize, Backtrace)>> = const { RefCell::new(Vec::new()) };
}

struct Counter;

impl AllocationTracker for Counter {
    fn allocated(&self, _: usize, size: usize, _: usize, _: AllocationGroupId) {
        let Tally { made, held } = TALLY.get();
        TALLY.set(Tally { made: made + 1, held: held.wrapping_add_unsigned(size) });
        if WATCHED.get() {
            // Nothing that is allocated in here is counted.
            SEEN.with_borrow_mut(|seen| seen.push((size, Backtrace::force_capture())));
        }
    }

    fn deallocated(&self, _: usize, size: usize, _: usize, _: AllocationGroupId, _: AllocationGroupId) {
        let Tally { made, held } = TALLY.get();
        TALLY.set(Tally { made, held: held.wrapping_sub_unsigned(size) });
    }
}

/// Starts counting, in all threads.
pub(crate) fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        AllocationRegistry::set_global_tracker(Counter).unwrap();
        AllocationRegistry::enable_tracking();
    });
}

/// What this thread has allocated.
pub(crate) fn tally() -> Tally {
    TALLY.get()
}

/// Notes where this thread allocates, from now on.
pub(crate) fn watch() {
    SEEN.with_borrow_mut(Vec::clear);
    WATCHED.set(true);
}

/// Where this thread has allocated since: each with its size and the lines of source, innermost first.
pub(crate) fn seen() -> String {
    WATCHED.set(false);
    AllocationRegistry::untracked(|| {
        let seen = SEEN.take();
        seen.iter()
            .map(|(size, backtrace)| format!("{size} bytes: {}\n", place(&backtrace.to_string())))
            .collect()
    })
}

/// The lines of source in a backtrace that tell where it was taken: of the product, and of the library it calls.
fn place(backtrace: &str) -> String {
    let mut places = Vec::new();
    for line in backtrace.lines() {
        let Some(path) = line.trim().strip_prefix("at ") else { continue };
        let of = |root: &str| {
            path.split_once(root).map(|(_, rest)| rest.rsplit_once(':').map_or(rest, |(at, _)| at))
        };
        let library = of("/registry/src/").and_then(|rest| rest.split_once('/')).map(|(_, rest)| rest);
        let library = library.filter(|path| !path.starts_with("tracking-allocator"));
        if let Some(place) = of("/gateway/").or(library) {
            places.push(place.to_owned());
        }
        if places.len() == DEPTH {
            break;
        }
    }
    places.join(" < ")
}

/// So many lines tell an allocation from all others.
const DEPTH: usize = 5;

#[test]
fn a_thread_counts_its_own() {
    start();
    let before = tally();
    let held = std::hint::black_box(vec![0_u8; 1000]);
    let other = std::thread::spawn(|| drop(std::hint::black_box(vec![0_u8; 5000])));
    let spawned = tally();
    other.join().unwrap();
    let one = tally();
    assert!(one.made > before.made && one.held - before.held >= 1000, "{before:?} {one:?}");
    assert!(one.held - before.held < 5000, "{before:?} {spawned:?} {one:?}");
    drop(held);
    assert_eq!(tally().held, one.held - 1000);
    watch();
    drop(std::hint::black_box(vec![0_u8; 77]));
    let seen = seen();
    assert!(seen.contains("77 bytes: "), "{seen}");
}
