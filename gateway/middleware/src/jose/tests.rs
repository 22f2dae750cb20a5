//! Keys and tokens are of another implementation: `tokens/generate.py` wrote them.

use std::sync::LazyLock;

use serde_json::{Value, json};
use windrose_config::Located;
use windrose_http::Headers;

use super::*;

static TOKENS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("tokens/tokens.json")).unwrap());

/// Of a text in the file.
fn of(section: &str, name: &str) -> &'static str {
    TOKENS[section][name].as_str().unwrap_or_else(|| panic!("{section}: {name}"))
}

fn secret() -> KeySet {
    KeySet::new(vec![Key::secret(TOKENS["secret"].as_str().unwrap().as_bytes()).unwrap()])
}

fn jwks(origin: Origin) -> KeySet {
    parse_jwks(TOKENS["jwks"].to_string().as_bytes(), origin).unwrap()
}

fn pem(name: &str) -> KeySet {
    KeySet::new(parse_pem(of("pem", name).as_bytes()).unwrap())
}

fn verifier() -> Verifier {
    Verifier {
        issuer: "https://id.test".into(),
        audience: ["app".into(), "shop".into()].into(),
        leeway: 5.0,
        ..Verifier::default()
    }
}

const NOW: f64 = 1_800_000_000.0;

fn fault(token: &str, keys: &KeySet) -> Option<Fault> {
    verifier().verify(token.as_bytes(), keys, NOW).err()
}

/// The algorithms and the keys that they go with.
const WITH: [(&str, &[&str]); 6] = [
    ("secret", &["HS256", "HS384", "HS512"]),
    ("rsa", &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
    ("p256", &["ES256"]),
    ("p384", &["ES384"]),
    ("p521", &["ES512"]),
    ("ed25519", &["EdDSA"]),
];

#[test]
fn tokens_of_every_algorithm_are_believed_by_their_own_keys_alone() {
    let set = jwks(Origin::Operator);
    for (key, algorithms) in WITH {
        let own = if key == "secret" { secret() } else { pem(key) };
        for (other, theirs) in WITH {
            for algorithm in theirs {
                for section in ["tokens", "unnamed"] {
                    let token = of(section, algorithm);
                    let expected = (key != other).then_some(Fault::Signature);
                    assert_eq!(fault(token, &own), expected, "{algorithm} by {key}");
                }
            }
        }
        for algorithm in algorithms {
            assert_eq!(fault(of("tokens", algorithm), &set), None, "{algorithm}");
            assert_eq!(fault(of("unnamed", algorithm), &set), None, "{algorithm} without kid");
            let only = Algorithm::from_name(algorithm).unwrap();
            let (mut same, mut another) = (verifier(), verifier());
            same.algorithms = [only].into();
            another.algorithms =
                [if *algorithm == "ES256" { Algorithm::Es384 } else { Algorithm::Es256 }].into();
            let token = of("tokens", algorithm).as_bytes();
            assert!(same.verify(token, &set, NOW).is_ok());
            assert_eq!(another.verify(token, &set, NOW).err(), Some(Fault::Algorithm));
        }
    }
}

#[test]
fn attacks_of_the_field_are_refused() {
    let (set, own) = (jwks(Origin::Operator), secret());
    let expected = [
        ("none", Fault::Form),
        ("none with a signature", Fault::Algorithm),
        ("none in other letters", Fault::Algorithm),
        ("hs256 by the public key", Fault::Signature),
        ("hs256 by the public key without its last line end", Fault::Signature),
        ("hs256 by the public key in der", Fault::Signature),
        ("hs256 by an empty secret", Fault::Signature),
        ("by a stranger", Fault::Signature),
        ("by a stranger who brings the key along", Fault::Signature),
        ("by a stranger who says where the key is", Fault::Signature),
        ("unknown kid", Fault::UnknownKey),
        ("kid is a path", Fault::UnknownKey),
        ("kid is a query", Fault::UnknownKey),
        ("kid is a list", Fault::Header),
        ("crit", Fault::Header),
        ("crit that is empty", Fault::Header),
        ("b64", Fault::Header),
        ("alg twice", Fault::Header),
        ("claim twice", Fault::Claims),
        ("claim twice inside", Fault::Claims),
        ("claims are a list", Fault::Claims),
        ("claims are no json", Fault::Claims),
        ("claims end twice", Fault::Claims),
        ("expired", Fault::Expired),
        ("not yet", Fault::Early),
        ("from the future", Fault::Early),
        ("exp is text", Fault::Claims),
        ("exp is null", Fault::Claims),
        ("exp is no number", Fault::Claims),
        ("other issuer", Fault::Issuer),
        ("issuer is a list", Fault::Issuer),
        ("no issuer", Fault::Issuer),
        ("other audience", Fault::Audience),
        ("no audience", Fault::Audience),
        ("logout token", Fault::Kind),
        ("logout token in full", Fault::Kind),
        ("changed claims", Fault::Signature),
        ("cut signature", Fault::Signature),
        ("no signature", Fault::Form),
        ("two parts", Fault::Form),
        ("four parts", Fault::Form),
        ("padded", Fault::Form),
        ("signature in der", Fault::Signature),
        ("zeros for a signature", Fault::Signature),
        ("a space", Fault::Form),
        ("empty", Fault::Form),
        ("a line end", Fault::Form),
    ];
    let attacks = TOKENS["attacks"].as_object().unwrap();
    assert_eq!(attacks.len(), expected.len());
    for (name, why) in expected {
        assert_eq!(fault(of("attacks", name), &set), Some(why), "{name}");
        assert!(fault(of("attacks", name), &own).is_some(), "{name}");
        assert!(fault(of("attacks", name), &pem("rsa")).is_some(), "{name}");
    }
}

#[test]
fn a_token_of_dots_or_of_any_length_costs_nothing() {
    for text in [".".repeat(1 << 20), "a".repeat(1 << 20), format!("{}.a.a", "a".repeat(1 << 20))] {
        assert_eq!(fault(&text, &secret()), Some(Fault::Long));
    }
    assert_eq!(fault(&".".repeat(16 << 10), &secret()), Some(Fault::Form));
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    assert!(parse_json(deep.as_bytes()).is_err());
}

#[test]
fn times_are_taken_with_leeway_and_not_without_bounds() {
    let token = of("tokens", "ES256").as_bytes();
    let set = jwks(Origin::Operator);
    let at = |now: f64| verifier().verify(token, &set, now).err();
    for (now, expected) in [
        (1_699_999_994.0, Some(Fault::Early)),
        (1_699_999_996.0, None),
        (4_000_000_004.0, None),
        (4_000_000_005.0, Some(Fault::Expired)),
    ] {
        assert_eq!(at(now), expected, "{now}");
    }
    let endless = TOKENS["endless"].as_str().unwrap();
    assert_eq!(fault(endless, &secret()), None);
    let strict = Verifier { needs_expiry: true, ..verifier() };
    assert_eq!(strict.verify(endless.as_bytes(), &secret(), NOW).err(), Some(Fault::Endless));
}

#[test]
fn secrets_in_a_set_that_was_fetched_are_no_keys() {
    let token = of("unnamed", "HS256");
    assert_eq!(fault(token, &jwks(Origin::Operator)), None);
    assert_eq!(fault(token, &jwks(Origin::Network)), Some(Fault::Signature));
    let only = json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}).to_string();
    assert!(parse_jwks(only.as_bytes(), Origin::Network).is_err());
}

