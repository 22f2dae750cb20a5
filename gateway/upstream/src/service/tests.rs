use windrose_http::Id;

use super::*;
use crate::health::Checks;
use crate::sticky::Cookie;
use crate::testing::{answers, balanced, local, request, run, says, sharing, text, weighted};

#[test]
fn services_have_turns_by_weight() {
    assert_eq!(answers(&weighted(&[(says("a"), 3), (says("b"), 1), (says("c"), 0)]), 8), "aaabaaab");
}

#[test]
fn services_within_services_have_their_own_turns() {
    let inner = weighted(&[(says("a"), 1), (says("b"), 1)]);
    assert_eq!(answers(&weighted(&[(inner, 2), (says("c"), 1)]), 6), "abcabc");
}

#[test]
fn without_anybody_to_choose_there_is_no_server() {
    for service in [
        weighted(&[]),
        weighted(&[(says("a"), 0)]),
        weighted(&[(weighted(&[]), 1)]),
        balanced(&[], Balancing::default(), &Checks::default()),
        balanced(&[("http://127.0.0.1:1", 0)], Balancing::default(), &Checks::default()),
    ] {
        assert_eq!(answers(&service, 1), "no available server\n");
    }
}

/// Middlewares, for all that a service knows of them.
struct Adds(Arc<Upstream>);

impl Front for Adds {
    fn behind(&self) -> Option<&Arc<Upstream>> {
        Some(&self.0)
    }

    fn answer<'a>(&'a self, ex: &'a mut Exchange, local: &'a Rc<Local>) -> Answer<'a> {
        Box::pin(async move {
            let mut reply = self.0.answer_boxed(ex, local).await;
            reply.headers.append("X-Front", &*self.0.name);
            reply
        })
    }
}

fn fronted(service: Arc<Upstream>) -> Arc<Upstream> {
    Arc::new(Upstream { name: "front".into(), kind: Kind::Fronted(Arc::new(Adds(service))) })
}

#[test]
fn what_stands_before_a_service_answers_for_it() {
    let service = weighted(&[(fronted(fronted(says("a"))), 1)]);
    run(async {
        let mut reply = service.answer(&mut request("GET /"), &local()).await;
        assert_eq!(text(&mut reply).await, "a");
        let said: Vec<_> = reply.headers.get_all("X-Front").collect();
        assert_eq!(said, [&b"a"[..], b"front"]);
    });
}

#[test]
fn every_level_tells_the_client_where_it_is_at_home() {
    let sticky = |name: &str| Sharing {
        sticky: Some(Cookie { name: name.into(), ..Cookie::default() }),
        ..Sharing::default()
    };
    let leaves = [says("a"), says("b")];
    let choices = |of: &Arc<Upstream>| [(Arc::clone(of), 1), (says("other"), 1)];
    let pair = sharing(&[(leaves[0].clone(), 1), (leaves[1].clone(), 1)], sticky("one"));
    let two = sharing(&choices(&pair), sticky("two"));
    let three = sharing(&choices(&two), sticky("three"));
    let top = fronted(sharing(&choices(&fronted(three)), sticky("four")));
    run(async {
        let local = local();
        let mut reply = top.answer(&mut request("GET /"), &local).await;
        assert_eq!(text(&mut reply).await, "a");
        let told: Vec<String> = (reply.headers.get_all(Id::SET_COOKIE))
            .map(|cookie| String::from_utf8_lossy(cookie).into_owned())
            .collect();
        let names: Vec<_> = told.iter().filter_map(|cookie| Some(cookie.split_once('=')?.0)).collect();
        assert_eq!(names, ["three", "two", "one", "four"], "inside out where something stands between");
        for _ in 0..5 {
            let mut again = request("GET /");
            again.headers.receive(Id::COOKIE, told.join("; "));
            let mut reply = top.answer(&mut again, &local).await;
            assert_eq!(text(&mut reply).await, "a");
            assert!(!reply.headers.contains(Id::SET_COOKIE), "it knows");
        }
    });
}

#[test]
fn clients_are_hashed_to_services_by_the_names_that_are_written() {
    let by = Sharing { by: By::Client, ..Sharing::default() };
    let service = sharing(&[(says("a"), 1), (says("b"), 1), (says("c"), 0), (says("d"), 2)], by);
    let all = answers(&service, 10);
    assert_eq!(all, all[..1].repeat(10), "one client, one service");
    assert!(!all.contains('c'));
}

#[test]
fn a_service_takes_little_room() {
    // There can be a million of them.
    assert!(size_of::<Kind>() <= 72, "{} bytes", size_of::<Kind>());
    assert_eq!(size_of::<Server>(), 16);
}
