use windrose_config::Problem;
use windrose_providers_core::{Publishers, State};

use super::*;

fn open() -> (Inlet, windrose_providers_core::UpdatesReceiver) {
    let (publishers, receiver) = Publishers::new();
    let inlet = Inlet::default();
    inlet.open(publishers.provider(REST));
    assert_eq!(publishers.states().all()[REST], State::Waiting);
    (inlet, receiver)
}

#[tokio::test]
async fn what_is_sent_is_declared_and_given_back() {
    let (inlet, mut receiver) = open();
    let body = br#"{"http": {"routers": {"r": {"rule": "Host(`a`)", "service": "s", "extra": {"x": 1}}}, "strange": 1},
                    "tcp": {"services": {"t": {"loadBalancer": {"servers": [{"address": "a:1", "odd": true}]}}}}}"#;
    let echo = String::from_utf8(inlet.put(body).unwrap()).unwrap();
    assert!(echo.contains("Host(`a`)") && !echo.contains("extra"), "{echo}");
    let config = &receiver.changed().await.unwrap()[0].config;
    assert_eq!((config.http.routers.len(), config.tcp.services.len()), (1, 1));
    assert!(config.problems.iter().all(|problem: &Problem| !problem.message.starts_with("unknown")));
}

#[tokio::test]
async fn what_cannot_be_read_changes_nothing_and_is_told() {
    let (inlet, mut receiver) = open();
    for (body, told) in [
        (&b"{"[..], "the body of a request to rest@internal:1:"),
        (b"[]", "no JSON object"),
        (b"\xff", "not UTF-8"),
        (
            br#"{"http": {"routers": {"r": {"rule": "a", "priority": "much"}}}}"#,
            "1:55: error: cannot use `much`",
        ),
    ] {
        let error = inlet.put(body).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
    let quiet = tokio::time::timeout(std::time::Duration::ZERO, receiver.changed()).await;
    assert!(quiet.is_err());
    inlet.close();
    assert!(inlet.put(b"{}").unwrap_err().contains("stopping"));
}

#[tokio::test]
async fn a_section_of_nothing_but_what_nobody_knows_is_passed_over_whole() {
    for body in [
        r#"{"http": {"unknown": {}}}"#,
        r#"{"http": {"unknown": {}}, "tcp": {"odd": {"x": 1}}}"#,
        r#"{"tls": {"strange": 1}}"#,
    ] {
        let (inlet, mut receiver) = open();
        assert_eq!(inlet.put(body.as_bytes()).as_deref(), Ok(&b"{}"[..]), "{body}");
        let config = &receiver.changed().await.unwrap()[0].config;
        assert!(config.is_empty() && config.problems.is_empty(), "{body}: {:?}", config.problems);
        // What is written empty is still told.
        assert!(inlet.put(br#"{"http": {}}"#).unwrap_err().contains("`http` is empty"));
    }
}

/// Each was compared with all others, when sections are joined and when it is left out.
#[tokio::test]
async fn fields_that_nobody_knows_take_no_longer_for_each() {
    let (inlet, _receiver) = open();
    let unknown: Vec<String> = (0..60_000).map(|index| format!(r#""unknown-{index}":{{}}"#)).collect();
    let body = format!(
        r#"{{"http":{{"routers":{{"w":{{"rule":"Host(`w`)","service":"s"}}}},{}}}}}"#,
        unknown.join(",")
    );
    let begun = std::time::Instant::now();
    let echo = inlet.put(body.as_bytes()).unwrap();
    assert!(echo.len() < 200, "{}", echo.len());
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}