#[test]
fn keys_that_are_for_something_else_are_left_out() {
    let key = TOKENS["jwks"]["keys"][1].clone();
    let with = |changes: Value| {
        let mut key = key.clone();
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        parse_jwks(json!({"keys": [key]}).to_string().as_bytes(), Origin::Operator)
    };
    assert!(with(json!({})).is_ok() && with(json!({"alg": "ES256", "key_ops": ["verify"]})).is_ok());
    for changes in [
        json!({"use": "enc"}),
        json!({"use": null}),
        json!({"key_ops": ["sign"]}),
        json!({"key_ops": "verify"}),
        json!({"alg": "RS256"}),
        json!({"alg": "HS256"}),
        json!({"alg": "none"}),
        json!({"kty": "RSA"}),
        json!({"kty": "oct"}),
        json!({"crv": "P-384"}),
        json!({"crv": "secp256k1"}),
        json!({"x": "AAAA"}),
        json!({"y": key["x"]}),
        json!({"kid": 1}),
    ] {
        assert_eq!(with(changes.clone()).map(|_| ()), Err(jwk::NoSet::Empty), "{changes}");
    }
    for text in ["", "[]", "{}", "{\"keys\": {}}", "{\"keys\": [], \"keys\": []}"] {
        assert!(matches!(parse_jwks(text.as_bytes(), Origin::Operator), Err(jwk::NoSet::Form)), "{text}");
    }
    let many = json!({"keys": vec![key; 101]}).to_string();
    assert_eq!(parse_jwks(many.as_bytes(), Origin::Operator).map(|_| ()), Err(jwk::NoSet::Many));
}

