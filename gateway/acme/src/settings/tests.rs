//! Every mistake is told with its place.

use windrose_config::source::yaml;

use super::*;

fn told(text: &str) -> Vec<String> {
    let source = Source::file("t.yaml");
    let text =
        format!("entryPoints: {{web: {{address: ':80'}}}}\ncertificatesResolvers: {{le: {{acme: {text}}}}}");
    let loaded = StaticConfig::examine(yaml::parse(&text, &source).unwrap(), &source, &[]).loaded;
    check(&loaded.config, &source, storage::file).iter().map(ToString::to_string).collect()
}

#[test]
fn a_resolver_with_a_challenge_is_right() {
    for good in [
        "{tlsChallenge: {}}",
        "{tlsChallenge: true, keyType: ec384}",
        "{httpChallenge: {entryPoint: web}}",
        "{dnsChallenge: {provider: cloudflare}, eab: {kid: a, hmacEncoded: b}}",
        "{tlsChallenge: {}, keyType: RSA3072, caServer: 'https://ca.test:14000/dir'}",
    ] {
        assert_eq!(told(good), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (bad, expected) in [
        ("{email: a}", "has no challenge; write tlsChallenge, httpChallenge or dnsChallenge"),
        ("{tlsChallenge: {}, keyType: RSA1}", "keyType cannot be `RSA1`"),
        ("{dnsChallenge: {provider: lingon}}", "there is no DNS provider `lingon` here"),
        ("{dnsChallenge: {}}", "dnsChallenge.provider is missing"),
        ("{httpChallenge: {}}", "httpChallenge.entryPoint is missing"),
        ("{httpChallenge: {entryPoint: wbe}}", "there is no entry point `wbe`"),
        ("{tlsChallenge: {}, eab: {kid: a}}", "eab needs both kid and hmacEncoded"),
        ("{tlsChallenge: {}, caServer: ca}", "caServer `ca` is no URL"),
    ] {
        let told = told(bad);
        assert!(told.len() == 1 && told[0].contains(expected), "{bad}: {told:?}");
    }
}
