//! Which object a name means, and whether whoever wrote it may name it.

use std::sync::Arc;

use crate::objects::Reference;
use crate::options::Trust;

/// Why a name is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It is in another namespace.
    #[error(
        "{name:?} is in namespace {namespace}, and objects of {from} may not name it; set allowCrossNamespace"
    )]
    OtherNamespace {
        /// The name.
        name: Arc<str>,
        /// Its namespace.
        namespace: Arc<str>,
        /// The namespace of who names it.
        from: Arc<str>,
    },
    /// It names our own provider, so that its namespace cannot be told.
    #[error(
        "{0:?} does not say its namespace, so it is not followed; write name and namespace, or set allowCrossNamespace"
    )]
    OwnProvider(Arc<str>),
    /// It names another provider.
    #[error(
        "{name:?} is of another provider, and objects of {from} may not name it; add {from} to crossProviderNamespaces"
    )]
    OtherProvider {
        /// The name.
        name: Arc<str>,
        /// The namespace of who names it.
        from: Arc<str>,
    },
}

/// Follows names that objects of one namespace write.
#[derive(Debug, Clone, Copy)]
pub struct References<'a> {
    /// What is allowed.
    pub trust: &'a Trust,
    /// The namespace of who names.
    pub from: &'a Arc<str>,
}

impl References<'_> {
    /// The name that a reference means, made by `name` of namespace and name where it is of our own kinds.
    ///
    /// # Errors
    ///
    /// It may not be followed.
    pub fn resolve(
        self,
        reference: &Reference,
        name: impl FnOnce(&str, &str) -> Arc<str>,
    ) -> Result<Arc<str>, ReferenceError> {
        if reference.name.contains('@') {
            self.check_provider(&reference.name)?;
            return Ok(Arc::clone(&reference.name));
        }
        let namespace = self.namespace(&reference.namespace, &reference.name)?;
        Ok(name(&namespace, &reference.name))
    }

    /// Whether a name with `@` may be written.
    ///
    /// # Errors
    ///
    /// It may not be followed.
    pub fn check_provider(self, name: &Arc<str>) -> Result<(), ReferenceError> {
        let is_own = name.rsplit('@').next().is_some_and(|provider| provider.eq_ignore_ascii_case(PROVIDER));
        if is_own && !self.trust.cross_namespace {
            return Err(ReferenceError::OwnProvider(Arc::clone(name)));
        }
        let allowed = self.trust.cross_provider.as_deref();
        if allowed.is_some_and(|namespaces| !namespaces.contains(self.from)) {
            return Err(ReferenceError::OtherProvider {
                name: Arc::clone(name),
                from: Arc::clone(self.from),
            });
        }
        Ok(())
    }

    /// The namespace that is meant.
    ///
    /// # Errors
    ///
    /// It may not be named.
    pub fn namespace(self, written: &Arc<str>, name: &Arc<str>) -> Result<Arc<str>, ReferenceError> {
        if written.is_empty() || written == self.from {
            return Ok(Arc::clone(self.from));
        }
        if !self.trust.cross_namespace {
            return Err(ReferenceError::OtherNamespace {
                name: Arc::clone(name),
                namespace: Arc::clone(written),
                from: Arc::clone(self.from),
            });
        }
        Ok(Arc::clone(written))
    }
}

/// The name of the provider of our own kinds.
pub(crate) const PROVIDER: &str = crate::CRD;
