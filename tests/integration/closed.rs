//! A mistake in a middleware opens nothing: its routers keep their place, where nobody answers.

use windrose_kit::peer::h1::Server;

use crate::gateway::{Gateway, Http, Setup, dynamic};

/// Only `10.0.0.0/8` may see `/admin`; everybody may see everything else of the host.
fn site(url: &str, option: &str, admin: &str) -> String {
    dynamic(&Http {
        routers: &[
            ("admin", &format!("{{rule: 'Host(`a.test`) && PathPrefix(`/admin`)', service: app, {admin}}}")),
            ("site", "{rule: 'Host(`a.test`)', service: app}"),
        ],
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}"))],
        more: &format!("  middlewares:\n    inside: {{ipAllowList: {{{option}: [10.0.0.0/8]}}}}\n"),
        ..Http::default()
    })
}

#[tokio::test]
async fn a_misspelt_option_opens_nothing() {
    let server = Server::fixed("secret").await;
    let site = |option, admin| site(&server.url(), option, admin);
    let (good, named) = (site("sourceRange", "middlewares: [inside]"), "middlewares: [inside]");
    let gateway = Gateway::start(Setup { dynamic: &good, ..Setup::default() }).await;
    let mut client = gateway.client().await;
    assert_eq!(client.get("a.test", "/admin").await.status(), 403);
    for broken in [
        site("sourceRang", named),
        site("sourceRange", "middlewares: [insde]"),
        site("sourceRange", "midlewares: [inside]"),
        site("sourceRange", "middlewares: [inside], tsl: {}"),
    ] {
        gateway.apply(&broken).await;
        let answer = client.get("a.test", "/admin").await;
        assert_eq!((answer.status(), &*answer.text()), (404, "404 page not found\n"), "{broken}");
        assert_eq!(client.get("a.test", "/admin/x").await.status(), 404, "{broken}");
        assert_eq!(client.get("a.test", "/").await.text(), "secret", "{broken}");
    }
    gateway.apply(&site("sourceRange", named)).await;
    assert_eq!(client.get("a.test", "/admin").await.status(), 403);
}
