//! The files that objects refer to: certificates, keys, authorities, lists of users.
//!
//! Their content is read by the engine. When such a file changes, the objects that refer to it are given new `Arc`s,
//! so that whoever compares pointers looks at them again.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use windrose_config::dynamic_config::{
    Middleware, ServersTransport, TcpServersTransport, TlsCertificate, TlsKeyPair, TlsOptions, TlsStore,
};
use windrose_config::redact::FileOrContent;
use windrose_config::{DynamicConfig, Tree, Written};

/// The paths that the configuration refers to.
pub(crate) fn collect(config: &DynamicConfig) -> BTreeSet<PathBuf> {
    let mut paths = BTreeSet::new();
    config.tls.certificates.iter().for_each(|object| object.value.paths(&mut paths));
    config.tls.options.values().for_each(|object| object.value.paths(&mut paths));
    config.tls.stores.values().for_each(|object| object.value.paths(&mut paths));
    config.http.servers_transports.values().for_each(|object| object.value.paths(&mut paths));
    config.tcp.servers_transports.values().for_each(|object| object.value.paths(&mut paths));
    config.http.middlewares.values().for_each(|object| object.value.paths(&mut paths));
    paths
}

/// Gives new `Arc`s to the objects that refer to a changed file.
pub(crate) fn renew(config: &mut DynamicConfig, changed: &HashSet<PathBuf>) {
    renew_each(config.tls.certificates.iter_mut(), changed);
    renew_each(config.tls.options.values_mut(), changed);
    renew_each(config.tls.stores.values_mut(), changed);
    renew_each(config.http.servers_transports.values_mut(), changed);
    renew_each(config.tcp.servers_transports.values_mut(), changed);
    renew_each(config.http.middlewares.values_mut(), changed);
}

fn renew_each<'a, T: References + Clone + 'a>(
    objects: impl Iterator<Item = &'a mut Arc<Written<T>>>,
    changed: &HashSet<PathBuf>,
) {
    for object in objects {
        let mut paths = BTreeSet::new();
        object.value.paths(&mut paths);
        if paths.iter().any(|path| changed.contains(path)) {
            *object = Arc::new(Written::clone(object));
        }
    }
}

trait References {
    fn paths(&self, into: &mut BTreeSet<PathBuf>);
}

impl References for FileOrContent {
    fn paths(&self, into: &mut BTreeSet<PathBuf>) {
        if !self.is_empty() && !self.is_content() {
            into.insert(Path::new(&**self.as_written()).to_owned());
        }
    }
}

impl References for TlsKeyPair {
    fn paths(&self, into: &mut BTreeSet<PathBuf>) {
        self.cert_file.paths(into);
        self.key_file.paths(into);
    }
}

impl References for TlsCertificate {
    fn paths(&self, into: &mut BTreeSet<PathBuf>) {
        self.cert_file.paths(into);
        self.key_file.paths(into);
    }
}

impl References for TlsOptions {
    fn paths(&self, into: &mut BTreeSet<PathBuf>) {
        self.client_auth.ca_files.iter().for_each(|file| file.paths(into));
    }
}

impl References for TlsStore {
    fn paths(&self, into: &mut BTreeSet<PathBuf>) {
        self.default_certificate.iter().for_each(|pair| pair.paths(into));
    }
}

impl References for ServersTransport {
    fn paths(&self, into: &mut BTreeSet<PathBuf>) {
        self.root_cas.iter().for_each(|file| file.paths(into));
        self.certificates.iter().for_each(|pair| pair.paths(into));
    }
}

impl References for TcpServersTransport {
    fn paths(&self, into: &mut BTreeSet<PathBuf>) {
        let Some(tls) = &self.tls else { return };
        tls.root_cas.iter().for_each(|file| file.paths(into));
        tls.certificates.iter().for_each(|pair| pair.paths(into));
    }
}

impl References for Middleware {
    /// The options belong to the kind; but all kinds name their files alike.
    fn paths(&self, into: &mut BTreeSet<PathBuf>) {
        named(&self.options, &["usersFile"], into);
        if let Some(tls) = self.options.field("tls") {
            named(tls, &["ca", "cert", "key"], into);
        }
    }
}

fn named(options: &Tree, names: &[&str], into: &mut BTreeSet<PathBuf>) {
    let texts = names.iter().filter_map(|name| options.field(name)?.as_text());
    texts.for_each(|text| FileOrContent::new(text).paths(into));
}
