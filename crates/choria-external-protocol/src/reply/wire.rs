//! Writes a message and counts what it becomes on the network: a server reads a
//! reply and writes it again, by Go's package `encoding/json`.

use std::cell::Cell;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// Up to here a 64-bit float holds every integer.
const EXACT: u64 = 1 << 53;
/// A byte becomes six at the most.
const LONGEST: usize = 6;

/// Whether a server rounds it.
pub(super) fn is_long(number: u64) -> bool {
    number > EXACT
}

pub(super) struct Written {
    /// None where the server would send more than the limit.
    pub(super) bytes: Option<Vec<u8>>,
    /// The server's bytes; of a small message that nobody asks about, those
    /// before escapes.
    pub(super) size: usize,
    /// Whether there are integers that the server rounds.
    pub(super) long_integers: bool,
}

/// Serializes a message. It is counted to its end, but not kept beyond `limit`.
pub(super) fn write(message: &impl Serialize, limit: usize) -> serde_json::Result<Written> {
    let (grown, long_integers) = (Cell::new(0), Cell::new(false));
    let mut counter = Counter {
        bytes: Vec::with_capacity(128),
        limit,
        room: limit,
        dropped: None,
    };
    let numbers = Numbers {
        grown: &grown,
        long_integers: &long_integers,
    };
    message.serialize(&mut Serializer::with_formatter(&mut counter, numbers))?;
    let Counter { bytes, dropped, .. } = counter;
    let size = match dropped {
        Some(size) => size + size_of(&bytes),
        // A small one is not worth a look at each byte.
        None if bytes.len() < super::WARN / LONGEST => bytes.len(),
        None => size_of(&bytes),
    };
    let size = size.saturating_add_signed(grown.get());
    Ok(Written {
        bytes: (dropped.is_none() && size <= limit).then_some(bytes),
        size,
        long_integers: long_integers.get(),
    })
}

/// Keeps what is written, up to a limit. Beyond that it is counted, one buffer
/// of that size after the other.
struct Counter {
    bytes: Vec<u8>,
    limit: usize,
    /// How much more is kept.
    room: usize,
    /// The size of what was kept no longer, if there is any.
    dropped: Option<usize>,
}

impl Counter {
    #[cold]
    fn make_room(&mut self, piece: &[u8]) {
        let mut dropped = self.dropped.unwrap_or(0) + size_of(&self.bytes);
        self.bytes.clear();
        if piece.len() <= self.limit {
            self.bytes.extend_from_slice(piece);
        } else {
            dropped += size_of(piece);
        }
        self.room = self.limit - self.bytes.len();
        self.dropped = Some(dropped);
    }
}

impl Write for Counter {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.write_all(piece)?;
        Ok(piece.len())
    }

    /// Called for each bracket and each quote.
    #[inline]
    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        if piece.len() <= self.room {
            self.room -= piece.len();
            self.bytes.extend_from_slice(piece);
        } else {
            self.make_room(piece);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes of a piece of JSON that ends between two characters, once Go has
/// escaped `<`, `>`, `&`, U+2028 and U+2029. They stand in texts only.
fn size_of(piece: &[u8]) -> usize {
    let (mut short, mut long) = (0, 0);
    // Counters of a byte, for the compiler to look at many bytes at a time.
    for block in piece.chunks(240) {
        let (mut escaped, mut lead) = (0_u8, 0_u8);
        for byte in block {
            escaped += u8::from(matches!(byte, b'<' | b'>' | b'&'));
            lead += u8::from(*byte == 0xe2);
        }
        short += usize::from(escaped);
        long += usize::from(lead);
    }
    if long > 0 {
        let separator = |three: &&[u8]| matches!(three, [0xe2, 0x80, 0xa8 | 0xa9]);
        long = piece.windows(3).filter(separator).count();
    }
    piece.len() + short * (LONGEST - 1) + long * (LONGEST - 3)
}

/// Writes numbers as `serde_json` does, and counts by how much Go's are longer.
struct Numbers<'a> {
    grown: &'a Cell<isize>,
    long_integers: &'a Cell<bool>,
}

impl Numbers<'_> {
    /// The text of a float, which is counted.
    fn float(&self, write: impl FnOnce(&mut Float) -> io::Result<()>) -> Float {
        let mut text = Float::default();
        // It fits: the longest has 24 bytes.
        let _ = write(&mut text);
        self.count(text.as_bytes().len(), go_length(text.as_bytes()));
        text
    }

    fn count(&self, here: usize, there: usize) {
        let grown = self.grown.get().saturating_add_unsigned(there);
        self.grown.set(grown.saturating_sub_unsigned(here));
    }

    /// An integer that the server reads as a float.
    #[cold]
    fn long(&self, digits: usize, rounded: f64) {
        self.long_integers.set(true);
        let float = self.float(|text| CompactFormatter.write_f64(text, rounded));
        self.count(digits, float.as_bytes().len());
    }
}

