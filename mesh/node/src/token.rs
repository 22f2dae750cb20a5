//! Who a node is to its controller, where somebody between them asks.

use std::path::Path;

use thiserror::Error;
use windrose_config::redact::FileOrContent;

/// Why there is no token.
#[derive(Debug, Error)]
pub(crate) enum TokenError {
    #[error("the token cannot be read")]
    File(#[from] std::io::Error),
    #[error("the token is no text")]
    Text(#[from] std::string::FromUtf8Error),
}

/// The token, which may be in a file that is written anew now and then; empty for nobody.
pub(crate) fn read(token: &FileOrContent) -> Result<String, TokenError> {
    if token.is_empty() || token.is_content() || !Path::new(&**token.as_written()).is_file() {
        return Ok(token.as_written().to_string());
    }
    let bytes = windrose_sys::read_file(Path::new(&**token.as_written()), LARGEST)?;
    Ok(String::from_utf8(bytes)?)
}

/// How many bytes of a file are read.
const LARGEST: u64 = 1 << 20;
