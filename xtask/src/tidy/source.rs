//! Telling code from comments and text, character by character.
//!
//! The result keeps every line where it was: [`Line::code`] is the line with comments removed and
//! the contents of strings blanked, so that words and braces found in it are really code.

/// One line of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) code: String,
    /// The text of the comment on this line, markers included; empty when there is none.
    pub(super) comment: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Code,
    LineComment,
    /// Block comments nest.
    BlockComment(usize),
    Text,
    /// A raw string and the number of hashes that end it.
    RawText(usize),
}

/// Splits `text` into lines.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let chars: Vec<char> = text.chars().collect();
    let mut scan = Scan { chars: &chars, at: 0, state: State::Code, lines: vec![Line::default()] };
    while scan.at < chars.len() {
        scan.step();
    }
    if scan.lines.last() == Some(&Line::default()) {
        scan.lines.pop();
    }
    scan.lines
}

struct Scan<'a> {
    chars: &'a [char],
    at: usize,
    state: State,
    lines: Vec<Line>,
}

impl<'a> Scan<'a> {
    fn step(&mut self) {
        if self.peek(0) == '\n' {
            if self.state == State::LineComment {
                self.state = State::Code;
            }
            self.lines.push(Line::default());
            self.at += 1;
            return;
        }
        match self.state {
            State::Code => self.code(),
            State::LineComment => self.comment(1),
            State::BlockComment(depth) => self.block(depth),
            State::Text => self.text(),
            State::RawText(hashes) => self.raw(hashes),
        }
    }

    fn code(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => {
                self.state = State::LineComment;
                self.comment(2);
            }
            ('/', '*') => {
                self.state = State::BlockComment(1);
                self.comment(2);
            }
            ('"', _) => {
                self.state = State::Text;
                self.keep();
            }
            ('r', '"' | '#') if !self.is_inside_word() => self.raw_start(),
            ('\'', _) => self.quote(),
            _ => self.keep(),
        }
    }

    /// A raw string, or a raw identifier, which is code.
    fn raw_start(&mut self) {
        let hashes = self.rest(1).iter().take_while(|c| **c == '#').count();
        if self.peek(1 + hashes) == '"' {
            self.state = State::RawText(hashes);
            self.at += 1 + hashes;
        }
        self.keep();
    }

    /// A character, or a lifetime, which is code.
    fn quote(&mut self) {
        let length = match self.rest(1) {
            ['\\', ..] => self.rest(3).iter().position(|c| *c == '\'').map(|end| end + 4),
            [_, '\'', ..] => Some(3),
            _ => None,
        };
        self.at += length.unwrap_or(1);
    }

    fn block(&mut self, depth: usize) {
        match (self.peek(0), self.peek(1)) {
            ('*', '/') => {
                self.state = if depth == 1 { State::Code } else { State::BlockComment(depth - 1) };
                self.comment(2);
            }
            ('/', '*') => {
                self.state = State::BlockComment(depth + 1);
                self.comment(2);
            }
            _ => self.comment(1),
        }
    }

    fn text(&mut self) {
        match (self.peek(0), self.peek(1)) {
            // An escaped line end still ends a line.
            ('\\', '\n') => self.at += 1,
            ('\\', _) => self.at += 2,
            ('"', _) => {
                self.state = State::Code;
                self.keep();
            }
            _ => self.at += 1,
        }
    }

    fn raw(&mut self, hashes: usize) {
        let ends = self.rest(1).iter().take(hashes).filter(|c| **c == '#').count() == hashes;
        if self.peek(0) == '"' && ends {
            self.state = State::Code;
            self.keep();
            self.at += hashes;
        } else {
            self.at += 1;
        }
    }

    /// Whether the character before this one belongs to the same word, as in `attr"`; a byte
    /// string's `b` does not count.
    fn is_inside_word(&self) -> bool {
        let before = self.chars.get(..self.at).unwrap_or_default();
        match before {
            [.., other, 'b'] => is_word(*other),
            [.., other] => *other != 'b' && is_word(*other),
            [] => false,
        }
    }

    fn keep(&mut self) {
        let c = self.peek(0);
        if let Some(line) = self.lines.last_mut() {
            line.code.push(c);
        }
        self.at += 1;
    }

    fn comment(&mut self, count: usize) {
        let taken = self.rest(0).iter().take(count);
        if let Some(line) = self.lines.last_mut() {
            line.comment.extend(taken);
        }
        self.at += count;
    }

    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn rest(&self, ahead: usize) -> &'a [char] {
        self.chars.get(self.at + ahead..).unwrap_or_default()
    }
}

/// Whether `c` can be part of a name.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
