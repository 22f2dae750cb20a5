//! The one program of the test's image: an HTTP server that says who it is, and a health check.
//!
//! `server` listens on port 80 of every address; `server check FILE` succeeds while FILE exists, `server touch FILE`
//! makes it. Built without libraries of the system, so that the image needs nothing else.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::exit;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("check") => exit(i32::from(!Path::new(&arguments[2]).exists())),
        Some("touch") => std::fs::write(&arguments[2], "").expect("a file"),
        _ => serve(),
    }
}

fn serve() {
    let listener = TcpListener::bind("[::]:80").or_else(|_| TcpListener::bind("0.0.0.0:80")).expect("port 80");
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let body = name.trim();
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    }
}
