//! Isolated: one bad object disables only its dependants.

use std::collections::BTreeSet;
use std::fmt::Write;

use windrose_config::Severity;
use windrose_kit::peer::h1::{Client, Server};
use windrose_random::Random;

use super::gateway;

/// Objects that refer to each other, some of them wrong.
pub(super) struct Plan {
    routers: Vec<Router>,
    middlewares: Vec<Middleware>,
    services: Vec<Service>,
}

struct Router {
    rule: Health,
    service: usize,
    middlewares: Vec<usize>,
}

enum Middleware {
    Headers(Health),
    /// Of those that stand before it.
    Chain(Vec<usize>),
}

enum Service {
    Servers(Health),
    /// Of those that stand before it.
    Weighted(Vec<usize>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    Well,
    Wrong,
}

impl Health {
    fn any(random: &mut Random) -> Self {
        if random.once_in(6) { Self::Wrong } else { Self::Well }
    }
}

fn some(random: &mut Random, most: usize, below: usize) -> Vec<usize> {
    (0..random.below(most + 1)).map(|_| random.below(below)).collect()
}

impl Plan {
    pub(super) fn new(random: &mut Random) -> Self {
        let mut plan = Self { routers: Vec::new(), middlewares: Vec::new(), services: Vec::new() };
        for number in 0..MIDDLEWARES {
            plan.middlewares.push(Self::middleware(number, random));
        }
        for number in 0..SERVICES {
            plan.services.push(Self::service(number, random));
        }
        for _ in 0..ROUTERS {
            plan.routers.push(Self::router(random));
        }
        plan
    }

    /// Changes one object.
    pub(super) fn change(&mut self, random: &mut Random) {
        match random.below(3) {
            0 => {
                let number = random.below(MIDDLEWARES);
                self.middlewares[number] = Self::middleware(number, random);
            }
            1 => {
                let number = random.below(SERVICES);
                self.services[number] = Self::service(number, random);
            }
            _ => {
                let number = random.below(ROUTERS);
                self.routers[number] = Self::router(random);
            }
        }
    }

    fn middleware(number: usize, random: &mut Random) -> Middleware {
        if number > 0 && random.once_in(3) {
            let mut parts = some(random, 2, number);
            parts.push(random.below(number));
            return Middleware::Chain(parts);
        }
        Middleware::Headers(Health::any(random))
    }

    fn service(number: usize, random: &mut Random) -> Service {
        if number > 0 && random.once_in(3) {
            let mut parts = some(random, 2, number);
            parts.push(random.below(number));
            return Service::Weighted(parts);
        }
        Service::Servers(Health::any(random))
    }

    fn router(random: &mut Random) -> Router {
        // One more than there are: a reference that leads nowhere.
        let service = if random.once_in(10) { SERVICES } else { random.below(SERVICES) };
        let rule = if random.once_in(10) { Health::Wrong } else { Health::Well };
        Router { rule, service, middlewares: some(random, 2, MIDDLEWARES) }
    }

