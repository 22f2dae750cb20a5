//! Ordered: the last word of a provider wins, however fast it speaks.

use windrose_config::GoDuration;
use windrose_kit::gateway::{Gateway, Settings};
use windrose_kit::peer::h1::Client;
use windrose_kit::soon;
use windrose_random::Random;

use super::{STATIC, gateway};

/// A configuration whose answer tells its stamp: the length of a redirect's path.
fn stamped(provider: usize, stamp: usize) -> String {
    format!(
        "http:\n  routers:\n    r: {{rule: 'Host(`p{provider}.test`)', service: noop@internal, middlewares: [to]}}\n  \
         middlewares: {{to: {{redirectRegex: {{regex: '.*', replacement: 'http://stamp/{stamp}'}}}}}}"
    )
}

async fn stamp(client: &mut Client, provider: usize) -> Option<usize> {
    let answer = client.get(&format!("p{provider}.test"), "/").await;
    let location = answer.header("location")?;
    Some(location.rsplit_once('/').unwrap().1.parse().unwrap())
}

/// What providers have said, and what clients have seen of it.
struct Talk {
    client: Client,
    said: [usize; PROVIDERS],
    seen: [usize; PROVIDERS],
}

impl Talk {
    async fn with(gateway: &Gateway) -> Self {
        let client = Client::connect(gateway.address("web")).await;
        Self { client, said: [0; PROVIDERS], seen: [0; PROVIDERS] }
    }

    async fn say(&mut self, gateway: &Gateway, provider: usize) {
        self.said[provider] += 1;
        gateway.say(&format!("p{provider}"), &stamped(provider, self.said[provider])).await;
    }

    /// Looks at what is in force, which never goes back; tells whether it is the last word.
    async fn look(&mut self, provider: usize) -> bool {
        let (seen, said) = (self.seen[provider], self.said[provider]);
        let now = stamp(&mut self.client, provider).await.unwrap_or_default();
        assert!((seen..=said).contains(&now), "p{provider}: {now} after {seen} was seen and {said} said");
        self.seen[provider] = now;
        now == said
    }

    /// Waits until the last word of everybody is in force.
    async fn hear_out(&mut self) {
        for provider in 0..PROVIDERS {
            let heard = async { while !self.look(provider).await {} };
            soon(format!("the last word of p{provider}"), heard).await;
        }
    }
}

#[tokio::test]
async fn the_last_update_wins() {
    let mut random = Random::new();
    let gateway = gateway(2);
    let mut talk = Talk::with(&gateway).await;
    for round in 1..=ROUNDS {
        for _ in 0..random.below(20) {
            talk.say(&gateway, random.below(PROVIDERS)).await;
            if random.once_in(4) {
                talk.look(random.below(PROVIDERS)).await;
            }
        }
        // What is published later is in force later.
        gateway
            .publish("last", &format!("http: {{services: {{s{round}: {{loadBalancer: {{servers: []}}}}}}}}"))
            .await;
        for provider in 0..PROVIDERS {
            assert!(talk.look(provider).await, "p{provider} in round {round}");
        }
    }
    assert!(gateway.stop().await);
}

#[tokio::test]
async fn the_last_update_of_a_throttled_provider_wins() {
    let mut random = Random::new();
    let throttle = GoDuration::from_millis(20);
    let gateway = Gateway::with(Settings { static_config: STATIC, throttle, ..Settings::default() });
    let mut talk = Talk::with(&gateway).await;
    for _ in 0..ROUNDS {
        for _ in 0..random.below(8) {
            talk.say(&gateway, random.below(PROVIDERS)).await;
            talk.look(random.below(PROVIDERS)).await;
        }
        if random.once_in(5) {
            talk.hear_out().await;
        }
    }
    talk.hear_out().await;
    assert!(gateway.stop().await);
}

#[tokio::test]
async fn whoever_asks_after_a_publication_sees_it() {
    let gateway = gateway(2);
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(Client::connect(gateway.address("web")).await);
    }
    let mut generation = gateway.current().generation();
    for round in 1..=ROUNDS {
        let published = gateway.publish("p0", &stamped(0, round)).await;
        assert_eq!(published, generation + 1);
        generation = published;
        for client in &mut clients {
            assert_eq!(stamp(client, 0).await, Some(round));
        }
    }
}

const PROVIDERS: usize = 3;
const ROUNDS: usize = 60;
