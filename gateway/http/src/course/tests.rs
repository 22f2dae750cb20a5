//! What is held is given back once, at the end, whatever the end is.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Mutex;

use super::*;

#[derive(Default)]
struct Returned(Mutex<Vec<(u64, End)>>);

impl Release for Returned {
    fn release(&self, token: u64, record: &Record) {
        self.0.lock().unwrap().push((token, record.end));
    }
}

#[derive(Clone, Default)]
struct Heard(Rc<RefCell<Vec<(Record, Times)>>>);

impl Watch for Heard {
    fn routed(&mut self, _: &mut Exchange, _: &Destination<'_>) -> Follow {
        Follow::Ends
    }
    fn picked(&mut self, _: &mut Exchange, _: &Arc<str>, _: &Arc<str>) {}
    fn answered(&mut self, _: &Exchange, _: &Reply) {}
    fn ended(self: Box<Self>, record: &Record, times: &Times) {
        self.0.borrow_mut().push((*record, *times));
    }
}

#[test]
fn what_is_held_is_given_back_at_the_end_and_only_once() {
    let returned = Arc::new(Returned::default());
    let mut course = Course::default();
    course.hold(Guard::new(Arc::clone(&returned) as Arc<dyn Release>, 7));
    course.hold(Guard::new(Arc::clone(&returned) as Arc<dyn Release>, 8));
    course.end(End::Whole);
    assert_eq!(*returned.0.lock().unwrap(), [(7, End::Whole), (8, End::Whole)]);
    course.hold(Guard::new(Arc::clone(&returned) as Arc<dyn Release>, 9));
    course.end(End::Broken);
    drop(course);
    assert_eq!(*returned.0.lock().unwrap(), [(7, End::Whole), (8, End::Whole), (9, End::Broken)]);
}

#[test]
fn an_exchange_that_is_dropped_ends_as_one_whose_client_has_gone() {
    let (returned, heard) = (Arc::new(Returned::default()), Heard::default());
    let mut course = Course::default();
    course.hold(Guard::new(Arc::clone(&returned) as Arc<dyn Release>, 1));
    course.watch(Box::new(heard.clone()));
    course.record.status = 200;
    drop(course);
    assert_eq!(*returned.0.lock().unwrap(), [(1, End::Gone)]);
    let heard = heard.0.borrow();
    assert_eq!((heard.len(), heard[0].0.status, heard[0].0.end), (1, 200, End::Gone));
    assert!(heard[0].1.last.is_some());
}

#[test]
fn times_are_taken_only_while_somebody_listens() {
    let heard = Heard::default();
    let mut course = Course::default();
    course.end(End::Whole);
    assert!(course.more.is_none());
    course.watch(Box::new(heard.clone()));
    course.end(End::Whole);
    assert!(heard.0.borrow()[0].1.last.is_some());
    assert_eq!(course.record, Record::default());
}

#[test]
fn what_is_held_for_an_answer_goes_with_it() {
    let returned = Arc::new(Returned::default());
    let guard = |token| Guard::new(Arc::clone(&returned) as Arc<dyn Release>, token);
    let tokens = || returned.0.lock().unwrap().iter().map(|(token, _)| *token).collect::<Vec<_>>();
    let mut course = Course::default();
    course.hold(guard(1));
    let before = course.held();
    course.hold(guard(2));
    course.hold(guard(3));
    course.give_back(before);
    assert_eq!((course.held(), tokens()), (1, vec![2, 3]));
    course.give_back(5);
    let mut other = Course::default();
    other.hold(guard(4));
    course.adopt(other);
    course.adopt(Course::default());
    assert_eq!((course.held(), tokens()), (2, vec![2, 3]));
    course.end(End::Whole);
    assert_eq!(tokens(), [2, 3, 1, 4]);
}
