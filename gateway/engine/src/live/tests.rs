//! The same identity is the same object, as long as somebody holds it.

use windrose_tls::{ClientTls, ClientTlsOptions};

use super::*;

fn connector(live: &Live, max_idle: usize) -> Arc<Connector> {
    let files = |_: &str| Err::<Vec<u8>, _>(std::io::ErrorKind::NotFound.into());
    let tls = ClientTls::compile(&ClientTlsOptions::default(), &files).unwrap().value;
    let id = ConnectorId {
        tls: tls.id(),
        server_name: None,
        dial_timeout: Duration::from_secs(1),
        answer_timeout: None,
        idle_timeout: Duration::from_secs(1),
        max_idle,
        read_idle_timeout: None,
        ping_timeout: Duration::from_secs(1),
        max_idle_of_all: None,
        continue_timeout: Duration::from_secs(1),
    };
    live.connector(id.clone(), || Connector {
        tls: Arc::clone(tls.config()),
        tls_http1: Arc::clone(tls.http1_config()),
        names: Names::system(),
        server_name: None,
        dial_timeout: id.dial_timeout,
        answer_timeout: None,
        idle_timeout: id.idle_timeout,
        max_idle,
        read_idle_timeout: None,
        ping_timeout: id.ping_timeout,
        max_idle_of_all: id.max_idle_of_all,
        continue_timeout: id.continue_timeout,
    })
}

#[test]
fn url_use_of_its_path_and_connector_make_a_server() {
    let live = Live::new();
    let (one, other) = (connector(&live, 1), connector(&live, 2));
    assert!(Arc::ptr_eq(&one, &connector(&live, 1)) && !Arc::ptr_eq(&one, &other));
    let get = |url: &str, preserves, of: &Arc<Connector>| live.endpoint(url, preserves, of).unwrap();
    let first = get("http://a/x", false, &one);
    assert!(Arc::ptr_eq(&first, &get("http://a/x", false, &one)));
    for different in
        [get("http://a/x", true, &one), get("http://a/x", false, &other), get("http://a/y", false, &one)]
    {
        assert_ne!(different.id(), first.id());
    }
    // Without a path there is nothing to preserve.
    let bare = get("http://a", false, &one);
    assert!(Arc::ptr_eq(&bare, &get("http://a", true, &one)));
    let unix = get("unix:///run/a", true, &one);
    assert!(Arc::ptr_eq(&unix, &get("unix:///run/a", false, &one)));
    assert!(live.endpoint("ftp://a", false, &one).is_err());
}

#[test]
fn what_nobody_holds_is_forgotten() {
    let live = Live::new();
    let one = connector(&live, 1);
    let held: Vec<_> =
        (0..200).map(|number| live.endpoint(&format!("http://h{number}"), false, &one).unwrap()).collect();
    live.sweep();
    assert_eq!(live.endpoints(), 200);
    let id = held[0].id();
    drop(held);
    assert_ne!(live.endpoint("http://h0", false, &one).unwrap().id(), id);
    for number in 200..600 {
        drop(live.endpoint(&format!("http://h{number}"), false, &one).unwrap());
    }
    live.sweep();
    assert_eq!(live.endpoints(), 0);
}
