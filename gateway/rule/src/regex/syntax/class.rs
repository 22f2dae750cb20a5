//! Character classes: `[a-z]`, `[[:alpha:]]`, `\d`, `\p{Greek}`.
//!
//! Under `(?i)` every part is folded on its own before it is negated, as in Go; folding the union would give back
//! letters that a negated part excludes.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use super::cursor::Cursor;
use super::scripts;
use crate::regex::RegexError;

/// The class whose opening bracket was just read.
pub(super) fn bracketed(cursor: &mut Cursor<'_>, fold: bool) -> Result<ClassUnicode, RegexError> {
    let negated = cursor.take('^');
    let mut class = ClassUnicode::empty();
    let mut is_first = true;
    while is_first || cursor.peek() != Some(']') {
        is_first = false;
        let part = match named(cursor, fold)? {
            Some(part) => part,
            None => match perl_or_unicode(cursor, fold)? {
                Some(part) => part,
                None => range(cursor, fold)?,
            },
        };
        class.union(&part);
    }
    cursor.next();
    if negated {
        class.negate();
    }
    Ok(class)
}

/// The class that an escape outside of brackets stands for, whose backslash was just read.
pub(super) fn escaped(cursor: &mut Cursor<'_>, fold: bool) -> Result<Option<ClassUnicode>, RegexError> {
    let Some(letter) = cursor.peek().filter(|letter| "dDsSwWpP".contains(*letter)) else {
        return Ok(None);
    };
    cursor.next();
    class_escape(cursor, letter, fold).map(Some)
}

/// `class` with the other cases of its letters.
pub(super) fn folded(mut class: ClassUnicode) -> ClassUnicode {
    class.case_fold_simple();
    class
}

/// `[:alpha:]` or `[:^alpha:]` inside brackets.
fn named(cursor: &mut Cursor<'_>, fold: bool) -> Result<Option<ClassUnicode>, RegexError> {
    let Some((name, _)) = cursor.rest().strip_prefix("[:").and_then(|rest| rest.split_once(":]")) else {
        return Ok(None);
    };
    let (bare, negated) = name.strip_prefix('^').map_or((name, false), |bare| (bare, true));
    let Some((_, ranges)) = POSIX.iter().find(|(known, _)| *known == bare) else {
        return Err(cursor.error(format!("unknown class [:{name}:]")));
    };
    cursor.take_until(":]");
    Ok(Some(finished(ascii(ranges), fold, negated)))
}

/// `\d` or `\p{Greek}` inside brackets.
fn perl_or_unicode(cursor: &mut Cursor<'_>, fold: bool) -> Result<Option<ClassUnicode>, RegexError> {
    let letter = cursor.rest().strip_prefix('\\').and_then(|rest| rest.chars().next());
    let Some(letter) = letter.filter(|letter| "dDsSwWpP".contains(*letter)) else {
        return Ok(None);
    };
    cursor.next();
    cursor.next();
    class_escape(cursor, letter, fold).map(Some)
}

/// The class of the escape whose `letter` was just read.
fn class_escape(cursor: &mut Cursor<'_>, letter: char, fold: bool) -> Result<ClassUnicode, RegexError> {
    let ranges = match letter {
        'd' | 'D' => DIGIT,
        's' | 'S' => SPACE,
        'w' | 'W' => WORD,
        _ => return unicode(cursor, fold, letter == 'P'),
    };
    Ok(finished(ascii(ranges), fold, letter.is_ascii_uppercase()))
}

/// A single character or a range of them inside brackets.
fn range(cursor: &mut Cursor<'_>, fold: bool) -> Result<ClassUnicode, RegexError> {
    let low = code(cursor)?;
    let mut high = low;
    if cursor.rest().strip_prefix('-').is_some_and(|rest| !rest.is_empty() && !rest.starts_with(']')) {
        cursor.next();
        high = code(cursor)?;
    }
    if high < low {
        return Err(cursor.error("range in class is out of order"));
    }
    // No text contains surrogates, so a range may end before them or begin after them.
    let low = char::from_u32(low).unwrap_or('\u{e000}');
    let high = char::from_u32(high).unwrap_or('\u{d7ff}');
    let class = if low <= high {
        ClassUnicode::new([ClassUnicodeRange::new(low, high)])
    } else {
        ClassUnicode::empty()
    };
    Ok(finished(class, fold, false))
}

