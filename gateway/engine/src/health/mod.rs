//! Starts the checks that services ask for, on one worker: what they find out is seen by all.

use std::rc::Rc;

use crate::tasks;
use crate::worker::Worker;

/// Starts what is new in every snapshot. Checks end by themselves when no snapshot has their service any more.
pub(crate) async fn watch(worker: Rc<Worker>) {
    let mut news = worker.news();
    loop {
        let snapshot = worker.snapshot();
        for route in
            snapshot.listeners.iter().filter_map(|listener| listener.tcp.as_ref()).flat_map(|of| of.iter())
        {
            route.each_health(&mut |health| {
                for check in health.begin() {
                    tasks::spawn_local("health", check);
                }
            });
        }
        drop(snapshot);
        if news.changed().await.is_err() {
            return;
        }
    }
}
