use super::By::{Interrupt, Quit, Terminate};
use super::*;

#[test]
fn only_an_impatient_signal_presses() {
    let echoes = [
        (Terminate, Terminate),
        (Interrupt, Interrupt),
        (Quit, Quit),
        (Interrupt, Terminate),
        (Quit, Terminate),
    ];
    let pressing = [(Terminate, Interrupt), (Terminate, Quit), (Interrupt, Quit), (Quit, Interrupt)];
    for (first, again) in echoes.into_iter().chain(pressing) {
        let stop = Stop::now(first);
        assert_eq!(
            stop.is_pressed(again, stop.at),
            pressing.contains(&(first, again)),
            "{first:?} {again:?}"
        );
        assert!(stop.is_pressed(again, stop.at + ECHO), "{first:?} {again:?}, later");
    }
}
