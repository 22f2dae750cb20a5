//! Providers against servers that write down what they are asked, and answer as the real ones do.

use std::collections::HashMap;
use std::sync::Mutex;

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData, Record as Entry, RecordType};
use serde_json::json;
use tokio::net::UdpSocket;
use windrose_kit::peer::h1::{Backend, Message as Asked};
use windrose_tls::ClientTlsOptions;

use super::*;
use crate::dns::Placed;
use windrose_courier::Limits;

/// A DNS server for which everything is in the zone `a.test`.
async fn dns(socket: &UdpSocket) {
    let mut bytes = [0; 512];
    loop {
        let (length, from) = socket.recv_from(&mut bytes).await.unwrap();
        let question = Message::from_vec(&bytes[..length]).unwrap();
        let asked = question.queries[0].clone();
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        if asked.query_type == RecordType::SOA && asked.name.to_ascii() == "a.test." {
            let root = || Name::from_ascii("localhost.").unwrap();
            let soa = RData::SOA(SOA::new(root(), root(), 1, 1, 1, 1, 1));
            answer.add_answer(Entry::from_rdata(asked.name.clone(), 1, soa));
        }
        answer.add_query(asked);
        socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
    }
}

type Answers = fn(&str, &str) -> (u16, String);

/// What a provider asks when it puts a record in place and removes it.
async fn asked(code: &str, variables: &[(&str, &str)], answers: Answers) -> (Vec<Asked>, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let backend = Backend::bind().await;
    let base = backend.url();
    let variables: HashMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.replace("${base}", &base))).collect();
    let files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let limits = Limits { whole: Duration::from_secs(10), head: Duration::from_secs(10) };
    let resolver = Resolver::new(&[socket.local_addr().unwrap().to_string().into()], "/nowhere");
    let tools = Tools {
        env: Env::new(move |name| variables.get(name).cloned()),
        https: Https::new(&ClientTlsOptions::default(), &files, limits).unwrap(),
        resolver,
    };
    let provider = make(code, &tools).unwrap();
    let record = record();
    let requests = Mutex::new(Vec::new());
    let serving = async {
        loop {
            let mut conn = backend.accept().await;
            let request = conn.expect_request().await;
            let (status, body) = answers(request.method(), request.target());
            let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            requests.lock().unwrap().push(request);
            conn.into_wire().send(head).await;
        }
    };
    let working = async {
        let placed: Placed = provider.present(&record).await.unwrap();
        provider.clean_up(&record, &placed).await.unwrap();
    };
    tokio::select! {
        () = serving => {}
        () = dns(&socket) => {}
        () = working => {}
    }
    (requests.into_inner().unwrap(), base)
}

fn record() -> Record {
    Record::new("b.a.test", "token", "token.thumb", "_acme-challenge.b.a.test.")
}

fn lines(asked: &[Asked]) -> Vec<String> {
    asked.iter().map(|request| format!("{} {}", request.method(), request.target())).collect()
}

fn body(asked: &Asked) -> serde_json::Value {
    serde_json::from_slice(&asked.body).unwrap()
}

