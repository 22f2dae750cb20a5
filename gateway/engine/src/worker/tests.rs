use windrose_upstream::Local;

use super::*;

fn worker() -> Rc<Worker> {
    let current = Current::new(Snapshot { generation: 1, listeners: Box::default() });
    let local = Local::new(Box::new(|_, _| {}));
    Worker::new(0, local, Rc::default(), None, "host".into(), Arc::default(), Arc::new(current))
}

#[test]
fn the_register_gives_room_back_when_connections_end() {
    let worker = worker();
    let mut guards: Vec<_> = (0..10_000).map(|_| worker.register(0, Phase::Idle)).collect();
    assert!(worker.slots.room() >= 10_000);
    // The first, the last and many in between end; those that stay are woken still.
    let mut kept: Vec<_> = guards.drain(..).step_by(1_000).collect();
    assert_eq!((worker.slots.open(), kept.len()), (10, 10));
    assert!(worker.slots.room() <= 64, "room for {}", worker.slots.room());
    kept.swap_remove(3);
    for guard in &kept {
        guard.set_deadline(Deadline::In(Duration::ZERO));
    }
    worker.slots.tick(Instant::now() + Duration::from_secs(1), Duration::ZERO);
    assert!(kept.iter().all(SlotGuard::is_late));
    drop(kept);
    assert!(worker.slots.is_empty());
}

#[test]
fn each_connection_is_woken_for_its_own_deadline() {
    let worker = worker();
    let guards: Vec<_> = (0..8).map(|_| worker.register(0, Phase::Idle)).collect();
    let mut guards: Vec<_> = guards.into_iter().map(Some).collect();
    // Whoever ends leaves the place to another, which must be found there.
    guards[0] = None;
    guards[5] = None;
    let woken: Vec<_> = guards
        .iter()
        .flatten()
        .map(|guard| {
            let (waker, count) = counting();
            guard.watch(&std::task::Context::from_waker(&waker));
            count
        })
        .collect();
    for (number, guard) in guards.iter().flatten().enumerate() {
        guard.set_deadline(Deadline::In(Duration::from_secs(1 + number as u64)));
    }
    worker.slots.tick(Instant::now() + Duration::from_millis(3_500), Duration::ZERO);
    let counts: Vec<_> = woken.iter().map(|count| count.load(std::sync::atomic::Ordering::Relaxed)).collect();
    assert_eq!(counts, [1, 1, 1, 0, 0, 0]);
}

#[test]
fn a_register_is_quiet_while_nothing_will_be_late_soon() {
    let worker = worker();
    let (idle, busy) = (worker.register(0, Phase::Idle), worker.register(0, Phase::Idle));
    let is_quiet = || worker.slots.tick(Instant::now(), Duration::from_secs(1));
    idle.set_deadline(Deadline::In(Duration::from_secs(180)));
    assert!(is_quiet(), "a client may take its time");
    busy.set_answer_deadline(Deadline::In(Duration::from_millis(900)));
    assert!(!is_quiet(), "an answer is due");
    busy.set_answer_deadline(Deadline::None);
    assert!(is_quiet());
    assert!(!busy.looks());
    assert!(!is_quiet(), "somebody looks after a client");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_dozes_is_right_when_it_is_needed() {
    let slots = slots::Slots::new(Instant::now() - Duration::from_millis(30), 0);
    assert_eq!(slots.at(Deadline::In(Duration::ZERO)), 1, "it stands where it was");
    let hour = Duration::from_secs(3600);
    let needs = async {
        tokio::task::yield_now().await;
        slots.at(Deadline::In(Duration::ZERO))
    };
    let (is_undisturbed, at) = tokio::join!(slots.doze(hour), needs);
    assert!(!is_undisturbed && at > 30, "{at}");
    assert!(slots.doze(hour).await, "nobody needs it");
}

fn counting() -> (std::task::Waker, Arc<std::sync::atomic::AtomicUsize>) {
    struct Count(Arc<std::sync::atomic::AtomicUsize>);
    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let count = Arc::default();
    (std::task::Waker::from(Arc::new(Count(Arc::clone(&count)))), count)
}

#[test]
fn dates_are_written_as_http_wants_them() {
    let cases = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
        (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ];
    for (unix, text) in cases {
        assert_eq!(http_date(unix), text);
    }
}
