//! Where keys come from: one of the options that name some.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD};
use windrose_config::Located;
use windrose_config::redact::FileOrContent;

use super::Keys;
use super::options::Options;
use crate::jose::{Key, KeySet, Origin, parse_jwks, parse_pem};
use crate::kind::{BuildContext, BuildError};
use crate::remote::{Client, Fresh, RemoteKeys};

/// The keys of the one option that is written.
///
/// # Errors
/// There is none, there are two, or what it says cannot be used.
pub(super) fn keys(options: &Options, cx: &BuildContext<'_>) -> Result<Keys, BuildError> {
    let written = [
        !options.signing_secret.value.is_empty(),
        !options.signing_secret_file.value.is_empty(),
        !options.public_key.value.is_empty(),
        !options.jwks_file.value.is_empty(),
        !options.jwks_url.is_empty(),
    ];
    if written.iter().filter(|is_written| **is_written).count() != 1 {
        return Err(BuildError::new(
            "write exactly one of signingSecret, signingSecretFile, publicKey, jwksFile and jwksUrl",
        ));
    }
    if !options.jwks_url.is_empty() {
        return fetched(options, cx);
    }
    let keys = if !options.public_key.value.is_empty() {
        let text = content(&options.public_key, cx)?;
        let keys = parse_pem(&text).map_err(|error| at(&options.public_key, format!("publicKey {error}")))?;
        KeySet::new(keys)
    } else if !options.jwks_file.value.is_empty() {
        let text = content(&options.jwks_file, cx)?;
        parse_jwks(&text, Origin::Operator)
            .map_err(|error| at(&options.jwks_file, format!("jwksFile {error}")))?
    } else {
        KeySet::new(vec![secret(options, cx)?])
    };
    Ok(Keys::Known(Arc::new(keys)))
}

fn secret(options: &Options, cx: &BuildContext<'_>) -> Result<Key, BuildError> {
    let text = if options.signing_secret_file.value.is_empty() {
        options.signing_secret.value.expose().as_bytes().to_vec()
    } else {
        // Editors end a file with a line.
        cx.resolve.file(&options.signing_secret_file)?.trim_ascii_end().to_vec()
    };
    let secret = if options.signing_secret_base64_encoded {
        let alphabets = [BASE64, BASE64URL, BASE64URL_NOPAD];
        let decoded = alphabets.iter().find_map(|alphabet| alphabet.decode(text.trim_ascii()).ok());
        decoded.ok_or_else(|| BuildError::new("the secret is not written in base64"))?
    } else {
        text
    };
    if secret.len() < SHORTEST {
        cx.warn(BuildError::new(format!(
            "the secret has {} bytes, whoever sees a token can guess one that has less than {SHORTEST}",
            secret.len()
        )));
    }
    Key::secret(&secret).map_err(|error| BuildError::new(format!("the secret {error}")))
}

fn fetched(options: &Options, cx: &BuildContext<'_>) -> Result<Keys, BuildError> {
    let url = &options.jwks_url;
    let usual = options.jwks_refresh.positive().filter(|usual| *usual >= Duration::from_secs(60));
    let usual = usual.ok_or_else(|| BuildError::new("jwksRefresh is a duration of at least one minute"))?;
    let client = Client::new(&options.client_config, cx)?;
    // Other ways to them may lead to other keys.
    let fresh = cx.keep(&format!("keys of {} by {}", url.value, client.dial.id()), Fresh::new);
    RemoteKeys::new(url, &client, usual, fresh)
        .map(Keys::Fetched)
        .map_err(|_| BuildError::at(url, "jwksUrl is none, write for example https://id.example.com/keys"))
}

/// What is written, or what the file of this name holds.
fn content<'o>(
    written: &'o Located<FileOrContent>,
    cx: &BuildContext<'_>,
) -> Result<Cow<'o, [u8]>, BuildError> {
    let text = written.value.as_written();
    if written.value.is_content() {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let path = Located { value: Arc::clone(text), mark: written.mark };
    cx.resolve.file(&path).map(Cow::Owned)
}

fn at(written: &Located<FileOrContent>, message: String) -> BuildError {
    BuildError { message, mark: Some(written.mark), length: 0 }
}

/// As many bytes has what HS256 makes (RFC 7518 §3.2).
const SHORTEST: usize = 32;
