//! What is wrong with the plugins named.

use std::collections::HashSet;

use super::Check;
use crate::static_config::Experimental;

pub(super) fn check(experimental: &Experimental, check: &mut Check<'_>) {
    let mut modules = HashSet::new();
    for (name, plugin) in &experimental.plugins {
        let at = format!("experimental.plugins.{name}");
        let mark = plugin.module_name.mark;
        if experimental.local_plugins.contains_key(name) {
            check.error(mark, format!("{at} has the name of a local plugin, give it another"));
        }
        if plugin.module_name.is_empty() {
            check.error(mark, format!("{at}.moduleName is missing"));
        } else if !modules.insert(&plugin.module_name) {
            check.error(mark, format!("{at} names a module that another plugin names, remove one of them"));
        }
        if plugin.version.is_empty() {
            check.error(mark, format!("{at}.version is missing"));
        }
    }
}
