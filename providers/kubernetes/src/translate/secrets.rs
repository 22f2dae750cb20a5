//! What Secrets and ConfigMaps hold: certificates, authorities, users.
//!
//! A value that would be taken for the name of a file is refused: whoever writes a Secret must not have the gateway read
//! its own files.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use windrose_config::dynamic_config::{TlsCertificate, TlsKeyPair};
use windrose_config::redact::{FileOrContent, Secret as Hidden};

use super::Scribe;
use super::view::View;
use crate::objects::{CA_KEYS, Secret};

/// Why a Secret or ConfigMap is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is none.
    #[error("there is no {kind} {namespace}/{name}")]
    Missing {
        /// Secret or ConfigMap.
        kind: &'static str,
        /// Its namespace.
        namespace: Arc<str>,
        /// Its name.
        name: Arc<str>,
    },
    /// It cannot be read.
    #[error("Secret {0} cannot be read: {1}")]
    Unreadable(String, String),
    /// A key is missing or empty.
    #[error("{of} has no {key}, which {what} stands under")]
    NoKey {
        /// The object.
        of: String,
        /// The key.
        key: &'static str,
        /// What is meant to be there.
        what: &'static str,
    },
    /// What stands there is not PEM.
    #[error("{of} holds no PEM under {key}")]
    NoPem {
        /// The object.
        of: String,
        /// The key.
        key: Arc<str>,
    },
    /// Users stand under one key.
    #[error("Secret {0} holds {1} values, and users are read from one that is alone")]
    NotAlone(String, usize),
    /// Nobody is there.
    #[error("Secret {0} holds no users, write one user:hash on each line")]
    NoUsers(String),
    /// Nothing is named.
    #[error("no Secret is named, write its name")]
    Unnamed,
}

/// Looks into the Secrets and ConfigMaps of one namespace.
#[derive(Clone, Copy)]
pub struct Secrets<'a> {
    /// All there are.
    pub world: View<'a>,
    /// The namespace.
    pub namespace: &'a Arc<str>,
}

