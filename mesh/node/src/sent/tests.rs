//! A controller gets every slice once, in whatever state it is found.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use windrose_config::redact::FileOrContent;
use windrose_config::static_config::ClientTls;
use windrose_mesh_traffic::{Directory, Report, Window};

use super::*;

/// A controller that answers as ours do; its memory can be taken away.
struct Controller {
    address: SocketAddr,
    window: Arc<Mutex<Window>>,
    /// The numbers of slices of each report.
    seen: Arc<Mutex<Vec<Vec<u64>>>>,
}

impl Controller {
    /// Answers at an address of its own; `others` are whom it tells of.
    fn start(status: u16, others: impl Fn(SocketAddr) -> Vec<Arc<str>> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let window = Arc::new(Mutex::new(Window::default()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, heard) = (Arc::clone(&window), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let report: Report = serde_json::from_slice(&body(&mut stream)).unwrap();
                heard.lock().unwrap().push(report.slices.iter().map(|slice| slice.number).collect());
                let before = kept.lock().unwrap().take(&report, &Directory::default(), 5 * 1000).unwrap();
                let receipt = Receipt { before, controllers: others(address) };
                let text = serde_json::to_string(&receipt).unwrap();
                let head = format!(
                    "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    text.len()
                );
                stream.write_all((head + &text).as_bytes()).unwrap();
            }
        });
        Self { address, window, seen }
    }

    fn url(&self) -> Arc<str> {
        format!("http://{}", self.address).into()
    }

    fn seen(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

fn body(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap();
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            if bytes.len() >= end + 4 + length {
                return bytes[end + 4..].to_vec();
            }
        }
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "the node hung up");
        bytes.extend_from_slice(&piece[..read]);
    }
}

/// Cuts and sends slices to the controller at a URL.
struct Node {
    https: Https,
    options: Options,
    counted: Counted,
    sender: Sender,
}

impl Node {
    fn new(endpoint: &Arc<str>) -> Self {
        let limits = Limits { whole: PATIENCE, head: PATIENCE };
        let no_files = |path: &str| Err(std::io::Error::other(path.to_owned()));
        let https = Https::new(&ClientTlsOptions::default(), &no_files, limits).unwrap();
        let (token, cache, tls) = (FileOrContent::default(), Arc::default(), ClientTls::default());
        let options = Options { endpoint: Arc::clone(endpoint), token, cache, tls };
        Self { https, options, counted: Counted::default(), sender: Sender::default() }
    }

    fn cut(&self, number: u64) {
        self.counted.cut(number);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.sender.tell_all(&self.https, &self.options, &self.counted));
    }
}

#[test]
fn a_controller_is_told_what_is_new_and_one_that_forgot_is_told_all() {
    let controller = Controller::start(200, |_| Vec::new());
    let node = Node::new(&controller.url());
    node.cut(990);
    node.cut(991);
    assert_eq!(controller.seen(), [vec![990], vec![991]]);
    *controller.window.lock().unwrap() = Window::default();
    node.cut(992);
    assert_eq!(controller.seen(), [vec![992], vec![990, 991, 992]]);
    node.cut(993);
    assert_eq!(controller.seen(), [vec![993]]);
}

#[test]
fn every_controller_that_there_is_is_told_the_same() {
    let other = Controller::start(200, |_| Vec::new());
    let url = other.url();
    let first = Controller::start(200, move |own| vec![format!("http://{own}").into(), Arc::clone(&url)]);
    let node = Node::new(&first.url());
    for number in 990..993 {
        node.cut(number);
    }
    let all = |controller: &Controller| controller.seen().concat().into_iter().collect::<BTreeSet<u64>>();
    assert_eq!(all(&first), (990..993).collect());
    assert_eq!(all(&other), (990..993).collect());
}

#[test]
fn one_that_was_away_is_told_what_it_missed() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let node = Node::new(&format!("http://{address}").into());
    node.cut(990);
    node.cut(991);
    let back = Controller::start(200, |_| Vec::new());
    let node = Node { options: Options { endpoint: back.url(), ..node.options.clone() }, ..node };
    node.cut(992);
    assert_eq!(back.seen().concat(), [990, 991, 992]);
}

#[test]
fn one_that_keeps_no_figures_is_left_in_peace() {
    let controller = Controller::start(404, |_| Vec::new());
    let node = Node::new(&controller.url());
    (990..995).for_each(|number| node.cut(number));
    assert_eq!(controller.seen().len(), 1);
}
