//! Who hears of requests, and what happens when they are slow.

use super::*;

fn line(status: u16) -> Line {
    Line { status, ..Line::default() }
}

#[tokio::test]
async fn everybody_hears_what_they_want() {
    let tail = Arc::new(Tail::default());
    assert!(!tail.is_heard());
    let mut all = tail.listen(Filter::default()).unwrap();
    let mut bad = tail.listen(Filter::parse("status:5xx").unwrap()).unwrap();
    assert!(tail.is_heard());
    tail.tell(|| line(200));
    tail.tell(|| line(500));
    assert_eq!([all.lines.recv().await.unwrap().status, all.lines.recv().await.unwrap().status], [200, 500]);
    assert_eq!(bad.lines.recv().await.unwrap().status, 500);
    drop((all, bad));
    assert!(!tail.is_heard(), "nobody listens any more");
}

#[tokio::test]
async fn a_slow_listener_loses_lines_and_is_told_how_many() {
    let tail = Arc::new(Tail::default());
    let mut slow = tail.listen(Filter::default()).unwrap();
    for _ in 0..WAITING + 7 {
        tail.tell(|| line(200));
    }
    assert_eq!((slow.take_dropped(), slow.take_dropped()), (7, 0));
    assert!(slow.lines.recv().await.is_some());
}

#[test]
fn only_so_many_may_listen() {
    let tail = Arc::new(Tail::default());
    let all: Vec<Listening> = (0..MOST).map(|_| tail.listen(Filter::default()).unwrap()).collect();
    assert_eq!(tail.listen(Filter::default()).unwrap_err(), Full);
    drop(all);
    assert!(tail.listen(Filter::default()).is_ok());
}