    pub(super) fn text(&self, url: &str) -> String {
        let mut text = String::from("http:\n  routers:\n");
        let list = |prefix: &str, numbers: &[usize]| {
            numbers.iter().map(|number| format!("{prefix}{number}")).collect::<Vec<_>>().join(", ")
        };
        for (number, Router { rule, service, middlewares }) in self.routers.iter().enumerate() {
            let rule =
                if *rule == Health::Well { format!("Host(`r{number}.test`)") } else { "Host(".to_owned() };
            let middlewares = list("m", middlewares);
            writeln!(
                text,
                "    r{number}: {{rule: '{rule}', service: s{service}, middlewares: [{middlewares}]}}"
            )
            .unwrap();
        }
        text.push_str("  middlewares:\n");
        for (number, middleware) in self.middlewares.iter().enumerate() {
            let options = match middleware {
                Middleware::Headers(Health::Well) => {
                    "headers: {customRequestHeaders: {X-Well: '1'}}".to_owned()
                }
                Middleware::Headers(Health::Wrong) => "ipAllowList: {sourceRange: [everybody]}".to_owned(),
                Middleware::Chain(parts) => format!("chain: {{middlewares: [{}]}}", list("m", parts)),
            };
            writeln!(text, "    m{number}: {{{options}}}").unwrap();
        }
        // One that is always well, so that the server is never forgotten.
        writeln!(text, "  services:\n    well: {{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}").unwrap();
        for (number, service) in self.services.iter().enumerate() {
            let options = match service {
                Service::Servers(health) => {
                    let url = if *health == Health::Well { url } else { "nowhere://" };
                    format!("loadBalancer: {{servers: [{{url: '{url}'}}]}}")
                }
                Service::Weighted(parts) => {
                    let part = |number: &usize| format!("{{name: s{number}, weight: 1}}");
                    let parts: Vec<String> = parts.iter().map(part).collect();
                    format!("weighted: {{services: [{}]}}", parts.join(", "))
                }
            };
            writeln!(text, "    s{number}: {{{options}}}").unwrap();
        }
        text
    }

    fn is_middleware_well(&self, number: usize) -> bool {
        match &self.middlewares[number] {
            Middleware::Headers(health) => *health == Health::Well,
            Middleware::Chain(parts) => parts.iter().all(|part| self.is_middleware_well(*part)),
        }
    }

    fn is_service_well(&self, number: usize) -> bool {
        match self.services.get(number) {
            None => false,
            Some(Service::Servers(health)) => *health == Health::Well,
            Some(Service::Weighted(parts)) => parts.iter().all(|part| self.is_service_well(*part)),
        }
    }

    fn is_router_well(&self, router: &Router) -> bool {
        router.rule == Health::Well
            && self.is_service_well(router.service)
            && router.middlewares.iter().all(|number| self.is_middleware_well(*number))
    }

    /// The names of what is disabled.
    fn disabled(&self) -> BTreeSet<String> {
        let routers = self.routers.iter().enumerate();
        let routers = routers
            .filter(|(_, router)| !self.is_router_well(router))
            .map(|(number, _)| format!("r{number}"));
        let middlewares = (0..MIDDLEWARES).filter(|number| !self.is_middleware_well(*number));
        let services = (0..SERVICES).filter(|number| !self.is_service_well(*number));
        routers
            .chain(middlewares.map(|number| format!("m{number}")))
            .chain(services.map(|number| format!("s{number}")))
            .collect()
    }
}

#[tokio::test]
async fn a_bad_object_disables_only_its_dependants() {
    let mut random = Random::new();
    let server = Server::fixed("well").await;
    let gateway = gateway(2);
    let mut client = Client::connect(gateway.address("web")).await;
    let mut plan = Plan::new(&mut random);
    for round in 0..ROUNDS {
        let text = plan.text(&server.url());
        let (_, problems) = gateway.publish_flawed("test", &text).await;
        let told = problems.iter().filter(|problem| problem.severity == Severity::Error);
        let told: BTreeSet<String> =
            told.map(|problem| problem.object.as_ref().unwrap().name.to_string()).collect();
        let disabled = plan.disabled();
        assert_eq!(told, disabled, "round {round}\n{text}");
        for (number, _) in plan.routers.iter().enumerate() {
            let answer = client.get(&format!("r{number}.test"), "/").await;
            let expected = if disabled.contains(&format!("r{number}")) { 404 } else { 200 };
            assert_eq!(answer.status(), expected, "r{number} in round {round}\n{text}");
        }
        plan.change(&mut random);
    }
    assert_eq!(server.connections(), 1, "what was well was disturbed");
}

const ROUTERS: usize = 12;
const MIDDLEWARES: usize = 6;
const SERVICES: usize = 5;
const ROUNDS: usize = 80;
