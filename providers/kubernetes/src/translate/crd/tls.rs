//! TLSOptions, TLSStores, and the certificates of routes.

use std::sync::Arc;

use windrose_config::dynamic_config::{ClientAuth, Name, TlsCertificate, TlsOptions, TlsStore as Store};
use windrose_config::redact::FileOrContent;
use windrose_config::{Located, Section};

use super::Context;
use super::names::Family;
use crate::objects::{Both, Meta, TlsOption, TlsStore};
use crate::translate::secrets::Secrets;
use crate::translate::{Scribe, Translated};

impl Context<'_> {
    pub(super) fn tls_options(&self, objects: &Both<TlsOption>, out: &mut Translated) {
        let mut default = None;
        for object in objects.by_age() {
            let Some((mut scribe, body)) = out.begin("TLSOption", object) else {
                let name = self.tls_name(&object.meta, Family::TlsOption);
                out.config.lost.insert(Section::TlsOptions, name);
                continue;
            };
            if !self.may_be_default(&mut scribe, &object.meta, &mut default) {
                continue;
            }
            let name = self.tls_name(&object.meta, Family::TlsOption);
            match self.tls_option(&scribe, body) {
                Ok(options) => {
                    scribe.object(name, options, |config| &mut config.tls.options, "metadata.name");
                }
                Err(message) => {
                    scribe.wrong("spec.clientAuth", message);
                    scribe.lose(Section::TlsOptions, name);
                }
            }
        }
    }

    fn tls_option(&self, scribe: &Scribe<'_>, body: &TlsOption) -> Result<TlsOptions, String> {
        let namespace = scribe.namespace();
        let secrets = Secrets { world: self.world, namespace: &namespace };
        let mut ca_files = Vec::new();
        for name in &body.client_auth.secret_names {
            ca_files.push(Located::from(secrets.named_authorities(name).map_err(|error| error.to_string())?));
        }
        ca_files.extend(
            body.client_auth.ca_files.iter().map(|file| Located::from(FileOrContent::new(Arc::clone(file)))),
        );
        let defaults = TlsOptions::default();
        let names = |written: &[Arc<str>]| written.iter().cloned().map(Name::from).collect();
        Ok(TlsOptions {
            min_version: Arc::clone(&body.min_version).into(),
            max_version: Arc::clone(&body.max_version).into(),
            cipher_suites: names(&body.cipher_suites),
            curve_preferences: names(&body.curve_preferences),
            client_auth: ClientAuth {
                ca_files: ca_files.into(),
                client_auth_type: Arc::clone(&body.client_auth.client_auth_type).into(),
            },
            sni_strict: body.sni_strict,
            alpn_protocols: body.alpn_protocols.clone().unwrap_or(defaults.alpn_protocols),
            disable_session_tickets: body.disable_session_tickets,
            prefer_server_cipher_suites: body.prefer_server_cipher_suites,
        })
    }

    pub(super) fn tls_stores(&self, objects: &Both<TlsStore>, out: &mut Translated) {
        let mut default = None;
        for object in objects.by_age() {
            let Some((mut scribe, body)) = out.begin("TLSStore", object) else { continue };
            if !self.may_be_default(&mut scribe, &object.meta, &mut default) {
                continue;
            }
            let name = self.tls_name(&object.meta, Family::TlsOption);
            self.tls_store(&mut scribe, body, name);
        }
    }

    /// A certificate that cannot be read costs itself only.
    fn tls_store(&self, scribe: &mut Scribe<'_>, body: &TlsStore, name: Arc<str>) {
        let namespace = scribe.namespace();
        let secrets = Secrets { world: self.world, namespace: &namespace };
        let default =
            body.default_certificate.as_ref().map(|written| secrets.certificate(&written.secret_name));
        let default = default.transpose().unwrap_or_else(|error| {
            scribe.wrong("spec.defaultCertificate", error.to_string());
            None
        });
        for (index, written) in body.certificates.iter().enumerate() {
            match secrets.certificate(&written.secret_name) {
                Ok(pair) => scribe.certificate(TlsCertificate {
                    cert_file: pair.cert_file,
                    key_file: pair.key_file,
                    stores: Box::new([Name::from(Arc::clone(&name))]),
                }),
                Err(error) => scribe.wrong(format!("spec.certificates[{index}]"), error.to_string()),
            }
        }
        let store = Store {
            default_certificate: default.map(Box::new),
            default_generated_cert: body.default_generated_cert.clone(),
        };
        scribe.object(name, store, |config| &mut config.tls.stores, "metadata.name");
    }

    /// The certificate that a route brings along, for whoever asks for its names.
    pub(super) fn route_certificate(&self, scribe: &mut Scribe<'_>, secret: &Arc<str>) {
        if secret.is_empty() {
            return;
        }
        let namespace = scribe.namespace();
        Secrets { world: self.world, namespace: &namespace }.serve(scribe, secret, "spec.tls.secretName");
    }

    /// Whether an object may be what everybody uses who names nothing; that is one, and the oldest.
    fn may_be_default(&self, scribe: &mut Scribe<'_>, meta: &Meta, first: &mut Option<Arc<str>>) -> bool {
        if &*meta.name != DEFAULT {
            return true;
        }
        let only = &self.options.default_tls_namespace;
        if !only.is_empty() && *only != meta.namespace {
            let message = format!(
                "the default may be declared in namespace {only} only, see defaultTLSResourcesNamespace"
            );
            scribe.wrong("metadata.name", message);
            return false;
        }
        if let Some(first) = first {
            let message = format!(
                "the default is declared in namespace {first} already, which counts; rename this one"
            );
            scribe.wrong("metadata.name", message);
            return false;
        }
        *first = Some(Arc::clone(&meta.namespace));
        true
    }

    fn tls_name(&self, meta: &Meta, family: Family) -> Arc<str> {
        if &*meta.name == DEFAULT {
            DEFAULT.into()
        } else {
            self.names.object(family, &meta.namespace, &meta.name)
        }
    }
}

/// The name of what everybody uses who names nothing.
pub(super) const DEFAULT: &str = "default";