#[tokio::test]
async fn cloudflare_takes_a_token_or_a_key() {
    let answers: Answers = |method, target| match (method, target.starts_with("/zones?")) {
        (_, true) => (200, r#"{"success": true, "result": [{"id": "z1", "name": "a.test"}]}"#.into()),
        _ => (200, r#"{"success": true, "result": {"id": "r1"}}"#.into()),
    };
    let token = [("CF_DNS_API_TOKEN", "t1"), ("CF_ZONE_API_TOKEN", "t2"), ("CLOUDFLARE_BASE_URL", "${base}")];
    let (requests, _) = asked("cloudflare", &token, answers).await;
    let expected = [
        "GET /zones?name=a.test&per_page=50",
        "POST /zones/z1/dns_records",
        "DELETE /zones/z1/dns_records/r1",
    ];
    assert_eq!(lines(&requests), expected);
    assert_eq!(requests[0].header("authorization"), Some("Bearer t2"));
    assert_eq!(requests[1].header("authorization"), Some("Bearer t1"));
    let content = format!("\"{}\"", record().value);
    let expected = serde_json::json!({"type": "TXT", "name": "_acme-challenge.b.a.test", "content": content, "ttl": 120});
    assert_eq!(body(&requests[1]), expected);
    let key = [("CLOUDFLARE_EMAIL", "m@a.test"), ("CF_API_KEY", "k"), ("CLOUDFLARE_BASE_URL", "${base}")];
    let (requests, _) = asked("cloudflare", &key, answers).await;
    for request in &requests {
        assert_eq!(
            (request.header("x-auth-email"), request.header("x-auth-key")),
            (Some("m@a.test"), Some("k"))
        );
        assert_eq!(request.header("authorization"), None);
    }
}

#[tokio::test]
async fn route_53_keeps_other_texts_and_signs_every_request() {
    let answers: Answers = |method, target| {
        let text = match (method, target) {
            (_, target) if target.contains("hostedzonesbyname") => {
                "<HostedZones><HostedZone><Id>/hostedzone/P</Id><Name>a.test.</Name><Config><PrivateZone>true</PrivateZone></Config></HostedZone>\
                <HostedZone><Id>/hostedzone/Z1</Id><Name>a.test.</Name><Config><PrivateZone>false</PrivateZone></Config></HostedZone></HostedZones>"
            }
            ("GET", target) if target.contains("/rrset?") => {
                "<ResourceRecordSets><ResourceRecordSet><Name>_acme-challenge.b.a.test.</Name><Type>TXT</Type><TTL>10</TTL>\
                <ResourceRecords><ResourceRecord><Value>&quot;other&quot;</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></ResourceRecordSets>"
            }
            ("GET", _) => "<ChangeInfo><Id>/change/C1</Id><Status>INSYNC</Status></ChangeInfo>",
            _ => "<ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status></ChangeInfo>",
        };
        (200, text.to_owned())
    };
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL_ROUTE_53", "${base}"),
    ];
    let (requests, base) = asked("route53", &variables, answers).await;
    let expected = [
        "GET /2013-04-01/hostedzonesbyname?dnsname=a.test",
        "GET /2013-04-01/hostedzone/Z1/rrset?maxitems=1&name=_acme-challenge.b.a.test.&type=TXT",
        "POST /2013-04-01/hostedzone/Z1/rrset/",
        "GET /2013-04-01/change/C1",
        "GET /2013-04-01/hostedzone/Z1/rrset?maxitems=1&name=_acme-challenge.b.a.test.&type=TXT",
    ];
    assert_eq!(lines(&requests), expected);
    let sent = String::from_utf8(requests[2].body.clone()).unwrap();
    assert!(sent.contains("<Action>UPSERT</Action>") && sent.contains("&quot;other&quot;"), "{sent}");
    assert!(sent.contains(&format!("&quot;{}&quot;", record().value)), "{sent}");
    for request in &requests {
        assert_eq!(
            request.header("authorization").unwrap(),
            signature(request, &base),
            "{}",
            request.target()
        );
    }
}

/// What Amazon computes from a request, written once more after its manual.
fn signature(request: &Asked, base: &str) -> String {
    use aws_lc_rs::hmac;
    use data_encoding::HEXLOWER;
    let hex = |bytes: &[u8]| HEXLOWER.encode(&crate::keys::sha256(bytes));
    let mac = |key: &[u8], text: &str| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
    };
    let date = request.header("x-amz-date").unwrap();
    let (path, query) = request.target().split_once('?').unwrap_or_else(|| (request.target(), ""));
    let host = base.trim_start_matches("http://");
    let canonical = format!(
        "{}\n{path}\n{query}\nhost:{host}\nx-amz-date:{date}\n\nhost;x-amz-date\n{}",
        request.method(),
        hex(&request.body)
    );
    let scope = format!("{}/us-east-1/route53/aws4_request", &date[..8]);
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(canonical.as_bytes()));
    let key = ["us-east-1", "route53", "aws4_request"]
        .iter()
        .fold(mac(b"AWS4secret", &date[..8]), |key, part| mac(&key, part));
    let signature = HEXLOWER.encode(&mac(&key, &text));
    format!("AWS4-HMAC-SHA256 Credential=AKID/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}")
}

