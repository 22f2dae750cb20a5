use std::time::Duration;

use super::*;

#[test]
fn the_gateway_is_as_far_as_its_last_entry_point() {
    let mut stages = Stages::running(2);
    stages.enter_all(Stage::Unready);
    assert_eq!(
        (stages.overall(), stages.of(0), stages.of(1)),
        (Stage::Unready, Stage::Unready, Stage::Unready)
    );
    stages.enter(1, Stage::Draining);
    assert_eq!(
        (stages.overall(), stages.of(0), stages.of(1)),
        (Stage::Unready, Stage::Unready, Stage::Draining)
    );
    stages.enter(0, Stage::Closing);
    assert_eq!(stages.overall(), Stage::Closing);
    stages.enter(1, Stage::Closing);
    assert_eq!(stages.of(1), Stage::Draining, "it only goes forward");
    stages.enter_all(Stage::Forced);
    assert_eq!((stages.overall(), stages.of(0), stages.of(1)), (Stage::Forced, Stage::Forced, Stage::Forced));
}

#[test]
fn a_gateway_without_entry_points_stops_too() {
    let mut stages = Stages::running(0);
    stages.enter_all(Stage::Closing);
    assert_eq!((stages.overall(), stages.of(0)), (Stage::Closing, Stage::Closing));
}

#[test]
fn each_entry_point_has_times_of_its_own() {
    let seconds = Duration::from_secs;
    let times = [(seconds(5), seconds(1)), (seconds(0), seconds(10)), (seconds(0), seconds(0))];
    let mut timetable = Timetable::new(times);
    timetable.strike(1);
    let mut seen = Vec::new();
    while let Some(due) = timetable.next() {
        seen.push((due.after.as_secs(), due.entry, due.stage));
        timetable.pass();
    }
    let expected =
        [(0, 2, Stage::Closing), (0, 2, Stage::Forced), (5, 0, Stage::Closing), (6, 0, Stage::Forced)];
    assert_eq!(seen, expected);
    let forever = Timetable::new([(Duration::MAX, Duration::MAX)]);
    assert_eq!(forever.next().unwrap().after, Duration::MAX);
}
