//! Zones, aliases and propagation, asked of a DNS server of the test's own; and variables.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, NS, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record as Entry, RecordType};
use tokio::net::UdpSocket;
use windrose_kit::temp::TempDir;

use super::*;

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

/// A DNS server that knows the zone `a.test`, an alias into it, and what is put into `texts`.
struct Server {
    socket: UdpSocket,
    texts: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
}

impl Server {
    async fn bind() -> Self {
        Self { socket: UdpSocket::bind("127.0.0.1:0").await.unwrap(), texts: Arc::default() }
    }

    fn port(&self) -> u16 {
        self.socket.local_addr().unwrap().port()
    }

    fn resolver(&self) -> Resolver {
        Resolver::new(&[format!("127.0.0.1:{}", self.port()).into()], "/nowhere")
    }

    async fn serve(&self) {
        let mut bytes = [0; 512];
        loop {
            let (length, from) = self.socket.recv_from(&mut bytes).await.unwrap();
            let question = Message::from_vec(&bytes[..length]).unwrap();
            let asked = question.queries[0].clone();
            let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
            answer.add_query(asked.clone());
            for data in self.known(&asked.name.to_ascii(), asked.query_type) {
                answer.add_answer(Entry::from_rdata(asked.name.clone(), 1, data));
            }
            if answer.answers.is_empty() && !asked.name.to_ascii().ends_with("a.test.") {
                answer.metadata.response_code = ResponseCode::NXDomain;
            }
            self.socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
        }
    }

    fn known(&self, asked: &str, kind: RecordType) -> Vec<RData> {
        match (asked, kind) {
            ("a.test.", RecordType::SOA) => {
                vec![RData::SOA(SOA::new(name("localhost."), name("root.localhost."), 1, 1, 1, 1, 1))]
            }
            ("a.test.", RecordType::NS) => vec![RData::NS(NS(name("localhost.")))],
            ("_acme-challenge.b.test.", RecordType::CNAME) => {
                vec![RData::CNAME(CNAME(name("_acme-challenge.x.a.test.")))]
            }
            (asked, RecordType::TXT) => {
                let texts = self.texts.lock().unwrap();
                let texts = texts.get(asked).cloned().unwrap_or_default();
                texts.into_iter().map(|text| RData::TXT(TXT::new(vec![text]))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Answers until `asking` is done.
    async fn during<T>(&self, asking: impl Future<Output = T>) -> T {
        tokio::select! {
            () = self.serve() => unreachable!(),
            done = asking => done,
        }
    }
}

#[tokio::test]
async fn a_zone_is_the_nearest_name_above_with_a_start_of_authority() {
    let server = Server::bind().await;
    let resolver = server.resolver();
    let found = server.during(resolver.zone("_acme-challenge.x.a.test.")).await.unwrap();
    assert_eq!(found, "a.test.");
    let lost = server.during(resolver.zone("x.elsewhere.")).await;
    assert!(matches!(lost, Err(DnsError::Unknown(_))), "{lost:?}");
}

#[tokio::test]
async fn a_name_that_leads_on_is_followed_unless_that_is_off() {
    let server = Server::bind().await;
    let resolver = server.resolver();
    let followed = server.during(challenge_name(&resolver, "b.test", true)).await.unwrap();
    assert_eq!(followed, "_acme-challenge.x.a.test.");
    assert_eq!(challenge_name(&resolver, "b.test", false).await.unwrap(), "_acme-challenge.b.test.");
}

#[tokio::test]
async fn a_record_is_waited_for_at_the_servers_of_its_zone() {
    let server = Server::bind().await;
    let resolver = server.resolver();
    let record = Record::new("a.test", "t", "t.thumb", "_acme-challenge.a.test.");
    let checks = Checks { authoritative: true, recursive: true, port: server.port() };
    let timing = Timing { limit: Duration::from_millis(30), interval: Duration::from_millis(10) };
    let late = server.during(wait_for_propagation(&resolver, &record, checks, timing)).await.unwrap_err();
    assert!(late.to_string().contains("is not seen after"), "{late}");
    let patient = Timing { limit: Duration::from_secs(10), ..timing };
    let appear = async {
        tokio::time::sleep(Duration::from_millis(25)).await;
        let texts = vec!["another".to_owned(), record.value.clone()];
        server.texts.lock().unwrap().insert(record.name.clone(), texts);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        seen = server.during(wait_for_propagation(&resolver, &record, checks, patient)) => seen.unwrap(),
        () = appear => {}
    }
}

#[test]
fn a_record_says_where_it_is_below_its_zone() {
    let record = Record::new("b.a.test", "t", "t.thumb", "_acme-challenge.b.a.test.");
    assert_eq!(record.below("a.test."), "_acme-challenge.b");
    assert_eq!(record.below("_acme-challenge.b.a.test"), "@");
    // RFC 8555 §8.4: the digest of what is shown, in base64url without padding.
    assert_eq!(record.value.len(), 43);
}

#[test]
fn a_variable_may_be_in_a_file_and_all_that_are_missing_are_named() {
    let folder = TempDir::new();
    let path = folder.write("token", "in a file\n").display().to_string();
    let env = Env::new(move |name| match name {
        "A" => Some("here".into()),
        "B_FILE" => Some(path.clone()),
        "C_FILE" => Some("/nowhere".into()),
        _ => None,
    });
    assert_eq!(env.need(&["A"]).unwrap(), "here");
    assert_eq!(env.need(&["X", "B"]).unwrap(), "in a file");
    assert!(env.need(&["C"]).unwrap_err().to_string().starts_with("C_FILE names /nowhere"));
    let missing = env.need_all([&["A"], &["D", "E"], &["F"]]).unwrap_err();
    assert_eq!(missing.to_string(), "the environment lacks D or E, F");
}
