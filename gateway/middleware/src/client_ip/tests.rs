use std::net::IpAddr;

use windrose_config::Located;

use super::{ClientIp, IpRanges, IpStrategy};
use crate::testing::request_from;

fn texts(list: &[&str]) -> Vec<Located<Box<str>>> {
    list.iter().map(|text| Located::from(Box::from(*text))).collect()
}

fn client(strategy: &IpStrategy, peer: &str, forwarded: &[&str]) -> Option<String> {
    let mut ex = request_from("GET /", peer, None);
    for value in forwarded {
        ex.headers.append("X-Forwarded-For", value);
    }
    let client = ClientIp::new(Some(strategy)).expect("a strategy");
    client.of(&ex).map(|address| address.to_string())
}

#[test]
fn without_a_strategy_the_client_is_the_peer() {
    let none = IpStrategy::default();
    let cases = [("10.0.0.1:5", "10.0.0.1"), ("[::1]:5", "::1"), ("[::ffff:10.0.0.1]:5", "10.0.0.1")];
    for (peer, expected) in cases {
        assert_eq!(client(&none, peer, &["10.9.9.9"]).as_deref(), Some(expected));
        let ex = request_from("GET /", peer, None);
        let client = ClientIp::new(None).expect("no strategy");
        assert_eq!(client.of(&ex).map(|address| address.to_string()).as_deref(), Some(expected));
    }
}

#[test]
fn depth_counts_from_the_right() {
    let cases: [(u32, &[&str], Option<&str>); 14] = [
        (1, &["10.0.0.1, 10.0.0.2"], Some("10.0.0.2")),
        (2, &["10.0.0.1, 10.0.0.2"], Some("10.0.0.1")),
        (3, &["10.0.0.1, 10.0.0.2"], None),
        (1, &[], None),
        (1, &["10.0.0.1", "10.0.0.2"], Some("10.0.0.2")),
        (2, &["10.0.0.1", "10.0.0.2"], Some("10.0.0.1")),
        (1, &["10.0.0.1,"], None),
        (1, &["unknown"], None),
        (1, &["10.0.0.1:1234"], Some("10.0.0.1")),
        (1, &["[2001:db8::1]:80"], Some("2001:db8::1")),
        (1, &["[2001:db8::1]"], Some("2001:db8::1")),
        (1, &["2001:db8::1"], Some("2001:db8::1")),
        (1, &["fe80::1%eth0"], Some("fe80::1")),
        (1, &["::ffff:10.0.0.1"], Some("10.0.0.1")),
    ];
    for (depth, forwarded, expected) in cases {
        let strategy = IpStrategy { depth, ..IpStrategy::default() };
        assert_eq!(client(&strategy, "192.0.2.1:5", forwarded).as_deref(), expected, "{depth} {forwarded:?}");
    }
}

#[test]
fn excluded_addresses_are_passed_over_from_the_right() {
    let excluded_ips = texts(&["10.0.0.2", "10.0.1.0/24"]);
    let strategy = IpStrategy { excluded_ips, ..IpStrategy::default() };
    let cases: [(&[&str], Option<&str>); 6] = [
        (&["10.0.0.1, 10.0.1.7, 10.0.0.2"], Some("10.0.0.1")),
        (&["10.0.0.1, , 10.0.0.2"], Some("10.0.0.1")),
        (&["10.0.0.1", "10.0.0.2"], Some("10.0.0.1")),
        (&["10.0.1.9, 10.0.0.2"], None),
        (&["10.0.0.1, unknown, 10.0.0.2"], None),
        (&[], None),
    ];
    for (forwarded, expected) in cases {
        assert_eq!(client(&strategy, "192.0.2.1:5", forwarded).as_deref(), expected, "{forwarded:?}");
    }
    let both = IpStrategy { depth: 1, ..strategy };
    assert_eq!(client(&both, "192.0.2.1:5", &["10.0.0.1, 10.0.0.2"]).as_deref(), Some("10.0.0.2"));
}

#[test]
fn ipv6_addresses_of_one_subnet_are_one_client() {
    let subnet =
        |bits: u32, depth| IpStrategy { depth, ipv6_subnet: Some(bits.into()), ..IpStrategy::default() };
    let cases =
        [(48, "2001:db8:1::"), (64, "2001:db8:1:2::"), (128, "2001:db8:1:2::3"), (0, "2001:db8:1:2::3")];
    for (bits, expected) in cases {
        let forwarded = client(&subnet(bits, 1), "192.0.2.1:5", &["2001:db8:1:2::3"]);
        let peer = client(&subnet(bits, 0), "[2001:db8:1:2::3]:5", &[]);
        assert_eq!((forwarded.as_deref(), peer.as_deref()), (Some(expected), Some(expected)), "{bits}");
    }
    assert_eq!(client(&subnet(48, 0), "10.1.2.3:5", &[]).as_deref(), Some("10.1.2.3"));
    let error = ClientIp::new(Some(&subnet(129, 1))).expect_err("too many bits");
    assert_eq!(error.message, "ipv6Subnet is 129, write a number of bits from 1 to 128");
}

#[test]
fn ranges_hold_what_they_say() {
    let ranges = IpRanges::new(&texts(&[
        "10.0.0.7/8",
        "10.1.0.0/16",
        " 192.168.1.1",
        "192.168.1.3",
        "2001:db8::/32",
        "::ffff:172.16.0.0/108",
    ]))
    .expect("ranges");
    let inside = [
        "10.0.0.0",
        "10.255.255.255",
        "192.168.1.1",
        "192.168.1.3",
        "2001:db8::1",
        "172.16.3.4",
        "::ffff:10.1.2.3",
    ];
    let outside =
        ["9.255.255.255", "11.0.0.0", "192.168.1.2", "192.168.1.4", "2001:db9::", "172.32.0.0", "::1"];
    let holds = |text: &str| ranges.contains(text.parse::<IpAddr>().expect("an address"));
    for text in inside {
        assert!(holds(text), "{text}");
    }
    for text in outside {
        assert!(!holds(text), "{text}");
    }
    let all = IpRanges::new(&texts(&["0.0.0.0/0", "::/0"])).expect("ranges");
    assert!(
        ["0.0.0.0", "255.255.255.255", "::", "ffff::"]
            .iter()
            .all(|text| all.contains(text.parse().expect("an address")))
    );
    assert!(!IpRanges::default().contains("10.0.0.1".parse().expect("an address")));
}

#[test]
fn what_is_no_range_is_refused() {
    for text in ["", "bad", "10.0.0.0/99", "10.0.0", "10.0.0.1-10.0.0.9"] {
        let error = IpRanges::new(&texts(&["10.0.0.1", text])).expect_err(text);
        assert_eq!(
            error.message,
            format!("`{text}` is no address and no range, write 10.0.0.1 or 10.0.0.0/8")
        );
    }
}