#[tokio::test]
async fn digitalocean_adds_and_removes_one_record() {
    let answers: Answers = |_, _| (201, r#"{"domain_record": {"id": 7}}"#.into());
    let (requests, _) =
        asked("digitalocean", &[("DO_AUTH_TOKEN", "t"), ("DO_API_URL", "${base}")], answers).await;
    assert_eq!(lines(&requests), ["POST /v2/domains/a.test/records", "DELETE /v2/domains/a.test/records/7"]);
    assert_eq!(body(&requests[0])["data"], record().value);
}

#[tokio::test]
async fn hetzner_is_asked_in_its_new_and_in_its_older_form() {
    let new: Answers = |_, _| (201, r#"{"action": {}}"#.into());
    let (requests, _) =
        asked("hetzner", &[("HETZNER_API_TOKEN", "t"), ("HETZNER_BASE_URL", "${base}")], new).await;
    let set = "/zones/a.test/rrsets/_acme-challenge.b/TXT/actions";
    assert_eq!(lines(&requests), [format!("POST {set}/add_records"), format!("POST {set}/remove_records")]);
    assert_eq!(body(&requests[0])["records"][0]["value"], format!("\"{}\"", record().value));
    let older: Answers = |method, target| match (method, target.starts_with("/zones")) {
        (_, true) => (200, r#"{"zones": [{"id": "z", "name": "a.test"}]}"#.into()),
        _ => (200, r#"{"record": {"id": "r"}}"#.into()),
    };
    let (requests, _) =
        asked("hetzner", &[("HETZNER_API_KEY", "k"), ("HETZNER_BASE_URL", "${base}")], older).await;
    assert_eq!(lines(&requests), ["GET /zones?name=a.test", "POST /records", "DELETE /records/r"]);
    assert_eq!(requests[0].header("auth-api-token"), Some("k"));
}

#[tokio::test]
async fn ovh_signs_with_the_servers_time() {
    let answers: Answers = |_, target| match target {
        "/auth/time" => (200, "1700000000".into()),
        _ => (200, r#"{"id": 5}"#.into()),
    };
    let variables = [
        ("OVH_ENDPOINT", "${base}"),
        ("OVH_APPLICATION_KEY", "k"),
        ("OVH_APPLICATION_SECRET", "s"),
        ("OVH_CONSUMER_KEY", "c"),
    ];
    let (requests, base) = asked("ovh", &variables, answers).await;
    let asked: Vec<String> =
        lines(&requests).into_iter().filter(|line| !line.ends_with("/auth/time")).collect();
    let zone = "/domain/zone/a.test";
    assert_eq!(
        asked,
        [
            format!("POST {zone}/record"),
            format!("POST {zone}/refresh"),
            format!("DELETE {zone}/record/5"),
            format!("POST {zone}/refresh"),
        ]
    );
    let first = &requests[1];
    let body = String::from_utf8(first.body.clone()).unwrap();
    let signed = format!("s+c+POST+{base}{zone}/record+{body}+1700000000");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, signed.as_bytes());
    let expected = format!("$1${}", data_encoding::HEXLOWER.encode(digest.as_ref()));
    assert_eq!(first.header("x-ovh-signature"), Some(&*expected));
}

#[tokio::test]
async fn gandi_godaddy_and_azure_write_sets_that_keep_other_texts() {
    let gandi: Answers = |method, _| match method {
        "GET" => (200, r#"{"rrset_values": ["\"other\""]}"#.into()),
        _ => (201, "{}".into()),
    };
    let variables = [("GANDIV5_PERSONAL_ACCESS_TOKEN", "t"), ("GANDIV5_BASE_URL", "${base}")];
    let (requests, _) = asked("gandiv5", &variables, gandi).await;
    assert_eq!(requests[1].target(), "/domains/a.test/records/_acme-challenge.b/TXT");
    assert_eq!(body(&requests[1])["rrset_values"], serde_json::json!(["other", record().value]));
    assert_eq!(body(&requests[3])["rrset_values"], serde_json::json!(["other"]));

    let godaddy: Answers = |method, _| match method {
        "GET" => (200, r#"[{"data": "other", "ttl": 600}]"#.into()),
        _ => (200, String::new()),
    };
    let variables = [("GODADDY_API_KEY", "k"), ("GODADDY_API_SECRET", "s"), ("GODADDY_BASE_URL", "${base}")];
    let (requests, _) = asked("godaddy", &variables, godaddy).await;
    assert_eq!(requests[0].header("authorization"), Some("sso-key k:s"));
    assert_eq!(body(&requests[1]).as_array().unwrap().len(), 2);

    let azure: Answers = |method, target| match (method, target.contains("oauth2")) {
        (_, true) => (200, r#"{"access_token": "at"}"#.into()),
        ("GET", _) => (404, "{}".into()),
        _ => (200, "{}".into()),
    };
    let variables = [
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_SECRET", "s"),
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_SUBSCRIPTION_ID", "sub"),
        ("AZURE_RESOURCE_GROUP", "rg"),
        ("AZURE_AUTHORITY_HOST", "${base}"),
        ("AZURE_BASE_URL", "${base}"),
    ];
    let (requests, _) = asked("azuredns", &variables, azure).await;
    assert_eq!(requests[0].target(), "/t/oauth2/v2.0/token");
    assert_eq!(requests[2].header("authorization"), Some("Bearer at"));
    assert_eq!(
        body(&requests[2])["properties"]["TXTRecords"],
        serde_json::json!([{"value": [record().value]}])
    );
}

#[tokio::test]
async fn gcloud_changes_a_set_as_a_service_account() {
    let answers: Answers = |_, target| {
        match target {
        "/token" => (200, r#"{"access_token": "at"}"#.into()),
        target if target.contains("managedZones?") => {
            (200, r#"{"managedZones": [{"name": "p", "visibility": "private"}, {"name": "z", "visibility": "public"}]}"#.into())
        }
        target if target.contains("/rrsets?") => {
            (200, r#"{"rrsets": [{"name": "n", "type": "TXT", "ttl": 5, "rrdatas": ["\"other\""]}]}"#.into())
        }
        _ => (200, "{}".into()),
    }
    };
    let pkcs8 = {
        use aws_lc_rs::encoding::AsDer as _;
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        crate::keys::pem("PRIVATE KEY", pair.as_der().unwrap().as_ref())
    };
    let account = serde_json::json!({"client_email": "m", "private_key": pkcs8, "project_id": "p1", "token_uri": "${base}/token"});
    let account = account.to_string();
    let (requests, _) =
        asked("gcloud", &[("GCE_SERVICE_ACCOUNT", &account), ("GCE_BASE_URL", "${base}")], answers).await;
    assert!(String::from_utf8_lossy(&requests[0].body).contains("jwt-bearer"));
    let change = &requests[3];
    assert_eq!(change.target(), "/dns/v1/projects/p1/managedZones/z/changes");
    assert_eq!(body(change)["deletions"][0]["rrdatas"], serde_json::json!(["\"other\""]));
    assert_eq!(body(change)["additions"][0]["rrdatas"][1], format!("\"{}\"", record().value));
}

#[tokio::test]
async fn the_others_are_asked_as_they_document() {
    let porkbun: Answers = |_, _| (200, r#"{"status": "SUCCESS", "id": 9}"#.into());
    let variables =
        [("PORKBUN_API_KEY", "k"), ("PORKBUN_SECRET_API_KEY", "s"), ("PORKBUN_BASE_URL", "${base}")];
    let (requests, _) = asked("porkbun", &variables, porkbun).await;
    assert_eq!(lines(&requests), ["POST /dns/create/a.test", "POST /dns/delete/a.test/9"]);
    assert_eq!(body(&requests[0])["secretapikey"], "s");

    let namecheap: Answers = |_, _| {
        (200, r#"<ApiResponse Status="OK"><host HostId="1" Name="www" Type="A" Address="1.2.3.4" MXPref="10" TTL="60" /></ApiResponse>"#.into())
    };
    let variables = [
        ("NAMECHEAP_API_USER", "u"),
        ("NAMECHEAP_API_KEY", "k"),
        ("NAMECHEAP_CLIENT_IP", "1.1.1.1"),
        ("NAMECHEAP_BASE_URL", "${base}"),
    ];
    let (requests, _) = asked("namecheap", &variables, namecheap).await;
    let set = String::from_utf8(requests[1].body.clone()).unwrap();
    assert!(
        set.contains("SLD=a&TLD=test&HostName1=www") && set.contains("HostName2=_acme-challenge.b"),
        "{set}"
    );

    let alidns: Answers = |_, _| (200, r#"{"RecordId": "5"}"#.into());
    let variables =
        [("ALICLOUD_ACCESS_KEY", "k"), ("ALICLOUD_SECRET_KEY", "s"), ("ALICLOUD_BASE_URL", "${base}")];
    let (requests, _) = asked("alidns", &variables, alidns).await;
    assert!(requests[0].target().contains("DomainName=a.test&RR=_acme-challenge.b&TTL=600&Type=TXT&Value="));
    assert_eq!(requests[1].header("x-acs-action"), Some("DeleteDomainRecord"));
    assert!(
        requests[0]
            .header("authorization")
            .unwrap()
            .starts_with("ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host;")
    );
}

#[tokio::test]
async fn providers_of_numbered_records_add_one_and_remove_it_again() {
    let ionos: Answers = |method, _| match method {
        "GET" => (200, r#"[{"id": "z", "name": "other.test"}, {"id": "z1", "name": "a.test"}]"#.into()),
        "POST" => (201, r#"[{"id": "r1"}]"#.into()),
        _ => (200, String::new()),
    };
    let (requests, _) = asked("ionos", &[("IONOS_API_KEY", "k"), ("IONOS_BASE_URL", "${base}")], ionos).await;
    assert_eq!(
        lines(&requests),
        ["GET /v1/zones", "POST /v1/zones/z1/records", "DELETE /v1/zones/z1/records/r1"]
    );
    assert_eq!(requests[2].header("x-api-key"), Some("k"));
    let one =
        json!([{"name": "_acme-challenge.b.a.test", "type": "TXT", "content": record().value, "ttl": 300}]);
    assert_eq!(body(&requests[1]), one);

    let linode: Answers = |method, _| match method {
        "GET" => (200, r#"{"data": [{"id": 5}]}"#.into()),
        _ => (200, r#"{"id": 7}"#.into()),
    };
    let (requests, _) =
        asked("linode", &[("LINODE_TOKEN", "t"), ("LINODE_BASE_URL", "${base}")], linode).await;
    assert_eq!(lines(&requests), ["GET /domains", "POST /domains/5/records", "DELETE /domains/5/records/7"]);
    assert_eq!(requests[0].header("x-filter"), Some(r#"{"domain":"a.test"}"#));
    assert_eq!(body(&requests[1])["ttl_sec"], 300);

    let vultr: Answers = |method, _| match method {
        "POST" => (201, r#"{"record": {"id": "v"}}"#.into()),
        _ => (204, String::new()),
    };
    let (requests, _) = asked("vultr", &[("VULTR_API_KEY", "t"), ("VULTR_BASE_URL", "${base}")], vultr).await;
    assert_eq!(lines(&requests), ["POST /v2/domains/a.test/records", "DELETE /v2/domains/a.test/records/v"]);
    assert_eq!(body(&requests[0])["data"], format!("\"{}\"", record().value));

    let dnsimple: Answers = |_, target| match target {
        "/v2/whoami" => (200, r#"{"data": {"account": {"id": 3}}}"#.into()),
        _ => (200, r#"{"data": {"id": 4}}"#.into()),
    };
    let variables = [("DNSIMPLE_OAUTH_TOKEN", "t"), ("DNSIMPLE_BASE_URL", "${base}")];
    let (requests, _) = asked("dnsimple", &variables, dnsimple).await;
    let records = "/v2/3/zones/a.test/records";
    assert_eq!(lines(&requests)[1..], [format!("POST {records}"), format!("DELETE {records}/4")]);

    let bunny: Answers = |method, _| match method {
        "GET" => {
            (200, r#"{"Items": [{"Id": 1, "Domain": "b.a.test"}, {"Id": 2, "Domain": "a.test"}]}"#.into())
        }
        "PUT" => (201, r#"{"Id": 9}"#.into()),
        _ => (204, String::new()),
    };
    let (requests, _) = asked("bunny", &[("BUNNY_API_KEY", "k"), ("BUNNY_BASE_URL", "${base}")], bunny).await;
    assert_eq!(lines(&requests)[1..], ["PUT /dnszone/2/records", "DELETE /dnszone/2/records/9"]);
    assert_eq!((body(&requests[1])["Type"].clone(), requests[1].header("accesskey")), (json!(3), Some("k")));

    let infomaniak: Answers = |method, target| match (method, target.ends_with("=a.test")) {
        ("GET", true) => {
            (200, r#"{"result": "success", "data": [{"id": 6, "customer_name": "a.test"}]}"#.into())
        }
        ("GET", false) => (200, r#"{"result": "success", "data": []}"#.into()),
        _ => (200, r#"{"result": "success", "data": "8"}"#.into()),
    };
    let variables = [("INFOMANIAK_ACCESS_TOKEN", "t"), ("INFOMANIAK_ENDPOINT", "${base}")];
    let (requests, _) = asked("infomaniak", &variables, infomaniak).await;
    assert_eq!(lines(&requests)[3..], ["POST /1/domain/6/dns/record", "DELETE /1/domain/6/dns/record/8"]);
    assert_eq!(body(&requests[3])["source"], "_acme-challenge.b");
}

#[tokio::test]
async fn providers_of_sets_keep_what_others_have_written() {
    let desec: Answers = |method, target| match (method, target.contains("owns_qname")) {
        (_, true) => (200, r#"[{"name": "a.test"}]"#.into()),
        ("GET", _) => (200, r#"{"records": ["\"other\""]}"#.into()),
        _ => (200, "[]".into()),
    };
    let (requests, _) = asked("desec", &[("DESEC_TOKEN", "t"), ("DESEC_BASE_URL", "${base}")], desec).await;
    assert_eq!(requests[0].header("authorization"), Some("Token t"));
    assert_eq!(requests[1].target(), "/domains/a.test/rrsets/_acme-challenge.b/TXT/");
    let ours = format!("\"{}\"", record().value);
    assert_eq!(body(&requests[2])[0]["records"], json!(["\"other\"", ours]));
    assert_eq!(body(&requests[5])[0]["records"], json!(["\"other\""]));

    let pdns: Answers = |method, _| {
        match method {
        "GET" => (200, r#"{"kind": "Native", "rrsets": [{"name": "x.a.test.", "type": "TXT", "records": [{"content": "\"x\""}]}]}"#.into()),
        _ => (204, String::new()),
    }
    };
    let (requests, _) = asked("pdns", &[("PDNS_API_KEY", "k"), ("PDNS_API_URL", "${base}")], pdns).await;
    let zone = "/api/v1/servers/localhost/zones/a.test.";
    assert_eq!(lines(&requests)[..2], [format!("GET {zone}"), format!("PATCH {zone}")]);
    assert_eq!(body(&requests[1])["rrsets"][0]["records"], json!([{"content": ours, "disabled": false}]));
    assert_eq!(body(&requests[3])["rrsets"][0]["changetype"], "DELETE");

    let hostinger: Answers = |method, _| match method {
        "GET" => (
            200,
            r#"[{"name": "_acme-challenge.b", "type": "TXT", "records": [{"content": "\"other\""}]}]"#.into(),
        ),
        _ => (200, "{}".into()),
    };
    let variables = [("HOSTINGER_API_TOKEN", "t"), ("HOSTINGER_BASE_URL", "${base}")];
    let (requests, _) = asked("hostinger", &variables, hostinger).await;
    let written = json!([{"content": "other"}, {"content": record().value}]);
    assert_eq!(body(&requests[1])["zone"][0]["records"], written);
    assert_eq!(body(&requests[3])["zone"][0]["records"], json!([{"content": "other"}]));

    let scaleway: Answers = |_, _| (200, "{}".into());
    let variables = [("SCW_SECRET_KEY", "k"), ("SCALEWAY_BASE_URL", "${base}")];
    let (requests, _) = asked("scaleway", &variables, scaleway).await;
    assert_eq!(lines(&requests)[0], "PATCH /domain/v2beta1/dns-zones/a.test/records");
    assert_eq!(body(&requests[0])["changes"][0]["add"]["records"][0]["data"], ours);
    assert_eq!(body(&requests[1])["changes"][0]["delete"]["id_fields"]["data"], ours);
}

#[tokio::test]
async fn netcup_changes_records_in_sessions_that_end() {
    let answers: Answers = |_, _| {
        let data = format!(
            r#"{{"apisessionid": "s", "dnsrecords": [{{"id": "1", "hostname": "_acme-challenge.b", "type": "TXT", "destination": "{}"}},
            {{"id": "2", "hostname": "www", "type": "TXT", "destination": "x"}}]}}"#,
            record().value
        );
        (200, format!(r#"{{"status": "success", "responsedata": {data}}}"#))
    };
    let variables = [
        ("NETCUP_CUSTOMER_NUMBER", "c"),
        ("NETCUP_API_KEY", "k"),
        ("NETCUP_API_PASSWORD", "p"),
        ("NETCUP_BASE_URL", "${base}"),
    ];
    let (requests, _) = asked("netcup", &variables, answers).await;
    let actions: Vec<_> =
        requests.iter().map(|one| body(one)["action"].as_str().unwrap().to_owned()).collect();
    let expected =
        ["login", "updateDnsRecords", "logout", "login", "infoDnsRecords", "updateDnsRecords", "logout"];
    assert_eq!(actions, expected);
    let removed = body(&requests[5])["param"]["dnsrecordset"]["dnsrecords"].clone();
    assert_eq!(removed.as_array().unwrap().len(), 1);
    assert_eq!((removed[0]["id"].clone(), removed[0]["deleterecord"].clone()), (json!("1"), json!(true)));
}

/// What Tencent computes from a request, written once more after its manual.
fn tencents_signature(request: &Asked, base: &str) -> String {
    use aws_lc_rs::hmac;
    use data_encoding::HEXLOWER;
    let hex = |bytes: &[u8]| HEXLOWER.encode(&crate::keys::sha256(bytes));
    let mac = |key: Vec<u8>, text: &str| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), text.as_bytes()).as_ref().to_vec()
    };
    let (kind, host) = (request.header("content-type").unwrap(), base.trim_start_matches("http://"));
    let action = request.header("x-tc-action").unwrap().to_lowercase();
    let time = request.header("x-tc-timestamp").unwrap();
    let seconds = jiff::Timestamp::from_second(time.parse().unwrap()).unwrap();
    let date = seconds.to_string()[..10].to_owned();
    let names = "content-type;host;x-tc-action";
    let head = format!("content-type:{kind}\nhost:{host}\nx-tc-action:{action}\n");
    let canonical = format!("POST\n/\n\n{head}\n{names}\n{}", hex(&request.body));
    let scope = format!("{date}/dnspod/tc3_request");
    let text = format!("TC3-HMAC-SHA256\n{time}\n{scope}\n{}", hex(canonical.as_bytes()));
    let key = mac(mac(mac(b"TC3s".to_vec(), &date), "dnspod"), "tc3_request");
    let signature = HEXLOWER.encode(&mac(key, &text));
    format!("TC3-HMAC-SHA256 Credential=i/{scope}, SignedHeaders={names}, Signature={signature}")
}

#[tokio::test]
async fn tencent_is_asked_with_signed_requests() {
    let answers: Answers = |_, _| (200, r#"{"Response": {"RecordId": 162}}"#.into());
    let variables = [
        ("TENCENTCLOUD_SECRET_ID", "i"),
        ("TENCENTCLOUD_SECRET_KEY", "s"),
        ("TENCENTCLOUD_BASE_URL", "${base}"),
    ];
    let (requests, base) = asked("tencentcloud", &variables, answers).await;
    for request in &requests {
        assert_eq!(request.header("authorization").unwrap(), tencents_signature(request, &base));
    }
    assert_eq!(body(&requests[0])["SubDomain"], "_acme-challenge.b");
    assert_eq!(body(&requests[1]), json!({"Domain": "a.test", "RecordId": 162}));
}

#[tokio::test]
async fn acme_dns_asks_for_an_alias_first_and_then_sets_the_text() {
    let folder = windrose_kit::temp::TempDir::new();
    let storage = folder.path().join("accounts.json").display().to_string();
    let account =
        r#"{"b.a.test": {"username": "u", "password": "p", "subdomain": "s", "fulldomain": "s.auth"}}"#;
    std::fs::write(&storage, account).unwrap();
    let answers: Answers = |_, _| (200, r#"{"txt": "x"}"#.into());
    let variables = [("ACME_DNS_API_BASE", "${base}"), ("ACME_DNS_STORAGE_PATH", &*storage)];
    let (requests, _) = asked("acme-dns", &variables, answers).await;
    assert_eq!(lines(&requests), ["POST /update"]);
    assert_eq!(requests[0].header("x-api-user"), Some("u"));
    assert_eq!(body(&requests[0]), serde_json::json!({"subdomain": "s", "txt": record().value}));
}

#[test]
fn every_provider_names_what_it_lacks() {
    let files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let limits = Limits { whole: Duration::from_secs(1), head: Duration::from_secs(1) };
    let tools = Tools {
        env: Env::new(|name| (name == "AWS_EC2_METADATA_DISABLED").then(|| "true".into())),
        https: Https::new(&ClientTlsOptions::default(), &files, limits).unwrap(),
        resolver: Resolver::new(&[], "/nowhere"),
    };
    for code in names() {
        let error = make(code, &tools).err().unwrap_or_else(|| panic!("{code} works without any variable"));
        assert!(error.to_string().starts_with("the environment lacks "), "{code}: {error}");
    }
    let unknown = make("nobody", &tools).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(unknown.contains("there is no DNS provider nobody; there are acme-dns, "), "{unknown}");
}
