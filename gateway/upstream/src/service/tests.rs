use super::*;
use crate::testing::{endpoint, local, request, run, text};

struct Says(&'static str);

impl Internal for Says {
    fn answer<'a>(&'a self, _: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        Box::pin(async { Reply::with_body(200, self.0) })
    }
}

fn says(text: &'static str) -> Arc<Upstream> {
    Arc::new(Upstream { name: text.into(), kind: Kind::Internal(Arc::new(Says(text))) })
}

fn weighted(of: &[(Arc<Upstream>, i64)]) -> Arc<Upstream> {
    let weights: Vec<_> = of.iter().map(|(_, weight)| *weight).collect();
    let services = of.iter().map(|(service, _)| Arc::clone(service)).collect();
    let kind = Kind::Weighted(Weighted { services, turns: Turns::new(Cycle::new(&weights)) });
    Arc::new(Upstream { name: "weighted".into(), kind })
}

fn balancer(weights: &[i64]) -> LoadBalancer {
    let servers = (1..=weights.len()).map(|number| endpoint(&format!("http://127.0.0.{number}:1")));
    LoadBalancer {
        servers: servers.collect(),
        turns: Turns::new(Cycle::new(weights)),
        pass_host: PassHost::Client,
        upgrades: Upgrades::default(),
    }
}

fn answers(service: &Upstream, count: usize) -> String {
    run(async {
        let local = local();
        let mut all = String::new();
        for _ in 0..count {
            let mut reply = service.answer(&mut request("GET /"), &local).await;
            all.push_str(&text(&mut reply).await);
        }
        all
    })
}

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
        Arc::new(Upstream { name: "none".into(), kind: Kind::LoadBalancer(balancer(&[])) }),
        Arc::new(Upstream { name: "none".into(), kind: Kind::LoadBalancer(balancer(&[0, 0])) }),
    ] {
        assert_eq!(answers(&service, 1), "no available server\n");
    }
}

#[test]
fn servers_have_turns_by_weight_and_those_without_are_left_alone() {
    let balancer = balancer(&[1, 0, 2]);
    let picked: Vec<_> = (0..6).map(|_| balancer.pick().expect("a server").url.to_string()).collect();
    let [first, third] = ["http://127.0.0.1:1", "http://127.0.0.3:1"];
    assert_eq!(picked, [third, first, third, third, first, third]);
}

#[test]
fn all_workers_share_the_turns() {
    let turns = Turns::new(Cycle::new(&[1, 1, 1]));
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let worker = || (0..300).filter_map(|_| turns.next()).collect::<Vec<_>>();
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(worker)).collect();
        let all: Vec<_> = workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect();
        (0..3).map(|choice| all.iter().filter(|picked| **picked == choice).count()).collect()
    });
    assert_eq!(counts, [400, 400, 400]);
}

#[test]
fn a_single_choice_counts_nothing() {
    let turns = Turns::new(Cycle::new(&[7]));
    assert_eq!((turns.next(), turns.next()), (Some(0), Some(0)));
    assert_eq!(turns.next.load(Ordering::Relaxed), 0);
}
