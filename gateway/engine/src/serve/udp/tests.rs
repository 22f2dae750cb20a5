use std::net::UdpSocket as Plain;
use std::time::Duration;

use proptest::prelude::*;
use quinn_udp::Transmit;
use tokio::net::UdpSocket;

use super::batch::Part;
use super::*;

fn plain() -> Plain {
    let socket = Plain::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    socket
}

/// A socket of ours, which has joined what can be.
fn ours() -> UdpSocket {
    let socket = Plain::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    windrose_sys::join_datagrams(&socket).unwrap();
    UdpSocket::from_std(socket).unwrap()
}

/// A datagram that shows where in a row it was.
fn datagram(at: usize, size: usize) -> Vec<u8> {
    (0..size).map(|byte| (at * 31 + byte) as u8).collect()
}

/// What `socket` is given next, so many times.
fn heard(socket: &Plain, count: usize) -> Vec<Vec<u8>> {
    let mut buffer = vec![0; 65_536];
    let mut next = || {
        let length = socket.recv(&mut buffer).unwrap();
        buffer[..length].to_vec()
    };
    (0..count).map(|_| next()).collect()
}

/// Sends parts from `from` to `to`; gives what has to wait.
async fn send(from: &UdpSocket, to: &Plain, largest: &Largest, parts: &[Part<'_>]) -> Vec<Held> {
    // A socket is thought full until the system says that it is not.
    from.writable().await.unwrap();
    batch::with(|batch| {
        let (_, gathered, calls) = batch.split();
        let way = Way { socket: from, to: to.local_addr().unwrap(), bond: Bond::Free, largest };
        let mut outgoing = Outgoing::new(&way, calls, gathered, Full::Keep);
        parts.iter().for_each(|part| outgoing.add(*part));
        Ok(outgoing.finish())
    })
    .unwrap()
}

/// Lets `through` receive what it has and send it on to `to`; the parts it came in, as their length and the size of each.
async fn pass(through: &UdpSocket, to: &Plain, largest: &Largest) -> Vec<(usize, usize)> {
    through.readable().await.unwrap();
    batch::with(|batch| {
        batch.receive(through, BATCH)?;
        let (parts, gathered, calls) = batch.split();
        let way = Way { socket: through, to: to.local_addr()?, bond: Bond::Free, largest };
        let mut outgoing = Outgoing::new(&way, calls, gathered, Full::Drop);
        parts.all().for_each(|part| outgoing.add(part));
        outgoing.finish();
        Ok(parts.all().map(|part| (part.bytes.len(), part.each)).collect())
    })
    .unwrap()
}

#[tokio::test]
async fn what_the_kernel_has_joined_is_passed_on_with_its_shorter_last_one() {
    let (through, to) = (ours(), plain());
    let sender = plain();
    let calls = UdpSocketState::new((&sender).into()).unwrap();
    let all: Vec<Vec<u8>> = (0..6).map(|at| datagram(at, if at == 5 { 40 } else { 100 })).collect();
    let transmit = Transmit {
        destination: through.local_addr().unwrap(),
        ecn: None,
        contents: &all.concat(),
        segment_size: Some(100),
        src_ip: None,
    };
    calls.try_send((&sender).into(), &transmit).unwrap();
    assert_eq!(pass(&through, &to, &Largest::default()).await, [(540, 100)], "it came joined");
    assert_eq!(heard(&to, 6), all);
}

#[tokio::test]
async fn a_burst_of_many_sizes_is_passed_on_in_its_order() {
    let (through, to, sender) = (ours(), plain(), plain());
    let sizes = [100, 100, 40, 100, 0, 100, 1_400, 1_400, 9_000, 9_000, 1, 1, 0, 0, 65_507, 3];
    let all: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(at, size)| datagram(at, *size)).collect();
    for data in &all {
        sender.send_to(data, through.local_addr().unwrap()).unwrap();
    }
    assert_eq!(pass(&through, &to, &Largest::default()).await.len(), BATCH, "one call gives all");
    assert_eq!(heard(&to, all.len()), all);
}

#[tokio::test]
async fn a_socket_that_was_emptied_is_not_asked_again_and_still_tells_what_comes() {
    let (through, to, sender) = (ours(), plain(), plain());
    for at in 0..3 {
        sender.send_to(&datagram(at, 10), through.local_addr().unwrap()).unwrap();
        assert_eq!(pass(&through, &to, &Largest::default()).await, [(10, 10)]);
        let again = batch::with(|batch| batch.receive(&through, BATCH)).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::WouldBlock);
    }
    assert_eq!(heard(&to, 3).len(), 3);
}

#[tokio::test]
async fn more_than_can_leave_together_leave_in_several_calls() {
    let (from, to) = (ours(), plain());
    let all: Vec<Vec<u8>> = (0..150).map(|at| datagram(at, 10)).collect();
    send(&from, &to, &Largest::default(), &[Part { bytes: &all.concat(), each: 10 }]).await;
    assert_eq!(heard(&to, 150), all);
    let large: Vec<Vec<u8>> = (0..3).map(|at| datagram(at, 30_000)).collect();
    let parts: Vec<Part<'_>> = large.iter().map(|data| Part::single(data)).collect();
    send(&from, &to, &Largest::default(), &parts).await;
    assert_eq!(heard(&to, 3), large);
}

#[tokio::test]
async fn what_is_too_large_to_leave_together_leaves_one_by_one() {
    let (from, to) = (ours(), plain());
    let none = Largest::default();
    none.lower(0);
    let all: Vec<Vec<u8>> = (0..8).map(|at| datagram(at, 100)).collect();
    send(&from, &to, &none, &[Part { bytes: &all.concat(), each: 100 }]).await;
    assert_eq!(heard(&to, 8), all);
}

#[tokio::test]
async fn what_finds_no_room_waits_in_its_order() {
    let (from, to) = (ours(), plain());
    let all: Vec<Vec<u8>> = (0..6).map(|at| datagram(at, if at == 2 { 0 } else { 50 })).collect();
    let largest = Largest::default();
    let held = batch::with(|batch| {
        let (_, gathered, calls) = batch.split();
        let way = Way { socket: &from, to: to.local_addr()?, bond: Bond::Free, largest: &largest };
        let mut outgoing = Outgoing::new(&way, calls, gathered, Full::Keep);
        outgoing.stick();
        all.iter().for_each(|data| outgoing.add(Part::single(data)));
        Ok(outgoing.finish())
    })
    .unwrap();
    let waiting: Vec<&[u8]> = held.iter().flat_map(Held::datagrams).collect();
    assert_eq!(waiting, all);
}

proptest! {
    #![proptest_config(windrose_random::cases(64))]
    #[test]
    fn whatever_the_sizes_each_datagram_leaves_as_it_is(
        sizes in prop::collection::vec(prop::sample::select(vec![0, 1, 39, 40, 40, 40, 41, 1_200, 5_000]), 1..40)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let all: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(at, size)| datagram(at, *size)).collect();
        let heard = runtime.block_on(async {
            let (from, to) = (ours(), plain());
            let parts: Vec<Part<'_>> = all.iter().map(|data| Part::single(data)).collect();
            let held = send(&from, &to, &Largest::default(), &parts).await;
            assert!(held.is_empty(), "nothing has to wait");
            heard(&to, all.len())
        });
        prop_assert_eq!(heard, all);
    }
}
