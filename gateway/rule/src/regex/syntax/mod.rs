//! Go's regular expression syntax, turned into the representation that the engine compiles.
//!
//! The two languages look alike and differ in what they accept and in what the same text means, so patterns are never
//! handed to another parser. Groups are kept on a stack of their own: nesting costs heap, not stack, and the height of
//! what comes out is bounded for those who walk it.

mod class;
mod cursor;
mod scripts;

use regex_syntax::hir::{Capture, Class, ClassUnicode, Dot, Hir, Look, Repetition};

use super::RegexError;
use cursor::Cursor;

/// The names of the groups, by number.
pub(super) type Names = Box<[Option<Box<str>>]>;

/// Translates `pattern`, or says why Go would not.
pub(super) fn translate(pattern: &str) -> Result<(Hir, Names), RegexError> {
    let mut parser = Parser {
        ranges: 0,
        cursor: Cursor::new(pattern),
        flags: Flags::default(),
        frames: Vec::new(),
        names: vec![None],
    };
    parser.open(Group::Root);
    parser.run()?;
    parser.finish()
}

/// What `(?imsU)` switches.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    /// `i`: letters stand for both cases.
    fold: bool,
    /// `m`: `^` and `$` also match at lines.
    lines: bool,
    /// `s`: `.` also matches a new line.
    dot_all: bool,
    /// `U`: repetitions are lazy, and greedy with a `?`.
    lazy: bool,
}

/// A piece of the result.
struct Item {
    hir: Hir,
    /// How deep it is.
    height: usize,
    /// How often its most repeated part is repeated by counts.
    weight: u32,
}

/// A group that is not closed yet.
struct Frame {
    group: Group,
    /// What to restore when the group closes.
    flags: Flags,
    alternatives: Vec<Item>,
    sequence: Vec<Item>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Root,
    Plain,
    Capture(u32),
}

/// Whether the piece just read was a repetition, which cannot be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Repetition,
    Other,
}

struct Parser<'p> {
    cursor: Cursor<'p>,
    flags: Flags,
    frames: Vec<Frame>,
    /// Ranges in all classes so far.
    ranges: usize,
    /// The names of the groups so far; the whole pattern is group 0.
    names: Vec<Option<&'p str>>,
}

impl<'p> Parser<'p> {
    fn run(&mut self) -> Result<(), RegexError> {
        let mut last = Read::Other;
        while let Some(letter) = self.cursor.next() {
            last = self.step(letter, last)?;
            if self.ranges > MAX_RANGES {
                return Err(self.cursor.error("too many large classes"));
            }
        }
        Ok(())
    }

    fn step(&mut self, letter: char, last: Read) -> Result<Read, RegexError> {
        match letter {
            '(' => self.group()?,
            ')' => self.close()?,
            '|' => self.alternative(),
            '^' => self.push(Hir::look(if self.flags.lines { Look::StartLF } else { Look::Start })),
            '$' => self.push(Hir::look(if self.flags.lines { Look::EndLF } else { Look::End })),
            '.' => self.push(Hir::dot(if self.flags.dot_all { Dot::AnyChar } else { Dot::AnyCharExceptLF })),
            '[' => {
                let class = class::bracketed(&mut self.cursor, self.flags.fold)?;
                self.push_class(class);
            }
            '*' => return self.repeat(0, None, last),
            '+' => return self.repeat(1, None, last),
            '?' => return self.repeat(0, Some(1), last),
            '{' => match self.cursor.count()? {
                Some((min, max)) => return self.repeat(min, max, last),
                None => self.literal('{'),
            },
            '\\' => self.escape()?,
            other => self.literal(other),
        }
        Ok(Read::Other)
    }

    /// What follows a backslash outside of a class.
    fn escape(&mut self) -> Result<(), RegexError> {
        let look = match self.cursor.peek() {
            Some('A') => Look::Start,
            Some('z') => Look::End,
            Some('b') => Look::WordAscii,
            Some('B') => Look::WordAsciiNegate,
            Some('Q') => {
                self.cursor.next();
                let quoted = self.cursor.take_until(r"\E");
                quoted.chars().for_each(|letter| self.literal(letter));
                return Ok(());
            }
            _ => {
                if let Some(class) = class::escaped(&mut self.cursor, self.flags.fold)? {
                    self.push_class(class);
                } else {
                    match self.cursor.escaped_char()? {
                        Some(letter) => self.literal(letter),
                        // Half of a surrogate pair, which no text contains.
                        None => self.push(Hir::fail()),
                    }
                }
                return Ok(());
            }
        };
        self.cursor.next();
        self.push(Hir::look(look));
        Ok(())
    }

    fn literal(&mut self, letter: char) {
        if self.flags.fold {
            self.push_class(class::folded(ClassUnicode::new([regex_syntax::hir::ClassUnicodeRange::new(
                letter, letter,
            )])));
        } else {
            self.push(Hir::literal(letter.encode_utf8(&mut [0; 4]).as_bytes()));
        }
    }

    fn push_class(&mut self, class: ClassUnicode) {
        self.ranges += class.ranges().len();
        self.push(Hir::class(Class::Unicode(class)));
    }

    fn push(&mut self, hir: Hir) {
        self.frame().sequence.push(Item { hir, height: 1, weight: 1 });
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the root is never closed before the end")
    }

