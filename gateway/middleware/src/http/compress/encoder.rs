//! The three ways to pack, behind one face.
//!
//! Levels are those of Traefik, as far as memory allows: what packs well keeps megabytes of tables for each answer. So a
//! worker packs a few answers at once like that, and those beyond with small tables, which take about a megabyte.

use std::cell::Cell;
use std::io::{self, Write};

use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use zstd::stream::raw::CParameter;

use super::accept::Coding;

/// Packs one answer.
pub(super) struct Encoder {
    packer: Packer,
    /// Given back when the answer has ended.
    _place: Option<Place>,
}

enum Packer {
    Gzip(Box<GzEncoder<Vec<u8>>>),
    Brotli(Box<CompressorWriter<Vec<u8>>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Vec<u8>>>),
}

impl Encoder {
    /// `length` is that of the answer, if it is known.
    pub(super) fn new(coding: Coding, length: Option<u64>) -> io::Result<Self> {
        if coding == Coding::Gzip {
            let gzip = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
            return Ok(Self { packer: Packer::Gzip(Box::new(gzip)), _place: None });
        }
        let place = Place::take();
        let size = if place.is_some() { Size::Large } else { Size::Small };
        let packer = if coding == Coding::Brotli { brotli(size, length) } else { zstd(size, length)? };
        Ok(Self { packer, _place: place })
    }

    /// Takes bytes in.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.packer {
            Packer::Gzip(encoder) => encoder.write_all(bytes),
            Packer::Brotli(encoder) => encoder.write_all(bytes),
            Packer::Zstd(encoder) => encoder.write_all(bytes),
        }
    }

    /// Brings everything taken in into the packed bytes.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match &mut self.packer {
            Packer::Gzip(encoder) => encoder.flush(),
            Packer::Brotli(encoder) => encoder.flush(),
            Packer::Zstd(encoder) => encoder.flush(),
        }
    }

    /// How many packed bytes there are.
    pub(super) fn ready(&self) -> usize {
        match &self.packer {
            Packer::Gzip(encoder) => encoder.get_ref().len(),
            Packer::Brotli(encoder) => encoder.get_ref().len(),
            Packer::Zstd(encoder) => encoder.get_ref().len(),
        }
    }

    /// Takes the packed bytes out.
    pub(super) fn take(&mut self) -> Bytes {
        let ready = match &mut self.packer {
            Packer::Gzip(encoder) => encoder.get_mut(),
            Packer::Brotli(encoder) => encoder.get_mut(),
            Packer::Zstd(encoder) => encoder.get_mut(),
        };
        std::mem::take(ready).into()
    }

    /// The packed bytes to the end.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        let packed = match self.packer {
            Packer::Gzip(encoder) => encoder.finish()?,
            Packer::Brotli(encoder) => encoder.into_inner(),
            Packer::Zstd(encoder) => encoder.finish()?,
        };
        Ok(packed.into())
    }
}

/// How much memory packing may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Large,
    Small,
}

fn brotli(size: Size, length: Option<u64>) -> Packer {
    let (quality, most) = match size {
        Size::Large => (6, 18),
        Size::Small => (3, 17),
    };
    let params = BrotliEncoderParams {
        quality,
        // Below 17 the library chooses tables of 34 megabytes.
        lgwin: i32::try_from(window(length, 17, most)).unwrap_or(17),
        ..BrotliEncoderParams::default()
    };
    Packer::Brotli(Box::new(CompressorWriter::with_params(Vec::new(), BUFFER, &params)))
}

fn zstd(size: Size, length: Option<u64>) -> io::Result<Packer> {
    let (most, tables) = match size {
        Size::Large => (20, 17),
        Size::Small => (17, 15),
    };
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3)?;
    let log = window(length, 12, most);
    encoder.set_parameter(CParameter::WindowLog(log))?;
    encoder.set_parameter(CParameter::HashLog(log.min(tables)))?;
    encoder.set_parameter(CParameter::ChainLog(log.min(tables)))?;
    encoder.include_checksum(true)?;
    Ok(Packer::Zstd(Box::new(encoder)))
}

/// The logarithm of the window for an answer: no larger than it needs.
fn window(length: Option<u64>, least: u32, most: u32) -> u32 {
    let needed = length.map_or(most, |length| u64::BITS - length.leading_zeros());
    needed.clamp(least, most)
}

/// One of the places for answers that are packed with large tables; an encoder stays on its worker.
struct Place(());

impl Place {
    fn take() -> Option<Self> {
        TAKEN.with(|taken| {
            let has_room = taken.get() < PLACES;
            has_room.then(|| {
                taken.set(taken.get() + 1);
                Self(())
            })
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A worker that ends has no places to give back.
        let _ended = TAKEN.try_with(|taken| taken.set(taken.get().saturating_sub(1)));
    }
}

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

/// How many answers of a worker are packed with large tables at once.
const PLACES: usize = 16;

const GZIP_LEVEL: u32 = 5;

/// Where the brotli library puts packed bytes before it hands them on.
const BUFFER: usize = 4096;
