use super::*;

const SERVERS: [&str; 3] = ["http://127.0.0.1:9101", "http://127.0.0.1:9102", "http://127.0.0.1:9103"];

fn chosen(among: &Cycle, weights: [i64; 3], client: &str) -> usize {
    choose(among, client.as_bytes(), |at| (SERVERS[at], weights[at])).unwrap()
}

#[test]
fn clients_get_the_servers_that_traefik_gives_them() {
    // Asked of Traefik 3.7.15, clients 127.0.0.1 to 127.0.0.12.
    let given = [0, 0, 1, 2, 0, 0, 1, 2, 0, 0, 2, 1];
    let among = Cycle::once_each([0, 1, 2]);
    for (number, server) in (1..).zip(given) {
        assert_eq!(chosen(&among, [1, 1, 1], &format!("127.0.0.{number}")), server, "127.0.0.{number}");
    }
}

#[test]
fn shares_follow_the_weights_where_names_differ_early() {
    let (among, names) = (Cycle::once_each([0, 1, 2]), ["red-service", "green-service", "blue-service"]);
    let mut counts = [0; 3];
    for number in 0..6000 {
        let client = format!("10.0.{}.{}", number / 250, number % 250);
        let named = |at: usize| (names[at], [1, 2, 3][at]);
        counts[choose(&among, client.as_bytes(), named).unwrap()] += 1;
    }
    for (count, weight) in counts.iter().zip([1, 2, 3]) {
        assert!((800 * weight..1200 * weight).contains(count), "{counts:?}");
    }
}

#[test]
fn names_that_differ_at_their_end_alone_go_by_weight_alone() {
    // The hash mixes the end of a name too little: of two that are nearly equal the larger weight wins. Asked of Traefik
    // 3.7.15, which sends clients 127.0.0.1 to 127.0.0.12 to the first of them.
    let among = Cycle::once_each([0, 1]);
    assert!((1..=12).all(|number| chosen(&among, [5, 1, 0], &format!("127.0.0.{number}")) == 0));
}

#[test]
fn only_clients_of_a_server_that_goes_move() {
    let (all, fewer) = (Cycle::once_each([0, 1, 2]), Cycle::once_each([0, 2]));
    for number in 0..500 {
        let client = format!("10.1.{}.{}", number / 250, number % 250);
        let (before, after) = (chosen(&all, [1, 1, 1], &client), chosen(&fewer, [1, 1, 1], &client));
        assert!(before == after || before == 1, "{client}: {before} became {after}");
    }
}
