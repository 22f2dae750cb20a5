//! The known word nearest to a mistyped one.

/// The word of `known` that a writer of `written` most likely meant.
#[must_use]
pub fn nearest(written: &str, known: &[&str]) -> Option<String> {
    let written = written.to_ascii_lowercase();
    if written.len() > LONGEST {
        return None;
    }
    let limit = (written.chars().count() / 3).max(1);
    known
        .iter()
        .map(|word| (distance(&written, &word.to_ascii_lowercase()), *word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word.to_owned())
}

/// Whether `written` is `meant` but for a slip of the pen: one, or two in a long word.
///
/// Three letters of which one is another are as likely a word of their own.
pub(crate) fn is_slip(written: &str, meant: &str) -> bool {
    let (written, meant) = (written.to_ascii_lowercase(), meant.to_ascii_lowercase());
    let length = meant.chars().count();
    if length < SHORT && written.chars().count() == length {
        let sorted = |word: &str| {
            let mut letters: Vec<char> = word.chars().collect();
            letters.sort_unstable();
            letters
        };
        return sorted(&written) == sorted(&meant);
    }
    distance(&written, &meant) <= (length / LONG).max(1)
}

/// `one of a, b, c`, or the one word there is.
pub(crate) fn one_of(known: &[&str]) -> String {
    match known {
        [] => "no fields here".to_owned(),
        [one] => (*one).to_owned(),
        several => format!("one of {}", several.join(", ")),
    }
}

/// How many characters must be inserted, removed, replaced or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    let mut last = None;
    for (row, a) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&previous, column) + usize::from(a != *b);
            let mut best = replaced.min(at(&previous, column + 1) + 1).min(at(&current, column) + 1);
            let swapped = column > 0 && last == Some(*b) && right.get(column - 1) == Some(&a);
            if swapped {
                best = best.min(at(&before, column - 1) + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut previous, current);
        last = Some(a);
    }
    previous.last().copied().unwrap_or(0)
}

const SHORT: usize = 4;
const LONG: usize = 10;

/// Longer words are not worth comparing.
const LONGEST: usize = 64;
