use super::*;

#[test]
fn paths_are_few() {
    let name = || "a/b@file".to_owned();
    for (path, expected) in [
        ("/api/version", Some(Asked::Version)),
        ("/api/overview", Some(Asked::Overview)),
        ("/api/rawdata", Some(Asked::RawData)),
        ("/api/entrypoints", Some(Asked::EntryPoints)),
        ("/api/entrypoints/web", Some(Asked::EntryPoint("web".to_owned()))),
        ("/api/http/routers", Some(Asked::All(Section::Routers))),
        ("/api/http/services/a%2Fb@file", Some(Asked::One(Section::Services, name()))),
        ("/api/http/middlewares/a%2fb%40file", Some(Asked::One(Section::Middlewares, name()))),
        ("/api/udp/services", Some(Asked::All(Section::Empty("service")))),
        ("/api/tcp/middlewares/x@file", Some(Asked::One(Section::Empty("middleware"), "x@file".to_owned()))),
        ("/api/udp/middlewares", None),
        ("/api/http/routers/a/b", None),
        ("/api/http/routers/", None),
        ("/api/version/", None),
        ("/api/version/1", None),
        ("/api/http", None),
        ("/api/", None),
        ("/api", None),
        ("/", None),
    ] {
        assert_eq!(Asked::parse(path), expected, "{path}");
    }
}
