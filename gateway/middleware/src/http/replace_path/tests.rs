use crate::testing::{answer, body, build, fields, filter, problems, request};

#[test]
fn the_path_is_replaced_and_the_old_one_told() {
    let cases = [
        ("/new", "/new?x=1"),
        ("new", "/new?x=1"),
        ("/n%2fw", "/n%2Fw?x=1"),
        ("/n w?", "/n%20w%3F?x=1"),
        ("/a/../b//c", "/a/../b//c?x=1"),
    ];
    for (path, expected) in cases {
        let filter = filter(&format!("replacePath: {{path: \"{path}\"}}"));
        let mut ex = request("GET /o%2Fd?x=1\nX-Replaced-Path: /theirs");
        assert!(answer(&*filter, &mut ex).is_none());
        assert_eq!(ex.target.as_str(), expected);
        assert_eq!(fields(&ex.headers), ["X-Replaced-Path: /theirs", "X-Replaced-Path: /o%2Fd"]);
    }
}

#[test]
fn a_broken_escape_is_warned_about_and_answers_every_request() {
    let built = build("replacePath: {path: /n%zz}");
    assert_eq!(
        built.warnings,
        [
            "test.yaml:1:21: warning: invalid escape in the path, every request gets status 500; write % as %25"
        ]
    );
    let cases = [("/n%zz", "%zz"), ("/%41%2", "%2"), ("/%", "%"), ("/%4é", "%4é")];
    for (path, escape) in cases {
        let filter = filter(&format!("replacePath: {{path: {path}}}"));
        let reply = answer(&*filter, &mut request("GET /")).expect("an answer");
        assert_eq!((reply.status, body(&reply)), (500, &*format!("invalid URL escape \"{escape}\"\n")));
    }
}

#[test]
fn a_missing_path_is_a_problem() {
    assert_eq!(
        problems("replacePath: {}"),
        ["test.yaml:1:14: error: path is missing, write the new path, such as /foo"]
    );
}