impl<'a> Secrets<'a> {
    /// The certificate and key in a Secret.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn certificate(self, name: &Arc<str>) -> Result<TlsKeyPair, SecretError> {
        let secret = self.secret(name)?;
        let part = |key: &'static str, what| {
            let value = secret.data.get(key).and_then(Option::as_ref).filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| SecretError::NoKey { of: self.of("Secret", name), key, what })?;
            self.pem("Secret", name, key, value.expose())
        };
        let cert = part("tls.crt", "the certificate")?;
        let key = part("tls.key", "its key")?;
        Ok(TlsKeyPair { cert_file: cert.into(), key_file: key.into() })
    }

    /// Has the certificate in a Secret served to whoever asks for its names; what is wrong is told at the field.
    pub(crate) fn serve(self, scribe: &mut Scribe<'_>, name: &Arc<str>, field: impl Into<String>) {
        match self.certificate(name) {
            Ok(pair) => scribe.certificate(TlsCertificate {
                cert_file: pair.cert_file,
                key_file: pair.key_file,
                stores: Box::default(),
            }),
            Err(error) => {
                let message = format!("{error}; another certificate is served until it is there");
                scribe.wrong(field, message);
            }
        }
    }

    /// The authorities in a Secret. traefik: the only value counts as well.
    ///
    /// # Errors
    ///
    /// Why there are none.
    pub fn authorities(self, name: &Arc<str>) -> Result<FileOrContent, SecretError> {
        let secret = self.secret(name)?;
        let known = CA_KEYS.iter().find_map(|key| secret.data.get_key_value(*key));
        let alone = secret.data.iter().next().filter(|_| secret.data.len() == 1);
        let (key, value) = known.or(alone).ok_or_else(|| self.no_ca("Secret", name))?;
        let value = value.as_ref().map_or("", Hidden::expose);
        self.pem("Secret", name, key, value)
    }

    /// The authorities in a Secret, under a key that is known. traefik: for TLS options the only value does not count.
    ///
    /// # Errors
    ///
    /// Why there are none.
    pub fn named_authorities(self, name: &Arc<str>) -> Result<FileOrContent, SecretError> {
        let secret = self.secret(name)?;
        let known = CA_KEYS.iter().find_map(|key| secret.data.get_key_value(*key));
        let (key, value) = known.ok_or_else(|| self.no_ca("Secret", name))?;
        self.pem("Secret", name, key, value.as_ref().map_or("", Hidden::expose))
    }

    /// The authorities in a ConfigMap.
    ///
    /// # Errors
    ///
    /// Why there are none.
    pub fn authorities_of_map(self, name: &Arc<str>) -> Result<FileOrContent, SecretError> {
        let missing = || self.missing("ConfigMap", name);
        let map = self.world.config_map(self.namespace, name).ok_or_else(missing)?;
        let map = map.body.as_ref().map_err(|_| missing())?;
        let known = CA_KEYS.iter().find_map(|key| map.data.get_key_value(*key));
        let (key, value) = known.ok_or_else(|| self.no_ca("ConfigMap", name))?;
        self.pem("ConfigMap", name, key, value)
    }

    /// The users of basic authentication: one on each line, or a name and a password.
    ///
    /// # Errors
    ///
    /// Why there are none.
    pub fn basic_users(self, name: &Arc<str>) -> Result<Vec<String>, SecretError> {
        let secret = self.secret(name)?;
        if &*secret.kind != "kubernetes.io/basic-auth" {
            return self.users(name);
        }
        let part = |key: &'static str, what| {
            let value = secret.data.get(key).and_then(Option::as_ref);
            value.map(Hidden::expose).ok_or_else(|| SecretError::NoKey {
                of: self.of("Secret", name),
                key,
                what,
            })
        };
        let (user, password) = (part("username", "the user")?, part("password", "the password")?);
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        Ok(vec![format!("{user}:{{SHA}}{}", data_encoding::BASE64.encode(hash.as_ref()))])
    }

    /// The lines of the only value of a Secret.
    ///
    /// # Errors
    ///
    /// Why there are none.
    pub fn users(self, name: &Arc<str>) -> Result<Vec<String>, SecretError> {
        let secret = self.secret(name)?;
        let mut values = secret.data.values();
        let (Some(only), None) = (values.next(), values.next()) else {
            return Err(SecretError::NotAlone(self.of("", name), secret.data.len()));
        };
        let lines = only.as_ref().map_or("", Hidden::expose).lines();
        let users: Vec<String> = lines.filter(|line| !line.is_empty()).map(str::to_owned).collect();
        if users.is_empty() { Err(SecretError::NoUsers(self.of("", name))) } else { Ok(users) }
    }

    /// The users of a Secret whose keys are their names and whose values are hashes.
    ///
    /// # Errors
    ///
    /// Why there are none.
    pub fn all_users(self, name: &Arc<str>) -> Result<Vec<String>, SecretError> {
        let secret = self.secret(name)?;
        let hash = |value: &'a Option<Hidden>| value.as_ref().map_or("", Hidden::expose).trim();
        Ok(secret.data.iter().map(|(user, value)| format!("{user}:{}", hash(value))).collect())
    }

    /// A value of a Secret.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn value(
        self,
        name: &Arc<str>,
        key: &'static str,
        what: &'static str,
    ) -> Result<&'a str, SecretError> {
        let secret = self.secret(name)?;
        let value = secret.data.get(key).and_then(Option::as_ref);
        value.map(Hidden::expose).ok_or_else(|| SecretError::NoKey { of: self.of("Secret", name), key, what })
    }

    /// A value of a Secret under a key that somebody wrote.
    #[must_use]
    pub fn any_value(self, name: &str, key: &str) -> Option<&'a str> {
        let secret = self.world.secret(self.namespace, name)?.body.as_ref().ok()?;
        secret.data.get(key)?.as_ref().map(Hidden::expose)
    }

    fn secret(self, name: &Arc<str>) -> Result<&'a Secret, SecretError> {
        if name.is_empty() {
            return Err(SecretError::Unnamed);
        }
        let secret = self.world.secret(self.namespace, name);
        let secret = secret.ok_or_else(|| self.missing("Secret", name))?;
        secret.body.as_ref().map_err(|error| SecretError::Unreadable(self.of("", name), error.to_string()))
    }

    fn pem(self, kind: &str, name: &str, key: &str, text: &str) -> Result<FileOrContent, SecretError> {
        if text.contains("-----BEGIN") {
            return Ok(FileOrContent::new(text));
        }
        Err(SecretError::NoPem { of: self.of(kind, name), key: key.into() })
    }

    fn missing(self, kind: &'static str, name: &Arc<str>) -> SecretError {
        SecretError::Missing { kind, namespace: Arc::clone(self.namespace), name: Arc::clone(name) }
    }

    fn no_ca(self, kind: &str, name: &str) -> SecretError {
        SecretError::NoKey { of: self.of(kind, name), key: "tls.ca nor ca.crt", what: "an authority" }
    }

    fn of(self, kind: &str, name: &str) -> String {
        format!("{kind} {}/{name}", self.namespace).trim_start().to_owned()
    }
}
