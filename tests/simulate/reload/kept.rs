//! State kept: what has the same identity as before goes on where it was.

use windrose_kit::peer::h1::{Client, Server};
use windrose_random::Random;

use super::gateway;

/// What may be written differently without making another service of it.
#[derive(Clone, Copy, Default)]
struct Around {
    /// Anything, elsewhere.
    stamp: usize,
    /// Other services, which stand before it.
    others: usize,
    /// All weights, times this.
    factor: usize,
    /// Which of two equal transports.
    transport: usize,
    /// Which host the servers are told.
    host: usize,
}

impl Around {
    fn any(stamp: usize, random: &mut Random) -> Self {
        let (others, factor) = (random.below(3), 1 + random.below(3));
        Self { stamp, others, factor, transport: random.below(2), host: random.below(2) }
    }

    fn text(self, servers: &[Server; 3], dial_timeout: usize) -> String {
        let Self { stamp, others, factor, transport, host } = self;
        let others: String =
            (0..others).map(|number| format!("    a{number}: {{loadBalancer: {{servers: []}}}}\n")).collect();
        let urls: Vec<String> = servers
            .iter()
            .zip([3, 1, 2])
            .map(|(server, weight)| format!("{{url: '{}', weight: {}}}", server.url(), weight * factor))
            .collect();
        format!(
            "http:
  routers:
    app: {{rule: 'Host(`app.test`)', service: app, middlewares: [stamp]}}
    turns: {{rule: 'Host(`turns.test`)', service: turns}}
  middlewares: {{stamp: {{headers: {{customRequestHeaders: {{X-Stamp: '{stamp}'}}}}}}}}
  serversTransports:
    t0: {{forwardingTimeouts: {{dialTimeout: {dial_timeout}s}}}}
    t1: {{forwardingTimeouts: {{dialTimeout: {dial_timeout}s}}}}
  services:
{others}    app: {{loadBalancer: {{passHostHeader: {}, serversTransport: t{transport}, servers: [{}]}}}}
    one: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}
    two: {{loadBalancer: {{servers: [{{url: '{}'}}]}}}}
    turns: {{weighted: {{services: [{{name: one, weight: {}}}, {{name: two, weight: {}}}]}}}}
",
            host == 0,
            urls.join(", "),
            servers[0].url(),
            servers[1].url(),
            2 * factor,
            3 * factor,
        )
    }
}

async fn servers() -> [Server; 3] {
    [Server::fixed("a").await, Server::fixed("b").await, Server::fixed("c").await]
}

/// Who answers the next requests.
async fn answers(client: &mut Client, host: &str, count: usize) -> String {
    let mut names = String::new();
    for _ in 0..count {
        names.push_str(&client.get(host, "/").await.text());
    }
    names
}

#[tokio::test]
async fn equal_services_keep_their_place_and_their_connections() {
    let mut random = Random::new();
    let servers = servers().await;
    let gateway = gateway(1);
    let calm = Around { factor: 1, ..Around::default() };
    gateway.publish("test", &calm.text(&servers, 30)).await;
    let mut client = Client::connect(gateway.address("web")).await;
    let (app, turns) =
        (answers(&mut client, "app.test", 6).await, answers(&mut client, "turns.test", 5).await);
    assert_eq!((app.matches('a').count(), app.matches('b').count(), app.matches('c').count()), (3, 1, 2));
    assert_eq!(turns.matches('a').count(), 2);
    let before: Vec<usize> = servers.iter().map(Server::connections).collect();
    for stamp in 1..=RELOADS {
        gateway.publish("test", &Around::any(stamp, &mut random).text(&servers, 30)).await;
        if random.once_in(5) {
            gateway
                .publish(
                    "other",
                    &format!("http: {{services: {{s{stamp}: {{loadBalancer: {{servers: []}}}}}}}}"),
                )
                .await;
        }
        let (in_app, in_turns) = (stamp % app.len(), stamp % turns.len());
        // One request of each for every reload: it is the turn of whoever follows the one before.
        let turn =
            |order: &str, place: usize| order[(place + order.len() - 1) % order.len()..][..1].to_owned();
        assert_eq!(answers(&mut client, "app.test", 1).await, turn(&app, in_app), "after {stamp} reloads");
        assert_eq!(
            answers(&mut client, "turns.test", 1).await,
            turn(&turns, in_turns),
            "after {stamp} reloads"
        );
    }
    let after: Vec<usize> = servers.iter().map(Server::connections).collect();
    assert_eq!(before, after, "a connection to a server was not used again");
}

#[tokio::test]
async fn another_transport_means_other_connections() {
    let servers = servers().await;
    let gateway = gateway(1);
    let calm = Around { factor: 1, ..Around::default() };
    gateway.publish("test", &calm.text(&servers, 30)).await;
    let mut client = Client::connect(gateway.address("web")).await;
    answers(&mut client, "app.test", 12).await;
    let connections = || servers.iter().map(Server::connections).collect::<Vec<_>>();
    assert_eq!(connections(), [1, 1, 1]);
    gateway.publish("test", &calm.text(&servers, 29)).await;
    answers(&mut client, "app.test", 12).await;
    assert_eq!(connections(), [2, 2, 2]);
}

#[tokio::test]
async fn another_cycle_begins_anew() {
    let servers = servers().await;
    let gateway = gateway(1);
    let weights = |weights: [usize; 3]| {
        let server =
            |(server, weight): (&Server, usize)| format!("{{url: '{}', weight: {weight}}}", server.url());
        let servers: Vec<String> = servers.iter().zip(weights).map(server).collect();
        format!(
            "http:\n  routers: {{app: {{rule: 'Host(`app.test`)', service: app}}}}\n  \
             services: {{app: {{loadBalancer: {{servers: [{}]}}}}}}",
            servers.join(", ")
        )
    };
    gateway.publish("test", &weights([1, 1, 1])).await;
    let mut client = Client::connect(gateway.address("web")).await;
    let order = answers(&mut client, "app.test", 4).await;
    gateway.publish("test", &weights([1, 1, 0])).await;
    let fewer = answers(&mut client, "app.test", 4).await;
    assert_eq!((order.as_str(), fewer.as_str()), ("abca", "abab"));
}

const RELOADS: usize = 200;
