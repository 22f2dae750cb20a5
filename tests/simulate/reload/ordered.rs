//! Ordered: the last word of a provider wins, however fast it speaks.

use windrose_kit::peer::h1::Client;

use super::gateway;
use crate::random::Random;

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

#[tokio::test]
async fn the_last_update_wins() {
    let mut random = Random::new();
    let gateway = gateway(2);
    let mut client = Client::connect(gateway.address("web")).await;
    let mut said = [0; PROVIDERS];
    let mut seen = [0; PROVIDERS];
    for round in 1..=ROUNDS {
        for _ in 0..random.below(20) {
            let provider = random.below(PROVIDERS);
            said[provider] += 1;
            gateway.say(&format!("p{provider}"), &stamped(provider, said[provider])).await;
            // What was said may be in force or not, but nothing comes back.
            if random.once_in(4) {
                let provider = random.below(PROVIDERS);
                let now = stamp(&mut client, provider).await.unwrap_or_default();
                assert!(now >= seen[provider] && now <= said[provider], "{now} after {}", seen[provider]);
                seen[provider] = now;
            }
        }
        // What is published later is in force later.
        gateway.publish("last", &format!("http: {{services: {{s{round}: {{loadBalancer: {{}}}}}}}}")).await;
        for (provider, said) in said.iter().enumerate() {
            let now = stamp(&mut client, provider).await.unwrap_or_default();
            assert_eq!(now, *said, "p{provider} in round {round}");
            seen[provider] = now;
        }
    }
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