    /// Repeats the last piece.
    fn repeat(&mut self, min: u32, max: Option<u32>, last: Read) -> Result<Read, RegexError> {
        let lazy = self.flags.lazy != self.cursor.take('?');
        if last == Read::Repetition {
            return Err(self.cursor.error("repetition of a repetition without a group"));
        }
        let Some(item) = self.frame().sequence.pop() else {
            return Err(self.cursor.error("nothing to repeat"));
        };
        let is_count = min > 1 || max.is_some_and(|max| max > 1);
        let times = max.unwrap_or(min);
        let weight = match max {
            // Whatever is repeated no time does not count.
            Some(0) => 1,
            _ if is_count => item.weight.saturating_mul(times.max(1)),
            _ => item.weight,
        };
        if is_count && weight > MAX_REPEAT {
            return Err(self.cursor.error(format!("repeated more than {MAX_REPEAT} times")));
        }
        let height = self.checked_height(item.height + 1)?;
        let hir = if max == Some(0) {
            never(item.hir)
        } else {
            Hir::repetition(Repetition { min, max, greedy: !lazy, sub: Box::new(item.hir) })
        };
        self.frame().sequence.push(Item { hir, height, weight });
        Ok(Read::Repetition)
    }

    /// What follows an opening parenthesis.
    fn group(&mut self) -> Result<(), RegexError> {
        if !self.cursor.take('?') {
            self.capture(None);
            return Ok(());
        }
        if self.cursor.take_str("P<") || self.cursor.take('<') {
            let name =
                self.cursor.take_through('>').ok_or_else(|| self.cursor.error("group name is not closed"))?;
            let is_legal = |letter: char| letter == '_' || letter.is_ascii_alphanumeric();
            if name.is_empty() || !name.chars().all(is_legal) {
                return Err(self.cursor.error("group name is not letters, digits and underscores"));
            }
            self.capture(Some(name));
            return Ok(());
        }
        self.switches()
    }

    fn capture(&mut self, name: Option<&'p str>) {
        let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name);
        self.open(Group::Capture(index));
    }

    /// `(?i-s)`, which lasts to the end of the group it is in, or `(?i-s:…)`, which is one.
    fn switches(&mut self) -> Result<(), RegexError> {
        let mut flags = self.flags;
        let mut on = true;
        // A minus sign must be followed by a letter.
        let mut is_complete = true;
        loop {
            let next = self.cursor.next();
            match next {
                Some('i') => flags.fold = on,
                Some('m') => flags.lines = on,
                Some('s') => flags.dot_all = on,
                Some('U') => flags.lazy = on,
                Some('-') if on => on = false,
                Some(':' | ')') if is_complete => {
                    if next == Some(':') {
                        self.open(Group::Plain);
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => return Err(self.cursor.error("unknown kind of group or flag after \"(?\"")),
            }
            is_complete = next != Some('-');
        }
    }

    fn open(&mut self, group: Group) {
        let flags = self.flags;
        self.frames.push(Frame { group, flags, alternatives: Vec::new(), sequence: Vec::new() });
    }

    fn alternative(&mut self) {
        let frame = self.frame();
        let sequence = concat(std::mem::take(&mut frame.sequence));
        frame.alternatives.push(sequence);
    }

    fn close(&mut self) -> Result<(), RegexError> {
        if self.frame().group == Group::Root {
            return Err(self.cursor.error("unexpected \")\""));
        }
        let item = self.pop()?;
        self.frame().sequence.push(item);
        Ok(())
    }

    fn finish(mut self) -> Result<(Hir, Names), RegexError> {
        if self.frame().group != Group::Root {
            return Err(self.cursor.error("missing \")\""));
        }
        let hir = self.pop()?.hir;
        Ok((hir, self.names.into_iter().map(|name| name.map(Box::from)).collect()))
    }

    /// Ends the innermost group.
    fn pop(&mut self) -> Result<Item, RegexError> {
        self.alternative();
        let Frame { group, flags, alternatives, .. } = self.frames.pop().expect("a group is open");
        self.flags = flags;
        let mut item = alternate(alternatives);
        item.height = self.checked_height(item.height + 1)?;
        if let Group::Capture(index) = group {
            item.hir = Hir::capture(Capture { index, name: None, sub: Box::new(item.hir) });
        }
        Ok(item)
    }

    fn checked_height(&self, height: usize) -> Result<usize, RegexError> {
        if height > MAX_HEIGHT {
            return Err(self.cursor.error("nested too deeply"));
        }
        Ok(height)
    }
}

/// Nothing, as `sub` repeated no time; groups in it still count.
fn never(sub: Hir) -> Hir {
    if sub.properties().explicit_captures_len() == 0 {
        return Hir::empty();
    }
    Hir::alternation(vec![Hir::empty(), Hir::concat(vec![Hir::fail(), sub])])
}

/// One piece after the other.
fn concat(items: Vec<Item>) -> Item {
    join(items, Hir::concat)
}

/// One piece or the other.
fn alternate(items: Vec<Item>) -> Item {
    join(items, Hir::alternation)
}

fn join(items: Vec<Item>, with: fn(Vec<Hir>) -> Hir) -> Item {
    let deepest = items.iter().map(|item| item.height).max().unwrap_or_default();
    let height = deepest + usize::from(items.len() > 1);
    let weight = items.iter().map(|item| item.weight).max().unwrap_or(1);
    Item { hir: with(items.into_iter().map(|item| item.hir).collect()), height, weight }
}

/// Go's limit for counts, and for the product of nested ones.
const MAX_REPEAT: u32 = 1000;

/// Ranges in all classes together, which is what large patterns are made of; eight mebibytes of them.
const MAX_RANGES: usize = 1 << 20;

/// How deep a pattern may nest. Go allows 1000; the engine's compiler recurses, and worker threads have small stacks.
const MAX_HEIGHT: usize = 500;
