//! Everything at once, written object by object: a million would not fit as one value.

use serde_json::Value;

use crate::view::{
    Middlewares, Naming, Routers, Services, Shown, TcpMiddlewares, TcpRouters, TcpServices, UdpRouters,
    UdpServices, View, told,
};

/// All sections that are not empty, objects by name, and the problems that belong to no object.
pub(super) fn everything(view: &View) -> Vec<u8> {
    let mut out = vec![b'{'];
    section::<Routers>(&mut out, "routers", view);
    section::<Middlewares>(&mut out, "middlewares", view);
    section::<Services>(&mut out, "services", view);
    section::<TcpRouters>(&mut out, "tcpRouters", view);
    section::<TcpMiddlewares>(&mut out, "tcpMiddlewares", view);
    section::<TcpServices>(&mut out, "tcpServices", view);
    section::<UdpRouters>(&mut out, "udpRouters", view);
    section::<UdpServices>(&mut out, "udpServices", view);
    let problems: Vec<Value> = view.loose().map(|problem| told(problem).into()).collect();
    if !problems.is_empty() {
        member(&mut out, "problems");
        out.extend_from_slice(Value::from(problems).to_string().as_bytes());
    }
    out.push(b'}');
    out
}

fn section<S: Shown>(out: &mut Vec<u8>, name: &str, view: &View) {
    let mut objects: Vec<_> = view.objects::<S>().collect();
    if objects.is_empty() {
        return;
    }
    let related = S::related(view, &|_| true);
    objects.sort_unstable_by_key(|object| object.id);
    member(out, name);
    out.push(b'{');
    for object in &objects {
        member(out, &object.id.to_string());
        out.extend_from_slice(view.show::<S>(object, &related, Naming::Before).to_string().as_bytes());
    }
    out.push(b'}');
}

/// Begins a member of the object that is being written.
fn member(out: &mut Vec<u8>, key: &str) {
    if !out.ends_with(b"{") {
        out.push(b',');
    }
    out.extend_from_slice(Value::from(key).to_string().as_bytes());
    out.push(b':');
}
