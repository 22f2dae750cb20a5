//! The signature that Amazon documents.

use super::*;

/// The example `get-vanilla-query-order-key-case` of Amazon's own suite.
#[test]
fn a_request_is_signed_as_amazon_documents() {
    let request = Request::get("https://example.amazonaws.com/?Param2=value2&Param1=value1");
    let keys = Keys {
        id: "AKIDEXAMPLE".into(),
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
    };
    let scope = Scope { service: "service", region: "us-east-1" };
    let now = "2015-08-30T12:36:00Z".parse().unwrap();
    let text = format!("{:?}", signed(request, &scope, &keys, now).unwrap());
    let expected = "Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
    assert!(text.contains(expected), "{text}");
}