#[test]
fn what_is_no_public_key_in_pem_is_refused() {
    let cases = [
        ("", pem::NoKey::None),
        ("secret", pem::NoKey::None),
        (TOKENS["private"].as_str().unwrap(), pem::NoKey::Private),
        (TOKENS["short"].as_str().unwrap(), pem::NoKey::Unusable(key::Unusable::Size)),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_pem(text.as_bytes()).map(|_| ()), Err(expected));
    }
    let two = format!("{}{}", of("pem", "p256"), of("pem", "rsa"));
    assert_eq!(parse_pem(two.as_bytes()).unwrap().len(), 2);
    assert!(Key::secret(b"").is_err());
}

fn claims() -> Claims {
    let Value::Object(claims) = TOKENS["claims"].clone() else { panic!("no claims") };
    Claims::new(claims)
}

#[test]
fn conditions_hold_as_they_say() {
    let cases = [
        ("Equals(`sub`, `alice`)", true),
        ("Equals(`sub`, `Alice`)", false),
        ("!Equals(`sub`, `alice`)", false),
        ("Equals(`missing`, ``)", false),
        ("!Equals(`missing`, `x`)", true),
        ("Equals(`active`, `true`) && Equals(`user.level`, 3)", true),
        ("Equals(`user.name`, `Alice`)", true),
        ("Equals(`groups`, `staff`)", false),
        ("Prefix(`sub`, `al`)", true),
        ("Prefix(`groups`, `st`)", false),
        ("Contains(`sub`, `lic`)", true),
        ("Contains(`groups`, `staff`)", true),
        ("Contains(`groups`, `sta`)", false),
        ("SplitContains(`scope`, ` `, `write`)", true),
        ("SplitContains(`scope`, ` `, `writ`)", false),
        ("OneOf(`groups`, `a`, `staff`)", true),
        ("OneOf(`sub`, `bob`, `alice`)", true),
        ("OneOf(`groups`, `a`, `b`)", false),
        ("Equals(`sub`, `bob`) || (Contains(`aud`, `shop`) && !Contains(`aud`, `x`))", true),
    ];
    for (text, holds) in cases {
        let written = Located::from(Box::from(text));
        let condition = Condition::new(&written).unwrap().unwrap();
        assert_eq!(condition.holds(&claims()), holds, "{text}");
    }
    for text in ["Equals(`a`)", "Equals(a, b)", "Like(`a`, `b`)", "Equals(`a`, `b`) == 1", "Equals(`a`, `b`"]
    {
        assert!(Condition::new(&Located::from(Box::from(text))).is_err(), "{text}");
    }
}

#[test]
fn claims_are_found_by_their_whole_name_and_inside_of_others() {
    let Value::Object(map) =
        json!({"a.b": 1, "a": {"b": 2, "c": {"d": 3}}, "x.y": {"z": 4}, "n": null, "s\\": 5})
    else {
        panic!("no claims")
    };
    let claims = Claims::new(map);
    let cases = [
        ("a.b", Some(1)),
        ("a.c.d", Some(3)),
        ("x\\.y.z", Some(4)),
        ("s\\\\", Some(5)),
        ("a.c.e", None),
        ("a.b.c", None),
        ("n", None),
        ("", None),
    ];
    for (path, expected) in cases {
        assert_eq!(claims.get(&Path::new(path)).and_then(Value::as_i64), expected, "{path}");
    }
}

fn forwarded(claim: &str) -> Forwarded {
    Forwarded::new(&[(Box::from("X-Claim"), Box::from(claim))].into_iter().collect()).unwrap()
}

#[test]
fn claims_go_into_fields_in_one_way() {
    let cases = [
        ("sub", Some("alice")),
        ("active", Some("true")),
        ("user.level", Some("3")),
        ("groups", Some("staff,a%2Cadmin,50%25")),
        ("user", Some("{\"name\":\"Alice\",\"level\":3}")),
        ("missing", None),
    ];
    for (claim, expected) in cases {
        let forwarded = forwarded(claim);
        let mut headers = Headers::new();
        headers.receive("x-claim", "forged");
        headers.receive("X_Claim", "forged");
        headers.merge_spellings();
        forwarded.fill(&mut headers, &forwarded.values(&claims()).unwrap());
        let values: Vec<_> = headers.iter().map(|field| std::str::from_utf8(field.value).unwrap()).collect();
        assert_eq!(values, Vec::from_iter(expected), "{claim}");
    }
}

#[test]
fn claims_that_would_say_something_else_in_a_field_are_refused() {
    for (name, token) in TOKENS["controls"].as_object().unwrap() {
        let verified = verifier().verify(token.as_str().unwrap().as_bytes(), &secret(), NOW);
        let (claims, _) = verified.unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(forwarded("sub").values(&claims).err(), Some(Fault::Field), "{name}");
        assert!(forwarded("scope").values(&claims).is_ok(), "{name}");
    }
}
