use super::*;

fn reply(providers: &[(&str, bool)], is_verbose: bool) -> (u16, String) {
    let heard = |(provider, in_force): &(&str, bool)| Heard {
        provider: (*provider).into(),
        in_force: *in_force,
        updated: None,
        updates: 0,
    };
    let providers = Arc::new(providers.iter().map(heard).collect::<Vec<_>>());
    let ping = Ping::new(502, Window::default(), Box::new(move || Arc::clone(&providers)));
    let reply = ping.reply(is_verbose);
    let windrose_http::Body::Full(body) = reply.body else { panic!("no body") };
    (reply.status, String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn it_is_red_until_every_provider_is_in_force() {
    assert_eq!(reply(&[], false), (200, "OK".to_owned()));
    assert_eq!(reply(&[("file", true), ("docker", false)], false), (503, "Service Unavailable".to_owned()));
    assert_eq!(reply(&[("file", true), ("docker", true)], false), (200, "OK".to_owned()));
}

#[test]
fn reasons_are_told_to_whoever_asks() {
    let text = "not ready\n[+] stage running\n[+] provider file is in force\n\
                [-] provider docker has not given its first configuration\n";
    assert_eq!(reply(&[("file", true), ("docker", false)], true), (503, text.to_owned()));
    assert_eq!(reply(&[], true), (200, "ready\n[+] stage running\n".to_owned()));
}
