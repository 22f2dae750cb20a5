//! Reading arguments as Go's typed parameters would.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use gtmpl_ng::{FuncError, Number, NumberKind, Value, limits};

/// What every function answers.
pub(super) type Outcome = Result<Value, FuncError>;

/// A dict.
pub(super) type Dict = HashMap<String, Value>;

/// The arguments of one call, with the name for messages.
#[derive(Clone, Copy)]
pub(super) struct Args<'a> {
    name: &'static str,
    values: &'a [Value],
}

impl<'a> Args<'a> {
    /// Takes the arguments when there are as many as the function wants.
    pub(super) fn new(
        name: &'static str,
        values: &'a [Value],
        count: RangeInclusive<usize>,
    ) -> Result<Self, FuncError> {
        if count.contains(&values.len()) {
            return Ok(Self { name, values });
        }
        let (least, most) = count.into_inner();
        let wanted = match most {
            usize::MAX => format!("at least {least}"),
            most if most == least => least.to_string(),
            most => format!("{least} to {most}"),
        };
        Err(FuncError::Generic(format!("{name} wants {wanted} arguments, got {}", values.len())))
    }

    /// An argument of any type; nil when it is not there.
    pub(super) fn any(&self, at: usize) -> &'a Value {
        self.values.get(at).unwrap_or(&NIL)
    }

    /// The arguments from `at` on.
    pub(super) fn from(&self, at: usize) -> &'a [Value] {
        self.values.get(at..).unwrap_or_default()
    }

    /// A string.
    pub(super) fn text(&self, at: usize) -> Result<&'a str, FuncError> {
        match self.any(at) {
            Value::String(text) => Ok(text),
            other => Err(self.wrong(at, "a string", other)),
        }
    }

    /// A whole number.
    pub(super) fn int(&self, at: usize) -> Result<i64, FuncError> {
        match self.any(at) {
            Value::Number(number) => {
                number.as_i64().ok_or_else(|| self.wrong(at, "an integer", self.any(at)))
            }
            other => Err(self.wrong(at, "an integer", other)),
        }
    }

    /// A truth value.
    pub(super) fn bool(&self, at: usize) -> Result<bool, FuncError> {
        match self.any(at) {
            Value::Bool(value) => Ok(*value),
            other => Err(self.wrong(at, "a bool", other)),
        }
    }

    /// A list.
    pub(super) fn list(&self, at: usize) -> Result<&'a [Value], FuncError> {
        match self.any(at) {
            Value::Array(values) => Ok(values),
            other => Err(self.wrong(at, "a list", other)),
        }
    }

    /// A dict.
    pub(super) fn dict(&self, at: usize) -> Result<&'a Dict, FuncError> {
        match self.any(at) {
            Value::Map(entries) | Value::Object(entries) => Ok(entries),
            other => Err(self.wrong(at, "a dict", other)),
        }
    }

    /// A failure of this function.
    pub(super) fn fail(&self, message: impl std::fmt::Display) -> FuncError {
        FuncError::Generic(format!("{}: {message}", self.name))
    }

    /// Refuses to produce more text than a render allows.
    pub(super) fn produce(&self, bytes: usize) -> Result<(), FuncError> {
        match limits::active().function_output {
            Some(limit) if bytes > limit => {
                Err(self
                    .fail(format_args!("would produce {bytes} characters, more than the {limit} allowed")))
            }
            _ => Ok(()),
        }
    }

    fn wrong(&self, at: usize, wanted: &str, got: &Value) -> FuncError {
        self.fail(format_args!("argument {} must be {wanted}, not {}", at + 1, describe(got)))
    }
}

/// Whether Go calls the value empty: nothing, false, zero, or of length zero.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::NoValue | Value::Nil => true,
        Value::Bool(value) => !value,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Map(entries) | Value::Object(entries) => entries.is_empty(),
        Value::Number(number) => to_float(*number) == 0.0,
        Value::Function(_) => false,
    }
}

/// Whether the value is nil or missing.
pub(super) fn is_nil(value: &Value) -> bool {
    matches!(value, Value::NoValue | Value::Nil)
}

/// The value as Go's `%v` prints it; nil is `<nil>` inside text.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::NoValue => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

/// A list of strings as a value.
pub(super) fn texts<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Value {
    Value::Array(items.into_iter().map(|item| Value::String(item.into())).collect())
}

/// The number as a float, whatever it is held as.
pub(super) fn to_float(number: Number) -> f64 {
    match number.kind() {
        NumberKind::Float(value) => value,
        NumberKind::Signed(value) => value as f64,
        NumberKind::Unsigned(value) => value as f64,
    }
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::NoValue | Value::Nil => "nil",
        Value::Bool(_) => "a bool",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Map(_) | Value::Object(_) => "a dict",
        Value::Function(_) => "a function",
        Value::Number(number) => match number.kind() {
            NumberKind::Float(_) => "a float",
            _ => "an integer",
        },
    }
}

static NIL: Value = Value::Nil;
