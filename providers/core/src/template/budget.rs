//! How much memory the values of one render may take.
//!
//! Values are copies, so a variable that is doubled a few times takes gigabytes. Every function charges what it makes,
//! and whatever is put into a variable or handed to a body or a template is charged as well (`guard` sees to that).
//! Owns the count, which is kept for the thread: functions are given nothing but their arguments. Invariant: what is
//! alive at any moment is less than what was charged, and the arguments of one call.

use std::cell::Cell;
use std::mem::size_of;

use gtmpl_ng::{Func, FuncError, Value};

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(ALL) };
}

/// Begins the count of a render.
pub(super) fn begin() {
    LEFT.set(ALL);
}

/// Calls a function and charges what it makes.
pub(super) fn charged(function: Func, arguments: &[Value]) -> Result<Value, FuncError> {
    let value = function(arguments)?;
    charge(&value)?;
    Ok(value)
}

/// What is put into a variable or handed to a body or a template.
pub(super) fn kept(arguments: &[Value]) -> Result<Value, FuncError> {
    let value = arguments.last().cloned().unwrap_or(Value::NoValue);
    charge(&value)?;
    Ok(value)
}

fn charge(value: &Value) -> Result<(), FuncError> {
    let size = size(value);
    if size > LARGEST {
        return Err(FuncError::Generic(format!(
            "a value takes more than the {LARGEST} bytes allowed for one"
        )));
    }
    match LEFT.get().checked_sub(size) {
        Some(left) => LEFT.set(left),
        None => {
            return Err(FuncError::Generic(format!(
                "all values of this template together take more than the {ALL} bytes allowed"
            )));
        }
    }
    Ok(())
}

/// How many bytes a value takes, or something above [`LARGEST`]. Without recursion, as it may be deep.
pub(super) fn size(value: &Value) -> usize {
    let (mut size, mut rest) = (0_usize, vec![value]);
    while let Some(value) = rest.pop() {
        size = size.saturating_add(size_of::<Value>());
        match value {
            Value::String(text) => size = size.saturating_add(text.len()),
            Value::Array(items) => rest.extend(items),
            Value::Map(entries) | Value::Object(entries) => {
                let keys: usize = entries.keys().map(|key| ENTRY.saturating_add(key.len())).sum();
                size = size.saturating_add(TABLE).saturating_add(keys);
                rest.extend(entries.values());
            }
            _ => {}
        }
        if size > LARGEST {
            break;
        }
    }
    size
}

/// What one value may take.
pub(super) const LARGEST: usize = 2 << 20;
/// What all values of a render may take together, those that are gone included.
const ALL: usize = 256 << 20;
/// What a dict takes at least.
const TABLE: usize = 4 * (size_of::<Value>() + size_of::<String>());
/// What an entry of a dict takes besides its value and the letters of its key: tables are up to half empty.
const ENTRY: usize = size_of::<Value>() + 2 * size_of::<String>();
