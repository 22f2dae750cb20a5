//! Answers to challenges of digest authentication (RFC 7616), made by rules of its own.

use md5::{Digest, Md5};

use super::Heard;

/// Replaces `<digest name password uri nc>` by the parameters that answer the last challenge, for the method of the
/// request. More words are parameters in place of those, such as `qop=auth-int`.
pub(super) fn answer(bytes: Vec<u8>, heard: &[Heard]) -> Vec<u8> {
    let Ok(text) = String::from_utf8(bytes.clone()) else { return bytes };
    let Some((before, rest)) = text.split_once("<digest ") else { return bytes };
    let Some((words, after)) = rest.split_once('>') else { return bytes };
    let words: Vec<&str> = words.split(' ').collect();
    let [name, password, uri, nc, more @ ..] = &*words else { return bytes };
    let method = text.split(' ').next().unwrap_or_default();
    let challenge = heard.iter().rev().find_map(|heard| match heard {
        Heard::Answer(message) => message.header("www-authenticate"),
        Heard::Bytes(_) | Heard::Fault(_) | Heard::Extra(_) => None,
    });
    let parameter = |name: &str| {
        let (_, rest) = challenge?.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let (realm, nonce) = (parameter("realm").unwrap_or_default(), parameter("nonce").unwrap_or_default());
    let secret = hash(&format!("{name}:{realm}:{password}"));
    let request = hash(&format!("{method}:{uri}"));
    let response = hash(&format!("{secret}:{nonce}:{nc}:c:auth:{request}"));
    let mut parameters = vec![
        ("username", format!("\"{name}\"")),
        ("realm", format!("\"{realm}\"")),
        ("nonce", format!("\"{nonce}\"")),
        ("uri", format!("\"{uri}\"")),
        ("algorithm", "MD5".to_owned()),
        ("qop", "auth".to_owned()),
        ("nc", (*nc).to_owned()),
        ("cnonce", "\"c\"".to_owned()),
        ("response", format!("\"{response}\"")),
        ("opaque", format!("\"{}\"", parameter("opaque").unwrap_or_default())),
    ];
    for (name, value) in more.iter().filter_map(|word| word.split_once('=')) {
        parameters.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            parameters.push((name, value.to_owned()));
        }
    }
    let parameters: Vec<String> =
        parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{before}{}{after}", parameters.join(", ")).into_bytes()
}

fn hash(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
