//! Who called whom, read from the top of a stack.

use framehop::{
    CacheNative, ExplicitModuleSectionInfo, MayAllocateDuringUnwind, Module as Unwound, UnwindRegsNative,
    Unwinder, UnwinderNative,
};
use windrose_sys::{Registers, Sample};

use super::image::{Module, Sections};

/// Finds callers by what compilers write down for exceptions.
pub(crate) struct Callers {
    unwinder: UnwinderNative<Vec<u8>, MayAllocateDuringUnwind>,
    cache: CacheNative<MayAllocateDuringUnwind>,
}

impl Callers {
    pub(crate) fn new() -> Self {
        Self { unwinder: UnwinderNative::new(), cache: CacheNative::new() }
    }

    /// Knows the code of a file from now on.
    pub(crate) fn add(&mut self, module: &Module, sections: Sections) {
        let (frames, index) = (sections.frames, sections.index);
        let (frames_at, frames) = frames.map(|section| (section.at, section.bytes)).unzip();
        let (index_at, index) = index.map(|section| (section.at, section.bytes)).unzip();
        let sections = ExplicitModuleSectionInfo {
            text_svma: sections.text,
            got_svma: sections.table,
            eh_frame_svma: frames_at,
            eh_frame: frames,
            eh_frame_hdr_svma: index_at,
            eh_frame_hdr: index,
            ..ExplicitModuleSectionInfo::default()
        };
        self.unwinder.add_module(Unwound::new(
            module.path.clone(),
            module.whole.clone(),
            module.bias,
            sections,
        ));
    }

    /// The instructions that a sample was taken in: where it is, who called that, and so on; cut where the stack is, or
    /// where nothing is known of the code.
    pub(crate) fn of(&mut self, sample: &Sample<'_>) -> Vec<u64> {
        let Registers { instruction, stack: top, .. } = sample.registers;
        let mut read = |address: u64| {
            let at = usize::try_from(address.checked_sub(top).ok_or(())?).map_err(|_| ())?;
            let bytes = sample.stack.get(at..).and_then(<[u8]>::first_chunk).ok_or(())?;
            Ok(u64::from_le_bytes(*bytes))
        };
        let registers = registers(&sample.registers);
        let mut frames = Vec::new();
        let mut walk = self.unwinder.iter_frames(instruction, registers, &mut self.cache, &mut read);
        while let Ok(Some(frame)) = walk.next() {
            frames.push(frame.address_for_lookup());
            if frames.len() == DEEPEST {
                break;
            }
        }
        frames
    }
}

#[cfg(target_arch = "x86_64")]
fn registers(of: &Registers) -> UnwindRegsNative {
    UnwindRegsNative::new(of.instruction, of.stack, of.frame)
}

#[cfg(target_arch = "aarch64")]
fn registers(of: &Registers) -> UnwindRegsNative {
    UnwindRegsNative::new(of.link, of.stack, of.frame)
}

impl std::fmt::Debug for Callers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callers").finish_non_exhaustive()
    }
}

/// So many callers are followed.
const DEEPEST: usize = 128;
