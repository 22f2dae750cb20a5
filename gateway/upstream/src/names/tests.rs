use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use tokio::net::UdpSocket;

use super::*;
use crate::testing::{beside, run};

/// Gives what the test says, and counts how often it was asked.
#[derive(Clone)]
struct Scripted(Arc<Script>);

struct Script {
    answer: Mutex<Result<Answer, Unanswered>>,
    asked: AtomicUsize,
    /// Answers wait for one of these.
    leave: tokio::sync::Semaphore,
}

impl Source for Scripted {
    fn ask<'a>(&'a self, _: &'a str) -> Answering<'a> {
        Box::pin(async {
            self.0.asked.fetch_add(1, Ordering::Relaxed);
            self.0.leave.acquire().await.unwrap().forget();
            lock(&self.0.answer).clone()
        })
    }
}

impl Scripted {
    fn new(answer: Result<Answer, Unanswered>) -> (Self, Arc<Names>) {
        let leave = tokio::sync::Semaphore::new(1_000_000);
        let script = Self(Arc::new(Script { answer: Mutex::new(answer), asked: AtomicUsize::new(0), leave }));
        let names = Names::new(script.clone());
        (script, names)
    }

    fn say(&self, answer: Result<Answer, Unanswered>) {
        *lock(&self.0.answer) = answer;
    }

    fn asked(&self) -> usize {
        self.0.asked.load(Ordering::Relaxed)
    }
}

fn at(last: u8, lives: u64) -> Result<Answer, Unanswered> {
    let addresses = Arc::new([IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))]);
    Ok(Answer { addresses, lives: Duration::from_secs(lives) })
}

fn nobody() -> Result<Answer, Unanswered> {
    Err(Unanswered::Nobody("asleep".into()))
}

async fn last_byte(names: &Names) -> io::Result<u8> {
    let addresses = names.addresses("a.test").await?;
    let IpAddr::V4(address) = addresses[0] else { panic!("not what was said") };
    Ok(address.octets()[3])
}

#[test]
fn what_was_learned_is_believed_for_its_time_unless_it_is_doubted() {
    run(async {
        let (script, names) = Scripted::new(at(1, 60));
        assert_eq!(last_byte(&names).await.unwrap(), 1);
        script.say(at(2, 0));
        assert_eq!((last_byte(&names).await.unwrap(), script.asked()), (1, 1));
        names.doubt("a.test");
        assert_eq!((last_byte(&names).await.unwrap(), script.asked()), (2, 2));
        // A time to live of nothing is none.
        assert_eq!((last_byte(&names).await.unwrap(), script.asked()), (2, 3));
        let until = lock(&names.entry("a.test").last).until.unwrap();
        assert!(until <= Instant::now());
        script.say(at(3, 600));
        last_byte(&names).await.unwrap();
        let until = lock(&names.entry("a.test").last).until.unwrap();
        assert!(
            until <= Instant::now() + LONGEST,
            "container hosts give out minutes for what is gone in a second"
        );
    });
}

#[test]
fn many_that_want_a_name_at_once_ask_once_and_one_that_goes_away_keeps_nobody() {
    run(async {
        let (script, names) = Scripted::new(at(1, 60));
        script.0.leave.forget_permits(1_000_000);
        let wait = |names: &Arc<Names>| {
            let names = Arc::clone(names);
            beside(async move { last_byte(&names).await.unwrap() })
        };
        let first = wait(&names);
        let others: Vec<_> = (0..10).map(|_| wait(&names)).collect();
        while script.asked() == 0 {
            tokio::task::yield_now().await;
        }
        first.abort();
        script.0.leave.add_permits(100);
        for other in others {
            assert_eq!(other.await.unwrap(), 1);
        }
        assert_eq!(script.asked(), 2, "the first one went away, one of the others asked again");
    });
}

#[test]
fn while_nobody_can_be_asked_the_last_answer_is_used_and_a_name_without_addresses_is_none() {
    run(async {
        let (script, names) = Scripted::new(nobody());
        assert!(last_byte(&names).await.is_err());
        script.say(at(1, 0));
        assert_eq!(last_byte(&names).await.unwrap(), 1);
        script.say(nobody());
        assert_eq!(last_byte(&names).await.unwrap(), 1);
        let asked = script.asked();
        assert_eq!((last_byte(&names).await.unwrap(), script.asked()), (1, asked), "not asked all the time");
        names.doubt("a.test");
        script.say(Err(Unanswered::NoSuchHost));
        assert!(last_byte(&names).await.is_err());
        script.say(nobody());
        assert!(last_byte(&names).await.is_err(), "what is gone does not come back because nobody answers");
    });
}

#[test]
fn names_that_nobody_uses_are_forgotten() {
    run(async {
        let (_, names) = Scripted::new(at(1, 0));
        for number in 0..20 * MANY {
            names.addresses(&format!("n{number}.test")).await.unwrap();
        }
        assert!(lock(&names.known).len() <= 2 * MANY);
    });
}

/// A name server that knows one name: `10.1.2.3` for `a.test`, for a minute.
async fn name_server() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    beside(async move {
        let mut query = [0_u8; 512];
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            let question = &query[12..length];
            let name_end = question.iter().position(|byte| *byte == 0).unwrap();
            let (kind, is_known) = (question[name_end + 2], question.starts_with(b"\x01a\x04test\0"));
            let answers = u8::from(is_known && kind == 1);
            let mut reply = query[..2].to_vec();
            reply.extend([0x81, if is_known { 0x80 } else { 0x83 }, 0, 1, 0, answers, 0, 0, 0, 0]);
            reply.extend(&question[..name_end + 5]);
            if answers == 1 {
                reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 1, 2, 3]);
            }
            socket.send_to(&reply, from).await.unwrap();
        }
    });
    address
}

#[test]
fn a_name_server_is_asked_for_both_families_and_says_how_long_its_word_lives() {
    run(async {
        let address = name_server().await;
        let mut connection = ConnectionConfig::udp();
        connection.port = address.port();
        let server = NameServerConfig::new(address.ip(), true, vec![connection]);
        let config = ResolverConfig::from_parts(None, vec![], vec![server]);
        let resolver =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().unwrap();
        let answer = system::ask(&resolver, "a.test.").await.unwrap();
        assert_eq!(*answer.addresses, [IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3))]);
        assert!(answer.lives > Duration::from_secs(50) && answer.lives <= Duration::from_secs(60));
        assert_eq!(system::ask(&resolver, "b.test.").await, Err(Unanswered::NoSuchHost));
    });
}

#[test]
fn the_system_knows_its_own_host() {
    run(async {
        let addresses = Names::system().addresses("localhost").await.unwrap();
        assert!(addresses.iter().all(IpAddr::is_loopback) && !addresses.is_empty());
    });
}
