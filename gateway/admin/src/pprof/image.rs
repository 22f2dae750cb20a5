//! The program as it lies in memory: which file an address belongs to, and whose code it is.
//!
//! Files are read anew for each profile and let go of after it. Invariant: what cannot be read costs names or callers,
//! never the profile.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::ops::Range;
use std::path::Path;

use object::read::File as Elf;
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol, ReadCache, ReadRef, SymbolKind};
use windrose_sys::{lent_code, open_file, read_file};

/// What was loaded from one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Module {
    /// Where its code is.
    pub(crate) code: Range<u64>,
    /// Where its code is in the file.
    pub(crate) offset: u64,
    /// The file.
    pub(crate) path: String,
    /// What tells this build from others; empty where it has no such thing.
    pub(crate) build: String,
    /// All of it.
    pub(crate) whole: Range<u64>,
    /// What has to be added to an address in the file.
    pub(crate) bias: u64,
}

/// The parts of a file that say who called a function, with the addresses that the file gives them.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    pub(crate) text: Option<Range<u64>>,
    pub(crate) frames: Option<Section>,
    pub(crate) index: Option<Section>,
    pub(crate) table: Option<Range<u64>>,
}

/// A part of a file.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) at: Range<u64>,
    pub(crate) bytes: Vec<u8>,
}

/// All code of this process, with what says who called it.
pub(crate) fn modules() -> Vec<(Module, Sections)> {
    let maps = read_file(Path::new("/proc/self/maps"), LONGEST).unwrap_or_default();
    let mut found = Vec::new();
    for mut module in parse(&String::from_utf8_lossy(&maps)) {
        let mut sections = Sections::default();
        module.clone().look(&mut Facts { module: &mut module, sections: &mut sections });
        found.push((module, sections));
    }
    found
}

/// The symbols that these addresses belong to.
pub(crate) fn symbols<'a>(
    modules: impl Iterator<Item = &'a Module>,
    wanted: &BTreeSet<u64>,
) -> HashMap<u64, String> {
    let mut symbols = Symbols { wanted, bias: 0, found: HashMap::new() };
    for module in modules {
        if wanted.range(module.whole.clone()).next().is_some() {
            symbols.bias = module.bias;
            module.look(&mut symbols);
        }
    }
    symbols.found
}

/// A symbol as people write it.
pub(crate) fn shown(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}

/// Looks at a file.
trait Look {
    fn look<'data, R: ReadRef<'data>>(&mut self, file: &Elf<'data, R>);
}

impl Module {
    /// Has its file looked at, if there is one and it can be read.
    fn look(&self, eye: &mut impl Look) {
        if self.path == VDSO {
            if let Ok(bytes) = lent_code(self.whole.clone())
                && let Ok(file) = Elf::parse(&*bytes)
            {
                eye.look(&file);
            }
            return;
        }
        // The program itself may have been replaced since it was started.
        let is_own = fs::read_link(OWN).is_ok_and(|own| own == Path::new(&self.path));
        let path = if is_own { Path::new(OWN) } else { Path::new(&self.path) };
        let Ok(file) = open_file(path) else { return };
        let cache = ReadCache::new(file);
        if let Ok(file) = Elf::parse(&cache) {
            eye.look(&file);
        }
    }
}

struct Facts<'a> {
    module: &'a mut Module,
    sections: &'a mut Sections,
}

impl Look for Facts<'_> {
    fn look<'data, R: ReadRef<'data>>(&mut self, file: &Elf<'data, R>) {
        let first = file.segments().next();
        let first = first.map_or(0, |segment| segment.address().wrapping_sub(segment.file_range().0));
        self.module.bias = self.module.whole.start.wrapping_sub(first);
        if let Ok(Some(build)) = file.build_id() {
            self.module.build = build.iter().map(|byte| format!("{byte:02x}")).collect();
        }
        let section = |name: &str| {
            let section = file.section_by_name(name)?;
            let at = section.address()..section.address().checked_add(section.size())?;
            Some((at, section))
        };
        let bytes = |name: &str| {
            let (at, section) = section(name)?;
            let bytes = section.data().ok()?.to_vec();
            Some(Section { at, bytes })
        };
        *self.sections = Sections {
            text: section(".text").map(|(at, _)| at),
            frames: bytes(".eh_frame"),
            index: bytes(".eh_frame_hdr"),
            table: section(".got").map(|(at, _)| at),
        };
    }
}

struct Symbols<'a> {
    wanted: &'a BTreeSet<u64>,
    bias: u64,
    found: HashMap<u64, String>,
}

impl Look for Symbols<'_> {
    fn look<'data, R: ReadRef<'data>>(&mut self, file: &Elf<'data, R>) {
        for symbol in file.symbols().chain(file.dynamic_symbols()) {
            let is_code = matches!(symbol.kind(), SymbolKind::Text) && symbol.is_definition();
            let start = symbol.address().wrapping_add(self.bias);
            let Some(end) = start.checked_add(symbol.size()).filter(|end| is_code && *end > start) else {
                continue;
            };
            for address in self.wanted.range(start..end) {
                if !self.found.contains_key(address)
                    && let Ok(name) = symbol.name()
                {
                    self.found.insert(*address, name.to_owned());
                }
            }
        }
    }
}

/// Reads lines such as `7f12-7f34 r-xp 00001000 fe:00 123   /path`: the files that have code in memory.
pub(super) fn parse(maps: &str) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    for line in maps.lines() {
        let Some((at, rights, offset, path)) = line_of(line) else { continue };
        if !path.starts_with('/') && path != VDSO {
            continue;
        }
        let known = modules.last().is_some_and(|last| last.path == path);
        if !known {
            // The first page of a file is always the first in memory.
            modules.push(Module { path: path.to_owned(), whole: at.clone(), ..Module::default() });
        }
        let Some(module) = modules.last_mut() else { continue };
        module.whole.end = at.end;
        if rights.contains('x') && module.code.is_empty() {
            module.code = at;
            module.offset = offset;
        } else if rights.contains('x') {
            module.code.end = at.end;
        }
    }
    modules.retain(|module| !module.code.is_empty());
    modules
}

fn line_of(line: &str) -> Option<(Range<u64>, &str, u64, &str)> {
    let hex = |text: &str| u64::from_str_radix(text, 16).ok();
    let (at, rest) = line.split_once(' ')?;
    let (start, end) = at.split_once('-')?;
    let (rights, rest) = rest.split_once(' ')?;
    let (offset, rest) = rest.split_once(' ')?;
    let (_, rest) = rest.split_once(' ')?;
    let path = rest.split_once(' ').map_or("", |(_, path)| path.trim_start());
    Some((hex(start)?..hex(end)?, rights, hex(offset)?, path))
}

const VDSO: &str = "[vdso]";
const OWN: &str = "/proc/self/exe";
/// The most bytes of what the system says.
const LONGEST: u64 = 4 << 20;
