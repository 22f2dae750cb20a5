//! The file provider: reads routing configuration from files and follows their changes.

pub mod template;
