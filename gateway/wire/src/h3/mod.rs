//! HTTP/3 (RFC 9114): frames, settings and fields (QPACK, RFC 9204), as far as they need no connection.
//!
//! Fields are read and written without the table that grows with the connection: no stream waits for another, and
//! there is nothing in it that a stranger could fill. *Invariant*: any bytes are read or refused, and nothing is kept
//! beyond what the caller allows.

pub mod frame;
pub mod qpack;
pub mod settings;
pub mod varint;

#[cfg(test)]
mod tests;
