//! The three ways to pack, behind one face.
//!
//! Levels are those of Traefik. Windows are small, so that an answer costs at most about a megabyte while it lasts
//! (gzip a quarter of that), whatever its length.

use std::io::{self, Write};

use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use zstd::stream::raw::CParameter;

use super::accept::Coding;

/// Packs one answer.
pub(super) enum Encoder {
    Gzip(Box<GzEncoder<Vec<u8>>>),
    Brotli(Box<CompressorWriter<Vec<u8>>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Vec<u8>>>),
}

impl Encoder {
    /// `length` is that of the answer, if it is known.
    pub(super) fn new(coding: Coding, length: Option<u64>) -> io::Result<Self> {
        Ok(match coding {
            Coding::Gzip => Self::Gzip(Box::new(GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL)))),
            Coding::Brotli => {
                let lgwin = window(length, BROTLI_WINDOW);
                let params = BrotliEncoderParams {
                    quality: BROTLI_QUALITY,
                    lgwin: i32::try_from(lgwin).unwrap_or(16),
                    size_hint: length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0),
                    ..BrotliEncoderParams::default()
                };
                Self::Brotli(Box::new(CompressorWriter::with_params(Vec::new(), BUFFER, &params)))
            }
            Coding::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
                let log = window(length, ZSTD_WINDOW);
                encoder.set_parameter(CParameter::WindowLog(log))?;
                encoder.set_parameter(CParameter::HashLog(log.min(ZSTD_TABLES)))?;
                encoder.set_parameter(CParameter::ChainLog(log.min(ZSTD_TABLES)))?;
                encoder.include_checksum(true)?;
                Self::Zstd(Box::new(encoder))
            }
        })
    }

    /// Takes bytes in.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Gzip(encoder) => encoder.write_all(bytes),
            Self::Brotli(encoder) => encoder.write_all(bytes),
            Self::Zstd(encoder) => encoder.write_all(bytes),
        }
    }

    /// Brings everything taken in into the packed bytes.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(encoder) => encoder.flush(),
            Self::Brotli(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
        }
    }

    /// How many packed bytes there are.
    pub(super) fn ready(&self) -> usize {
        match self {
            Self::Gzip(encoder) => encoder.get_ref().len(),
            Self::Brotli(encoder) => encoder.get_ref().len(),
            Self::Zstd(encoder) => encoder.get_ref().len(),
        }
    }

    /// Takes the packed bytes out.
    pub(super) fn take(&mut self) -> Bytes {
        let ready = match self {
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Brotli(encoder) => encoder.get_mut(),
            Self::Zstd(encoder) => encoder.get_mut(),
        };
        std::mem::take(ready).into()
    }

    /// The packed bytes to the end.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        let packed = match self {
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Brotli(encoder) => encoder.into_inner(),
            Self::Zstd(encoder) => encoder.finish()?,
        };
        Ok(packed.into())
    }
}

/// The logarithm of the window for an answer: no larger than it needs.
fn window(length: Option<u64>, most: u32) -> u32 {
    let needed = length.map_or(most, |length| u64::BITS - length.leading_zeros());
    needed.clamp(LEAST_WINDOW, most)
}

const GZIP_LEVEL: u32 = 5;
const BROTLI_QUALITY: i32 = 6;
const ZSTD_LEVEL: i32 = 3;

/// 64 KiB: from 128 on the library's tables take two megabytes.
const BROTLI_WINDOW: u32 = 16;
const ZSTD_WINDOW: u32 = 17;
const ZSTD_TABLES: u32 = 15;
const LEAST_WINDOW: u32 = 12;

/// Where the brotli library puts packed bytes before it hands them on.
const BUFFER: usize = 4096;
