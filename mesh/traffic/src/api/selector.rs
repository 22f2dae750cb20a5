//! Label selectors, as Kubernetes writes them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

/// All of what has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selector(Vec<Demand>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Demand {
    label: String,
    operator: Operator,
    values: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Selector {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let demands: Option<Vec<Demand>> = split(text).into_iter().map(|part| demand(part.trim())).collect();
        demands.map(Self).ok_or_else(|| format!("label selector {text:?} cannot be read"))
    }

    /// Whether it holds for labels.
    pub(super) fn holds(&self, labels: &BTreeMap<Arc<str>, Arc<str>>) -> bool {
        self.0.iter().all(|Demand { label, operator, values }| {
            let value = labels.get(label.as_str());
            let is_in = value.is_some_and(|value| values.contains(&**value));
            match operator {
                Operator::In => is_in,
                Operator::NotIn => !is_in,
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }

    /// As it is repeated in a list.
    pub(super) fn shown(&self) -> Value {
        let one = |demand: &Demand| {
            let operator = match demand.operator {
                Operator::In => "In",
                Operator::NotIn => "NotIn",
                Operator::Exists => "Exists",
                Operator::DoesNotExist => "DoesNotExist",
            };
            json!({"key": demand.label, "operator": operator, "values": demand.values})
        };
        json!({"matchExpressions": self.0.iter().map(one).collect::<Vec<Value>>()})
    }
}

/// Parts between commas that are in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let is_end = |c: char| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        c == ',' && depth == 0
    };
    text.split(is_end).collect()
}

fn demand(text: &str) -> Option<Demand> {
    let made = |label: &str, operator, values: BTreeSet<String>| {
        let label = label.trim();
        let is_word =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
        let is_well = !label.is_empty() && is_word(label) && values.iter().all(|value| is_word(value));
        is_well.then(|| Demand { label: label.to_owned(), operator, values })
    };
    let one = |value: &str| BTreeSet::from([value.trim().to_owned()]);
    if let Some(label) = text.strip_prefix('!') {
        return made(label, Operator::DoesNotExist, BTreeSet::new());
    }
    if let Some((label, value)) = text.split_once("!=") {
        return made(label, Operator::NotIn, one(value));
    }
    if let Some((label, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return made(label, Operator::In, one(value));
    }
    if let Some(list) = text.strip_suffix(')') {
        let (head, values) = list.split_once('(')?;
        let (label, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        let operator = match operator {
            "in" => Operator::In,
            "notin" => Operator::NotIn,
            _ => return None,
        };
        return made(label, operator, values.split(',').map(|value| value.trim().to_owned()).collect());
    }
    made(text, Operator::Exists, BTreeSet::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_hold_as_in_kubernetes() {
        let labels = BTreeMap::from([("app".into(), "cart".into()), ("tier".into(), "web".into())]);
        let cases = [
            ("app=cart", true),
            ("app==cart", true),
            ("app!=cart", false),
            ("other!=cart", true),
            ("app", true),
            ("!app", false),
            ("!other", true),
            ("app in (cart, shop)", true),
            ("app notin (cart,shop)", false),
            ("app=cart,tier=db", false),
            ("app in (cart,shop),tier", true),
            ("app=", false),
        ];
        for (text, holds) in cases {
            assert_eq!(Selector::read(text).unwrap().holds(&labels), holds, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for text in ["", "app in (", "app in cart)", "app of (cart)", "a b", "app=a b", ",", "!"] {
            assert!(Selector::read(text).is_err(), "{text}");
        }
    }
}
