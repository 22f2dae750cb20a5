//! Sections of fields (QPACK, RFC 9204), with references to the fields that everybody knows and to no others.

mod decode;
mod encode;
mod huffman;
mod known;

pub use decode::{Defect, decode};
pub use encode::Section;
