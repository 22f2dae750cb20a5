//! The servers of the labs: one static program without libraries.
//!
//! `demo http NAME` answers with its name and the request; `demo dns` answers questions for addresses below `lab.test`;
//! `demo auth` lets in who brings the password `letmein`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["http", name] => {
            let name = (*name).to_owned();
            serve(move |request| http(&name, request));
        }
        ["auth"] => serve(auth),
        ["dns"] => dns(),
        _ => {
            eprintln!("usage: demo http NAME | demo auth | demo dns");
            std::process::exit(2);
        }
    }
}

/// Answers one request for each connection, on port 80.
fn serve(answer: impl Fn(&str) -> String + Send + Sync + 'static) {
    let listener = TcpListener::bind("[::]:80").or_else(|_| TcpListener::bind("0.0.0.0:80")).expect("port 80");
    let answer = std::sync::Arc::new(answer);
    for stream in listener.incoming().flatten() {
        let answer = std::sync::Arc::clone(&answer);
        thread::spawn(move || converse(stream, &*answer));
    }
}

fn converse(mut stream: TcpStream, answer: &(impl Fn(&str) -> String + ?Sized)) {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(length @ 1..) if read.len() < 64 << 10 => read.extend_from_slice(&piece[..length]),
            _ => return,
        }
    }
    let _ = stream.write_all(answer(&String::from_utf8_lossy(&read)).as_bytes());
}

fn http(name: &str, request: &str) -> String {
    static SERVED: AtomicUsize = AtomicUsize::new(0);
    let target = request.split(' ').nth(1).unwrap_or_default();
    let body = if target == "/served" {
        format!("{}\n", SERVED.load(Ordering::Relaxed))
    } else {
        SERVED.fetch_add(1, Ordering::Relaxed);
        println!("{name}: {}", request.lines().next().unwrap_or_default());
        let head = request.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n", "\n");
        format!("{name}\n{head}\n")
    };
    response("200 OK", "Content-Type: text/plain\r\n", &body)
}

fn auth(request: &str) -> String {
    let has = |line: &str| request.lines().any(|other| other.eq_ignore_ascii_case(line));
    // you:letmein
    if has("Authorization: Basic eW91OmxldG1laW4=") {
        return response("200 OK", "X-Forwarded-User: you\r\n", "");
    }
    response("401 Unauthorized", "WWW-Authenticate: Basic realm=\"lab\"\r\n", "who are you?\n")
}

fn response(status: &str, fields: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// Every name below `lab.test` has one address; no other name exists.
fn dns() {
    let socket = UdpSocket::bind("[::]:53").or_else(|_| UdpSocket::bind("0.0.0.0:53")).expect("port 53");
    let mut question = [0; 512];
    while let Ok((length, peer)) = socket.recv_from(&mut question) {
        if let Some(answer) = resolve(&question[..length]) {
            let _ = socket.send_to(&answer, peer);
        }
    }
}

fn resolve(question: &[u8]) -> Option<Vec<u8>> {
    let mut end = 12;
    let mut labels = Vec::new();
    while *question.get(end)? > 0 {
        let length = usize::from(*question.get(end)?);
        labels.push(String::from_utf8_lossy(question.get(end + 1..end + 1 + length)?).to_ascii_lowercase());
        end += 1 + length;
    }
    let asked = question.get(12..end + 5)?;
    let exists = labels.join(".").ends_with("lab.test");
    let is_address = asked.ends_with(&[0, 1, 0, 1]);
    let answers = u8::from(exists && is_address);
    let mut out = question.get(..2)?.to_vec();
    out.extend([0x85, if exists { 0x80 } else { 0x83 }, 0, 1, 0, answers, 0, 0, 0, 0]);
    out.extend(asked);
    if answers == 1 {
        out.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 53]);
    }
    Some(out)
}
