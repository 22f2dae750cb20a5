use serde_json::json;

use super::*;

#[test]
fn secrets_are_hidden_and_the_rest_is_not() {
    let mut value = json!({
        "basicAuth": {"users": ["u:$apr1$x", "broken"], "realm": "r", "usersFile": "/etc/users"},
        "digestAuth": {"Users": "a:b:c,d:e:f"},
        "rateLimit": {"redis": {"password": "p", "db": 0, "tls": {"cert": "/x.pem", "key": "-----BEGIN KEY"}}},
        "headers": {"customRequestHeaders": {"authorization": "Basic abc", "X-Other": "shown", "Cookie": ""}},
    });
    secrets(&mut value);
    let expected = json!({
        "basicAuth": {"users": ["u:xxxx", "xxxx"], "realm": "r", "usersFile": "/etc/users"},
        "digestAuth": {"Users": "a:xxxx,d:xxxx"},
        "rateLimit": {"redis": {"password": "xxxx", "db": 0, "tls": {"cert": "/x.pem", "key": "xxxx"}}},
        "headers": {"customRequestHeaders": {"authorization": "xxxx", "X-Other": "shown", "Cookie": ""}},
    });
    assert_eq!(value, expected);
}
