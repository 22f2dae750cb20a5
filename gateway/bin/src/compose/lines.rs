//! The lines of a file: where the characters of a value stand that goes over several of them.

use windrose_config::Mark;

/// The lines of a file.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<Vec<char>>);

impl Lines {
    /// Those of a text.
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        Self(text.lines().map(|line| line.chars().collect()).collect())
    }

    /// Whether a text stands at a place, character by character.
    pub(super) fn hold(&self, text: &str, mark: Mark) -> bool {
        let mut there = self.from(mark).iter();
        text.chars().all(|c| there.next() == Some(&c))
    }

    /// Where each character of a text stands that begins here: a blank may be an end of line with all blanks around it.
    /// Ends at the first character that was written in another way, such as an escape.
    pub(super) fn spread(&self, text: &str, mark: Mark) -> Vec<Mark> {
        let mut places = Vec::new();
        let mut at = mark;
        for c in text.chars() {
            let rest = self.from(at);
            if rest.first() == Some(&c)
                && !(c.is_whitespace() && rest.iter().all(|c| c.is_whitespace() || *c == '\\'))
            {
                places.push(at);
                at = at.offset(1);
                continue;
            }
            if !c.is_whitespace() {
                break;
            }
            places.push(at);
            // To the next word, unless it stands behind the same blank.
            let Some(next) = self.next_word(at) else { break };
            at = next;
        }
        places
    }

    /// The first word below a place after which nothing but blanks or an escaped end of line stands.
    fn next_word(&self, at: Mark) -> Option<Mark> {
        if !self.from(at).iter().all(|c| c.is_whitespace() || *c == '\\') {
            return None;
        }
        let start = usize::try_from(at.line).ok()?;
        let (index, line) = self
            .0
            .iter()
            .enumerate()
            .skip(start)
            .find(|(_, line)| line.iter().any(|c| !c.is_whitespace()))?;
        let column = line.iter().take_while(|c| c.is_whitespace()).count();
        Some(Mark::new(u32::try_from(index + 1).ok()?, u32::try_from(column + 1).ok()?))
    }

    /// What stands at a place and behind it.
    fn from(&self, mark: Mark) -> &[char] {
        let index = |number: u32| usize::try_from(number).ok()?.checked_sub(1);
        let line = index(mark.line).and_then(|line| self.0.get(line));
        line.zip(index(mark.column)).and_then(|(line, start)| line.get(start..)).unwrap_or_default()
    }
}
