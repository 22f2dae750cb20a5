//! What is counted of refused handshakes.

use windrose_kit::gateway::Gateway;
use windrose_kit::peer::wire::Wire;

use crate::stop::client_hello;
use crate::until;

#[tokio::test]
async fn unusable_server_names_are_counted() {
    let gateway = Gateway::start("entryPoints: {web: {address: '127.0.0.1:0'}}");
    let hello = client_hello().await;
    let at = hello.windows(6).position(|window| window == b"a.test").unwrap();
    for (number, name) in (1..).zip([b"*.test", b"a test", b"a:4433", b"a..est"]) {
        let mut hello = hello.clone();
        hello[at..at + 6].copy_from_slice(name);
        let mut wire = Wire::connect(gateway.address("web")).await;
        wire.send(&hello).await;
        let [.., description] = wire.read_rest().await[..] else { panic!("no alert") };
        assert_eq!(description, 112, "unrecognized_name");
        until("the count", || gateway.status().unusable_names() == number).await;
    }
    let mut wire = Wire::connect(gateway.address("web")).await;
    wire.send(&hello).await;
    wire.read_exact(1).await;
    drop(wire);
    assert!(gateway.stop().await);
}
