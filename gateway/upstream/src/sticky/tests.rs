use super::*;

fn session() -> Cookie {
    Cookie { path: "/".into(), ..Cookie::default() }
}

fn servers() -> Sticky {
    let names = ["http://127.0.0.1:9101", "http://127.0.0.1:9102/", "HTTP://127.0.0.1:9103/x"];
    Sticky::new(&session(), "lb@file", names.into_iter().map(Some))
}

fn told(sticky: &Sticky, at: usize) -> String {
    let mut headers = Headers::new();
    sticky.tell(at, &mut headers);
    headers.get_str(Id::SET_COOKIE).unwrap_or_default().into()
}

fn home(sticky: &Sticky, lines: &[&str]) -> Option<(u32, Form)> {
    let mut headers = Headers::new();
    lines.iter().for_each(|line| headers.receive(Id::COOKIE, line.as_bytes()));
    sticky.home(&headers).map(|place| (place.at, place.form))
}

#[test]
fn names_and_values_are_those_of_traefik() {
    // Seen from Traefik 3.7.15.
    let sticky = servers();
    for (at, cookie) in [
        "_05410=c268f781ab94296e; Path=/",
        "_05410=3bf946afd0a696f3; Path=/",
        "_05410=b5d6692419b8434c; Path=/",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(told(&sticky, at), cookie);
    }
    assert_eq!(told(&sticky, 3), "");
    let ends = Cookie { max_age: -5, same_site: Some(SameSite::None), ..Cookie::default() };
    let children = Sticky::new(&ends, "w@file", ["lb", "lb2@file"].into_iter().map(Some));
    assert_eq!(told(&children, 0), "_c239a=fd26db45a8b53034; Max-Age=0; SameSite=None");
    assert_eq!(told(&children, 1), "_c239a=92386c48530324b4; Max-Age=0; SameSite=None");
    let kubernetes =
        Sticky::new(&session(), "default-whoami-80@kubernetescrd", [Some("http://10.0.0.1:80")].into_iter());
    assert_eq!(told(&kubernetes, 0), "_9fb22=df5bd2f9c0180410; Path=/");
}

#[test]
fn all_attributes_stand_in_the_order_of_traefik() {
    let cookie = Cookie {
        name: "a b;cé".into(),
        secure: true,
        http_only: true,
        same_site: SameSite::from_text("LAX").unwrap(),
        max_age: 60,
        path: "/xy".into(),
        domain: ".example.com".into(),
        partitioned: true,
    };
    let sticky = Sticky::new(&cookie, "lb2@file", [Some("http://127.0.0.1:9101")].into_iter());
    let expected = "a_b_c_=c268f781ab94296e; Path=/xy; Domain=example.com; Max-Age=60; HttpOnly; Secure; \
                    SameSite=Lax; Partitioned";
    assert_eq!(told(&sticky, 0), expected);
}

#[test]
fn a_client_is_at_home_where_its_cookie_says() {
    let sticky = servers();
    type Home = Option<(u32, Form)>;
    let cases: [(&[&str], Home); 13] = [
        (&[], None),
        (&["a=b"], None),
        (&["_05410=3bf946afd0a696f3"], Some((1, Form::Present))),
        (&["a=b; _05410=3bf946afd0a696f3 ;c=d"], Some((1, Form::Present))),
        (&["a=b", "_05410=\"b5d6692419b8434c\""], Some((2, Form::Present))),
        (&["_05410=http://127.0.0.1:9102/"], Some((1, Form::Past))),
        (&["_05410=125c5a51731653e3"], Some((1, Form::Past))),
        (&["_05410=68e0c97f310d3b9f"], Some((1, Form::Past))),
        (&["_05410=unknown; _05410=3bf946afd0a696f3"], None),
        (&["_05410=z\"z; _05410=3bf946afd0a696f3"], Some((1, Form::Present))),
        (&["_05410"], None),
        (&["_05411=3bf946afd0a696f3"], None),
        (&["x_05410=3bf946afd0a696f3"], None),
    ];
    for (lines, expected) in cases {
        assert_eq!(home(&sticky, lines), expected, "{lines:?}");
    }
}

#[test]
fn what_has_no_name_has_no_clients() {
    let sticky = Sticky::new(&session(), "s", [None, Some("b")].into_iter());
    assert_eq!(home(&sticky, &[&format!("{}={}", sticky.name(), value("b"))]), Some((1, Form::Present)));
    assert_eq!(sticky.places.len(), 4);
}

#[test]
fn what_browsers_would_not_take_is_refused() {
    let with =
        |domain: &str, path: &str| Cookie { domain: domain.into(), path: path.into(), ..session() }.check();
    for domain in ["", "example.com", ".a-b.example", "10.0.0.1", "localhost"] {
        assert_eq!(with(domain, "/"), Ok(()), "{domain}");
    }
    for domain in ["bad domain", "-a.test", "a-.test", "a..test", "1.2", "a_b.test", &"a".repeat(64)] {
        assert_eq!(with(domain, "/"), Err(CookieError::Domain), "{domain}");
    }
    assert_eq!(with("", "/a;b"), Err(CookieError::Path));
    assert_eq!(SameSite::from_text("some"), Err(CookieError::SameSite));
    assert_eq!(SameSite::from_text(""), Ok(None));
}