#[expect(clippy::cast_precision_loss, reason = "that is what the server does")]
impl Formatter for Numbers<'_> {
    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        if is_long(value.unsigned_abs()) {
            self.long(1 + digits(value.unsigned_abs()), value as f64);
        }
        CompactFormatter.write_i64(writer, value)
    }

    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        if is_long(value) {
            self.long(digits(value), value as f64);
        }
        CompactFormatter.write_u64(writer, value)
    }

    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        let text = self.float(|text| CompactFormatter.write_f32(text, value));
        writer.write_all(text.as_bytes())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let text = self.float(|text| CompactFormatter.write_f64(text, value));
        writer.write_all(text.as_bytes())
    }
}

fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// The text of a float.
#[derive(Default)]
struct Float {
    text: [u8; 32],
    length: usize,
}

impl Float {
    fn as_bytes(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

impl Write for Float {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let taken = (&mut self.text[self.length..]).write(piece)?;
        self.length += taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes of a float in Go's form, from its shortest text here: without an
/// exponent from 1e-6 to 1e21, and a `+` before one that is positive.
fn go_length(text: &[u8]) -> usize {
    let text = str::from_utf8(text).unwrap_or_default();
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (1, text),
        None => (0, text),
    };
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return sign + text.strip_suffix(".0").unwrap_or(text).len();
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // Without the point.
    let digits = mantissa.len() - usize::from(mantissa.contains('.'));
    let places = exponent.unsigned_abs() as usize;
    sign + match exponent {
        // "0.00000" and the digits.
        -6..0 => 1 + places + digits,
        // Only from 1e16 on there is an exponent, from 1e13 on of 32 bits: no float
        // has more digits than that.
        0..21 => places + 1,
        21.. => text.len() + usize::from(!text.contains('+')),
        _ => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_counted_in_the_form_of_go() {
        for (number, go) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-0.1, "-0.1"),
            (123_456.75, "123456.75"),
            (1e15, "1000000000000000"),
            (1e16, "10000000000000000"),
            (1.5e17, "150000000000000000"),
            // As many digits as places, and one more.
            (1.234_567_890_123_456_8e16, "12345678901234568"),
            (1.234_567_890_123_456_8e15, "1234567890123456.8"),
            (-1e20, "-100000000000000000000"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (1e-5, "0.00001"),
            (1.5e-6, "0.0000015"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (-1.25e-9, "-1.25e-9"),
            (5e-324, "5e-324"),
        ] {
            let text = serde_json::to_string(&number).unwrap();
            assert_eq!(go_length(text.as_bytes()), go.len(), "{text}");
        }
        // Other versions of serde_json write no plus sign.
        assert_eq!(go_length(b"1e21"), "1e+21".len());
    }

    #[test]
    fn a_piece_is_counted_with_its_escapes() {
        for (piece, size) in [
            ("", 0),
            ("plain", 5),
            ("<a>&", 19),
            ("\u{2028}\u{2029}", 12),
            ("\u{2027}\u{202a}\u{20ac}", 9),
        ] {
            assert_eq!(size_of(piece.as_bytes()), size, "{piece}");
        }
    }

    #[test]
    fn nothing_is_kept_beyond_the_limit() {
        let text = "x".repeat(98);
        assert!(write(&text, 100).unwrap().bytes.is_some());
        let over = write(&text, 99).unwrap();
        assert_eq!((over.bytes, over.size), (None, 100));
        // One piece alone can be more.
        let over = write(&text, 50).unwrap();
        assert_eq!((over.bytes, over.size), (None, 100));
        let many = vec!["<>"; 10];
        assert_eq!(write(&many, 40).unwrap().size, 10 * 14 + 9 + 2);
    }

    #[test]
    fn no_more_is_kept_at_a_time_than_the_limit() {
        let mut counter = Counter {
            bytes: Vec::new(),
            limit: 10,
            room: 10,
            dropped: None,
        };
        for length in [4, 4, 4, 4, 4, 11, 10, 1] {
            assert_eq!(counter.write(&[b'x'; 11][..length]).unwrap(), length);
            assert!(counter.bytes.len() <= 10, "{}", counter.bytes.len());
        }
        assert_eq!(counter.dropped.unwrap() + counter.bytes.len(), 42);
    }

    #[test]
    fn numbers_are_counted_as_the_server_writes_them() {
        fn sizes(number: impl Serialize) -> (usize, usize) {
            let written = write(&number, 100).unwrap();
            (written.bytes.unwrap().len(), written.size)
        }
        assert_eq!(sizes(1.0_f32), (3, 1));
        assert_eq!(sizes(-1.0_f64), (4, 2));
        assert_eq!(sizes(1.5_f32), (3, 3));
        assert_eq!(sizes(u32::MAX), (10, 10));
        assert_eq!(sizes(u64::MAX), (20, 20));
        assert_eq!(sizes(i64::MIN), (20, 20));
        // Rounded up they have a digit more.
        assert_eq!(sizes(9_999_999_999_999_999_999_u64), (19, 20));
        assert_eq!(sizes(-9_999_999_999_999_999_i64), (17, 18));
    }
}
