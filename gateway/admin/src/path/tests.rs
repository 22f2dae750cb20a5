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
        ("/api/http/routers", Some(Asked::All(Section::HttpRouters))),
        ("/api/http/services/a%2Fb@file", Some(Asked::One(Section::HttpServices, name()))),
        ("/api/http/middlewares/a%2fb%40file", Some(Asked::One(Section::HttpMiddlewares, name()))),
        ("/api/udp/services", Some(Asked::All(Section::UdpServices))),
        ("/api/tcp/middlewares/x@file", Some(Asked::One(Section::TcpMiddlewares, "x@file".to_owned()))),
        ("/api/problems", Some(Asked::Problems)),
        ("/api/support-dump", Some(Asked::SupportDump)),
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
