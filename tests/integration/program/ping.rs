//! Ping and the health check that asks it.

use std::net::SocketAddr;

use windrose_kit::program::{Program, Settings, Signal};

use super::{END, get, get_until};

/// Runs `windrose healthcheck` for a gateway at this address.
async fn healthcheck(web: SocketAddr) -> (Option<i32>, String) {
    let static_config = format!("entryPoints: {{web: {{address: '{web}'}}}}\nping: {{entryPoint: web}}\n");
    let arguments = &["healthcheck"];
    let settings = Settings { static_config: &static_config, arguments, ..Settings::default() };
    let (status, printed) = Program::spawn(settings).wait(END).await;
    (status.code(), printed)
}

#[tokio::test]
async fn the_health_check_says_what_ping_says() {
    let static_config = "\
entryPoints:
  web:
    address: '${web}'
    transport: {lifeCycle: {requestAcceptGraceTimeout: 1h}}
ping: {entryPoint: web, terminatingStatusCode: 502}
";
    let settings = Settings { entry_points: &["web"], static_config, ..Settings::default() };
    let program = Program::start(settings).await;
    let web = program.entry_point("web");
    assert_eq!(healthcheck(web).await, (Some(0), format!("OK: http://{web}/ping\n")));

    program.signal(Signal::Terminate);
    get_until(web, "/ping", |answer| answer.status() == 502).await;
    assert_eq!(healthcheck(web).await, (Some(1), "Bad healthcheck status: 502 Bad Gateway\n".to_owned()));
    program.signal(Signal::Interrupt);
    program.wait(END).await;
}

#[tokio::test]
async fn ping_is_where_a_router_puts_it_when_asked() {
    let static_config = "\
entryPoints: {web: {address: '${web}'}}
ping: {manualRouting: true}
providers: {file: {filename: '${dir}/dynamic.yml'}}
";
    let dynamic_config = "http: {routers: {well: {rule: 'Path(`/well`)', service: ping@internal}}}\n";
    let settings = Settings { entry_points: &["web"], static_config, dynamic_config, ..Settings::default() };
    let program = Program::start(settings).await;
    let web = program.entry_point("web");
    assert_eq!(get(web, "/well").await.text(), "OK");
    assert_eq!(get(web, "/ping").await.status(), 404);
}

#[tokio::test]
async fn ping_tells_the_reasons_when_asked() {
    let static_config = "\
entryPoints: {web: {address: '${web}'}}
ping: {entryPoint: web}
providers: {file: {filename: '${dir}/dynamic.yml'}}
";
    let settings = Settings { entry_points: &["web"], static_config, ..Settings::default() };
    let program = Program::start(settings).await;
    let web = program.entry_point("web");
    let answer = get(web, "/ping?verbose").await;
    let expected = "ready\n[+] stage running\n[+] provider file is in force\n";
    assert_eq!((answer.status(), answer.text().as_str()), (200, expected));
    assert_eq!(get(web, "/ping?x=verbose").await.text(), "OK");
}