fn code(cursor: &mut Cursor<'_>) -> Result<u32, RegexError> {
    match cursor.next() {
        None => Err(cursor.error("missing \"]\"")),
        Some('\\') => cursor.escaped_code(),
        Some(letter) => Ok(u32::from(letter)),
    }
}

/// The class after `\p` or `\P`: one letter or a name in braces.
fn unicode(cursor: &mut Cursor<'_>, fold: bool, mut negated: bool) -> Result<ClassUnicode, RegexError> {
    let rest = cursor.rest();
    let name = if cursor.take('{') {
        cursor.take_through('}').ok_or_else(|| cursor.error("class name is not closed"))?
    } else {
        cursor.next();
        rest.get(..rest.len() - cursor.rest().len()).unwrap_or_default()
    };
    let bare = name.strip_prefix('^').unwrap_or(name);
    negated ^= bare.len() != name.len();
    let class = by_name(bare).ok_or_else(|| cursor.error(format!("unknown class \\p{{{name}}}")))?;
    Ok(finished(class, fold, negated))
}

/// A general category or a script. Case, spaces, hyphens and underscores in names do not matter.
///
/// Go 1.25 lost the scripts whose names have two words; they are known here, as before.
fn by_name(name: &str) -> Option<ClassUnicode> {
    let name: String = name
        .chars()
        .filter(|letter| !"_- ".contains(*letter))
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    // The tables below also know other spellings, which Go does not.
    if name.is_empty() || name.starts_with("is") || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    match &*name {
        "any" => return Some(ClassUnicode::new([ClassUnicodeRange::new('\0', char::MAX)])),
        "ascii" => return Some(ascii(&[('\0', '\x7f')])),
        // Surrogates are no characters.
        "cs" | "surrogate" => return Some(ClassUnicode::empty()),
        _ => {}
    }
    let property = if scripts::is_known(&name) { "sc" } else { "gc" };
    let hir = regex_syntax::parse(&format!(r"\p{{{property}={name}}}")).ok()?;
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        // Of a category with one member the parser makes a literal.
        HirKind::Literal(literal) => {
            let ranges =
                std::str::from_utf8(&literal.0).ok()?.chars().map(|only| ClassUnicodeRange::new(only, only));
            Some(ClassUnicode::new(ranges))
        }
        _ => None,
    }
}

fn finished(class: ClassUnicode, fold: bool, negated: bool) -> ClassUnicode {
    let mut class = if fold { folded(class) } else { class };
    if negated {
        class.negate();
    }
    class
}

fn ascii(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|(low, high)| ClassUnicodeRange::new(*low, *high)))
}

const DIGIT: &[(char, char)] = &[('0', '9')];
const SPACE: &[(char, char)] = &[('\t', '\n'), ('\x0c', '\r'), (' ', ' ')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// The classes that have a name in brackets.
const POSIX: &[(&str, &[(char, char)])] = &[
    ("alnum", &[('0', '9'), ('A', 'Z'), ('a', 'z')]),
    ("alpha", &[('A', 'Z'), ('a', 'z')]),
    ("ascii", &[('\0', '\x7f')]),
    ("blank", &[('\t', '\t'), (' ', ' ')]),
    ("cntrl", &[('\0', '\x1f'), ('\x7f', '\x7f')]),
    ("digit", DIGIT),
    ("graph", &[('!', '~')]),
    ("lower", &[('a', 'z')]),
    ("print", &[(' ', '~')]),
    ("punct", &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
    ("space", &[('\t', '\r'), (' ', ' ')]),
    ("upper", &[('A', 'Z')]),
    ("word", WORD),
    ("xdigit", &[('0', '9'), ('A', 'F'), ('a', 'f')]),
];
