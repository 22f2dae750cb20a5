//! A look inside a worker: a service of the gateway that tells of the thread it is answered on.

use std::fs;
use std::future::ready;
use std::path::PathBuf;
use std::pin::Pin;

use windrose_http::{Body, Exchange, Reply};
use windrose_kit::peer::h1::Client;
use windrose_upstream::service::Internal;

use crate::allocations::{self, Tally};

/// `inside@internal`.
pub(crate) struct Inside;

/// What a router to it looks like, as a line of YAML below `routers:`.
pub(crate) const ROUTER: &str =
    "inside: {rule: 'Host(`inside.test`)', service: inside@internal, priority: 100000}";

impl Internal for Inside {
    fn answer<'a>(&'a self, ex: &'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + 'a>> {
        let Tally { made, held } = allocations::tally();
        let watches = ex.target.path() == "/watch";
        let text = match ex.target.path() {
            "/tally" => format!("{made} {held}"),
            "/thread" => fs::read_link("/proc/thread-self").unwrap().to_string_lossy().into_owned(),
            "/watch" => String::new(),
            "/seen" => allocations::seen(),
            other => panic!("nothing is known of {other}"),
        };
        // As long for any number, so that the cost of the answer stays the same.
        let reply = Box::pin(ready(Reply::with_body(200, Body::from(format!("{text:>64}")))));
        if watches {
            allocations::watch();
        }
        reply
    }
}

/// What the worker's thread has allocated up to now.
pub(crate) async fn tally(client: &mut Client) -> Tally {
    let text = ask(client, "/tally").await;
    let (made, held) = text.split_once(' ').unwrap();
    Tally { made: made.parse().unwrap(), held: held.parse().unwrap() }
}

/// Notes where the worker's thread allocates, from now on.
pub(crate) async fn watch(client: &mut Client) {
    ask(client, "/watch").await;
}

/// Where it has, since.
pub(crate) async fn seen(client: &mut Client) -> String {
    ask(client, "/seen").await
}

/// The folder that tells of the worker's thread as long as it runs.
pub(crate) async fn thread(client: &mut Client) -> PathBuf {
    PathBuf::from("/proc").join(ask(client, "/thread").await)
}

async fn ask(client: &mut Client, what: &str) -> String {
    let answer = client.get("inside.test", what).await;
    assert_eq!(answer.status(), 200, "the router of `inside` is missing");
    answer.text().trim().to_owned()
}
