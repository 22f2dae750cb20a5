use super::*;
use crate::health::Checks;
use crate::service::{Balancing, Kind};
use crate::testing::{
    Interims, Server, answers, balanced, data, local, pieces, request, run, says, text, weighted,
};

fn failover(main: Arc<Upstream>, fallback: Arc<Upstream>, errors: Option<Errors>) -> Arc<Upstream> {
    let made = Failover::new(main, fallback, Follows::Nobody, errors).expect("health");
    Arc::new(Upstream { name: "failover".into(), kind: Kind::Failover(made) })
}

fn errors(statuses: &[RangeInclusive<u16>], most_body: usize) -> Option<Errors> {
    Some(Errors { statuses: statuses.into(), most_body })
}

fn checked(checks: &Checks, url: &str) -> (Arc<Upstream>, Arc<Vital>) {
    let of = Balancing { probe: Some(Arc::default()), ..Balancing::default() };
    let service = balanced(&[(url, 1)], of, checks);
    let Kind::LoadBalancer(balancer) = &service.kind else { panic!("no balancer") };
    let vital = Arc::clone(balancer.checks().next().unwrap().vital());
    (service, vital)
}

#[test]
fn the_fallback_answers_while_the_service_is_down() {
    let checks = Checks::default();
    let (main, vital) = checked(&checks, "http://127.0.0.1:1");
    let service = failover(main, says("b"), None);
    vital.tell(false);
    assert_eq!(answers(&service, 2), "bb");
    vital.tell(true);
    assert_eq!(answers(&service, 1), "Bad Gateway");
}

#[test]
fn without_either_there_is_no_service() {
    let checks = Checks::default();
    let ((main, one), (fallback, other)) =
        (checked(&checks, "http://127.0.0.1:1"), checked(&checks, "http://127.0.0.2:1"));
    let made = Failover::new(main, fallback, Follows::Children, None).unwrap();
    let service = Upstream { name: "f".into(), kind: Kind::Failover(made) };
    let is_up = || service.vital().unwrap().is_up();
    one.tell(false);
    assert!(is_up());
    other.tell(false);
    assert!(!is_up());
    run(async {
        let mut reply = service.answer(&mut request("GET /"), &local()).await;
        assert_eq!((reply.status, text(&mut reply).await.as_str()), (503, "Service Unavailable\n"));
    });
}

#[test]
fn a_fallback_that_nobody_follows_says_itself_that_it_is_down() {
    let checks = Checks::default();
    let ((main, one), (fallback, other)) =
        (checked(&checks, "http://127.0.0.1:1"), checked(&checks, "http://127.0.0.2:1"));
    let service = failover(main, fallback, None);
    one.tell(false);
    other.tell(false);
    run(async {
        let mut reply = service.answer(&mut request("GET /"), &local()).await;
        assert_eq!((reply.status, text(&mut reply).await.as_str()), (503, "no available server\n"));
    });
}

#[test]
fn who_would_follow_a_service_without_health_is_refused() {
    let checks = Checks::default();
    let (main, _) = checked(&checks, "http://127.0.0.1:1");
    let refused = |main: &Arc<Upstream>, follows, errors| {
        Failover::new(Arc::clone(main), says("b"), follows, errors).err().map(|error| error.0)
    };
    assert_eq!(refused(&says("a"), Follows::Nobody, None).as_deref(), Some("a"));
    assert_eq!(refused(&says("a"), Follows::Nobody, errors(&[], 0)), None);
    assert_eq!(refused(&says("a"), Follows::Children, errors(&[], 0)).as_deref(), Some("a"));
    assert_eq!(refused(&main, Follows::Children, None).as_deref(), Some("b"));
    assert_eq!(refused(&main, Follows::Nobody, None), None);
}

#[test]
fn a_status_sends_the_request_to_the_fallback_as_it_came() {
    run(async {
        let (main, fallback) = (Server::new("500 Oh\nX-Main: 1\n\nmain"), Server::new("200 OK\n\nfallback"));
        let to = |server: &Server| balanced(&[(&server.url(), 1)], Balancing::default(), &Checks::default());
        let service = failover(to(&main), to(&fallback), errors(&[500..=502, 504..=504], 8));
        let local = local();
        let send = async |text: &'static str| {
            let (sender, body) = pieces();
            let mut ex = request("POST /a\nX-A: 1");
            ex.body = body;
            sender.send(data(text)).await.unwrap();
            drop(sender);
            service.answer(&mut ex, &local).await
        };
        let mut reply = send("body").await;
        assert_eq!((reply.status, text(&mut reply).await.as_str()), (200, "fallback"));
        assert!(!reply.headers.contains("X-Main"));
        assert_eq!(main.seen(1).await, fallback.seen(1).await);
        assert!(fallback.seen(1).await.ends_with("\r\n\r\nbody"));
        main.says("503 Away\n\nmain");
        let mut reply = send("body").await;
        assert_eq!((reply.status, text(&mut reply).await.as_str()), (503, "main"), "not one of them");
        let mut reply = send("too long a body").await;
        assert_eq!((reply.status, text(&mut reply).await.as_str()), (413, "Request body too large\n"));
        assert_eq!((main.count(), fallback.count()), (2, 1));
    });
}

#[test]
fn a_tunnel_is_not_waited_for() {
    run(async {
        let main = balanced(&[("http://127.0.0.1:1", 1)], Balancing::default(), &Checks::default());
        let service = failover(main, says("b"), errors(&[500..=599], usize::MAX));
        let (_sender, body) = pieces();
        let mut ex = request("CONNECT /");
        ex.body = body;
        assert_eq!(service.answer(&mut ex, &local()).await.status, 501, "no word of the fallback");
    });
}

#[test]
fn nothing_of_an_answer_that_is_not_the_clients_reaches_it() {
    run(async {
        let main = Server::new("103 Early\n\n");
        let to = balanced(&[(&main.url(), 1)], Balancing::default(), &Checks::default());
        let service = failover(to, weighted(&[(says("b"), 1)]), errors(&[500..=599], usize::MAX));
        let interims = Rc::new(Interims::default());
        let mut ex = request("GET /");
        ex.interim = Some(Rc::clone(&interims) as Rc<dyn windrose_http::exchange::Interim>);
        // The server says 103 and then what is no answer.
        main.says("103 Early\nLink: x\r\n\r\nHTTP/9 no");
        let mut reply = service.answer(&mut ex, &local()).await;
        assert_eq!(text(&mut reply).await, "b");
        assert!(interims.0.borrow().is_empty() && ex.interim.is_some());
    });
}
