//! Names of the fields of log events, spelled as operators of Traefik know them.
//!
//! Used as `tracing::warn!({ fields::ROUTER } = name, "route has no server")`.

/// The entry point a connection came in by.
pub const ENTRY_POINT: &str = "entryPointName";
/// The router that took a request, with its provider.
pub const ROUTER: &str = "routerName";
/// The service a request is sent to, with its provider.
pub const SERVICE: &str = "serviceName";
/// The middleware that speaks, with its provider.
pub const MIDDLEWARE: &str = "middlewareName";
/// The kind of that middleware.
pub const MIDDLEWARE_TYPE: &str = "middlewareType";
/// The provider a configuration came from.
pub const PROVIDER: &str = "providerName";
/// The position of a server in the list of its service.
pub const SERVER_INDEX: &str = "serverIndex";
/// The store a certificate was looked up in.
pub const TLS_STORE: &str = "tlsStoreName";
/// The transport that reaches the servers of a service.
pub const SERVERS_TRANSPORT: &str = "serversTransport";
/// What went wrong; see [`Chain`](crate::Chain).
pub const ERROR: &str = "error";
/// The server a request was sent to, as host and port or URL.
pub const ENDPOINT: &str = "endpoint";
/// The address at the other end of a connection.
pub const PEER: &str = "peer";
/// The number of the configuration in force, counted from the start of the program.
pub const GENERATION: &str = "generation";
