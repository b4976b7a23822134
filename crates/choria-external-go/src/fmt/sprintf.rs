//! Go's `fmt.Sprintf`.

use super::verbs::{self, Arg, Flags};

/// Go takes no `*` beyond this, and reads no digit after a number beyond this.
const LARGE: usize = 1_000_000;

/// A number in a format, unless it is too large.
fn digits(text: &str) -> Option<usize> {
    text.bytes().try_fold(0, |number, digit| {
        (number <= LARGE).then(|| number * 10 + usize::from(digit - b'0'))
    })
}

/// Prints values by a format, as `fmt.Sprintf` does.
///
/// A format that does not fit its values is not an error in Go either: the result
/// says so at that place, such as `%!d(string=a)`.
///
/// `%q` and `%#U` print the characters of Unicode 17; Go 1.26 knows those of
/// Unicode 15 and escapes the rest.
///
/// ```
/// use choria_external_go::fmt::{Arg, sprintf};
///
/// assert_eq!(sprintf("%-6s|%03d", &[Arg::Text("on"), Arg::Int(7)]), "on    |007");
/// assert_eq!(sprintf("100% full", &[]), "100%!f(MISSING)ull");
/// ```
pub fn sprintf(format: &str, args: &[Arg<'_>]) -> String {
    let mut printer = Printer {
        format,
        at: 0,
        args,
        next: 0,
        reordered: false,
        index_fits: true,
        out: String::new(),
    };
    while let Some(percent) = format[printer.at..].find('%') {
        let literal = printer.at..printer.at + percent;
        printer.out.push_str(&format[literal.clone()]);
        printer.at = literal.end + 1;
        printer.directive();
    }
    printer.out.push_str(&format[printer.at..]);
    printer.extra();
    printer.out
}

struct Printer<'a> {
    format: &'a str,
    /// Bytes of the format that are done.
    at: usize,
    args: &'a [Arg<'a>],
    /// The argument of the next directive.
    next: usize,
    /// Whether an index was used: then arguments may be left over.
    reordered: bool,
    /// Whether the indexes of the directive at hand are indexes.
    index_fits: bool,
    out: String,
}

impl Printer<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Prints what one `%` asks for.
    fn directive(&mut self) {
        self.index_fits = true;
        let mut flags = self.flags();

        let mut after_index = self.index();
        if self.takes(b'*') {
            after_index = false;
            match self.number_argument() {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => self.out.push_str("%!(BADWIDTH)"),
            }
        } else {
            flags.width = self.number();
            self.index_fits &= !(after_index && flags.width.is_some());
        }

        // A point at the very end is a verb.
        if self.at + 1 < self.format.len() && self.takes(b'.') {
            self.index_fits &= !after_index;
            after_index = self.index();
            if self.takes(b'*') {
                after_index = false;
                let precision = self.number_argument();
                flags.precision = precision.and_then(|precision| precision.try_into().ok());
                if flags.precision.is_none() {
                    self.out.push_str("%!(BADPREC)");
                }
            } else {
                flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index();
        }

        let Some(verb) = self.format[self.at..].chars().next() else {
            self.out.push_str("%!(NOVERB)");
            return;
        };
        self.at += verb.len_utf8();
        let fault = match verb {
            '%' => return self.out.push('%'),
            _ if !self.index_fits => "(BADINDEX)",
            _ => match self.args.get(self.next) {
                Some(arg) => {
                    // `w`, for errors, is no verb here, but its flags are those of `v`.
                    if matches!(verb, 'v' | 'w') {
                        flags.sharp_v = std::mem::take(&mut flags.sharp);
                        flags.plus = false;
                    }
                    verbs::print(&mut self.out, *arg, verb, &flags);
                    self.next += 1;
                    return;
                }
                None => "(MISSING)",
            },
        };
        self.out.push_str("%!");
        self.out.push(verb);
        self.out.push_str(fault);
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        loop {
            match self.peek() {
                Some(b'-') => flags.minus = true,
                Some(b'+') => flags.plus = true,
                Some(b'#') => flags.sharp = true,
                Some(b' ') => flags.space = true,
                Some(b'0') => flags.zero = true,
                _ => return flags,
            }
            self.at += 1;
        }
    }

    /// Digits, if there are any. Where the number is too large, that is the end of
    /// the format.
    fn number(&mut self) -> Option<usize> {
        let rest = &self.format[self.at..];
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return None;
        }
        let number = digits(&rest[..length]);
        self.at += number.map_or(rest.len(), |_| length);
        number
    }

    /// `[n]`: the argument to go on with. Whether there was one.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(end) = rest.find(']').filter(|_| rest.len() >= 3) else {
            self.index_fits = false;
            self.at += 1;
            return false;
        };
        self.at += end + 1;
        let inside = &rest[1..end];
        let is_number = !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit());
        let index = is_number.then(|| digits(inside)).flatten();
        match index.and_then(|index| index.checked_sub(1)) {
            Some(index) if index < self.args.len() => self.next = index,
            _ => self.index_fits = false,
        }
        index.is_some()
    }

    /// The argument that `*` stands for, if it is a number that will do.
    fn number_argument(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        match arg {
            Arg::Int(number) if number.unsigned_abs() <= LARGE as u64 => Some(*number),
            _ => None,
        }
    }

    /// The arguments that no directive asked for.
    fn extra(&mut self) {
        if self.reordered || self.next >= self.args.len() {
            return;
        }
        self.out.push_str("%!(EXTRA ");
        for (at, arg) in self.args[self.next..].iter().enumerate() {
            if at > 0 {
                self.out.push_str(", ");
            }
            verbs::typed(&mut self.out, *arg, &Flags::default());
        }
        self.out.push(')');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Arg, sprintf};

    /// What Go 1.26 printed.
    #[test]
    fn formats_print_as_in_go() {
        let (text, count) = (Arg::Text("a\u{301}\"b\n\u{a0}"), Arg::Int(-42));
        for (format, wanted) in [
            ("%s: %d", "a\u{301}\"b\n\u{a0}: -42"),
            ("%-10.3s|%+6d|", "a\u{301}\"       |   -42|"),
            ("%q|%08d|", "\"a\u{301}\\\"b\\n\\u00a0\"|-0000042|"),
            ("%+q|% d", "\"a\\u0301\\\"b\\n\\u00a0\"|-42"),
            ("%#q %#x", "\"a\u{301}\\\"b\\n\\u00a0\" -0x2a"),
            ("% x %X", "61 cc 81 22 62 0a c2 a0 -2A"),
            ("%v %v", "a\u{301}\"b\n\u{a0} -42"),
            ("%[2]d %[1]T", "-42 string"),
            ("%[3]d", "%!d(BADINDEX)"),
            ("%.1[1]q|%-4[2]d|", "\"a\"|-42 |"),
            ("%s %08.3d", "a\u{301}\"b\n\u{a0}     -042"),
            ("%s|%.*d", "a\u{301}\"b\n\u{a0}|%!(BADPREC)%!d(MISSING)"),
            ("%*d", "%!(BADWIDTH)-42"),
            ("%.*d", "%!(BADPREC)-42"),
            ("%d %s", "%!d(string=a\u{301}\"b\n\u{a0}) %!s(int=-42)"),
            (
                "%s %d %z %",
                "a\u{301}\"b\n\u{a0} -42 %!z(MISSING) %!(NOVERB)",
            ),
            ("100%% %s", "100% a\u{301}\"b\n\u{a0}%!(EXTRA int=-42)"),
            ("%.3s %.5d", "a\u{301}\" -00042"),
            ("%s %U", "a\u{301}\"b\n\u{a0} U+FFFFFFFFFFFFFFD6"),
            ("%é %d", "%!é(string=a\u{301}\"b\n\u{a0}) -42"),
            (
                "%[2]*[1]q|",
                "\"a\u{301}\\\"b\\n\\u00a0\"                           |",
            ),
            ("%.1s %.", "a %!.(int=-42)"),
            ("%.1s %d%.", "a -42%!.(MISSING)"),
            ("%.1s %025U|", "a        U+FFFFFFFFFFFFFFD6|"),
        ] {
            assert_eq!(sprintf(format, &[text, count]), wanted, "{format}");
        }
        for (format, number, wanted) in [
            ("%012f|", f64::NAN, "         NaN|"),
            ("%-012f|", f64::INFINITY, "+Inf        |"),
            ("%+012e|", f64::NAN, "        +NaN|"),
            ("%012g|", 1.5e-4, "000000.00015|"),
            ("%g", 1.5e-5, "1.5e-05"),
            ("%x", 5e-324, "0x1p-1074"),
            // Half way to the even digit.
            ("%.2x", 1.001_953_125, "0x1.00p+00"),
            ("%.2x", 1.005_859_375, "0x1.02p+00"),
        ] {
            assert_eq!(sprintf(format, &[Arg::Float(number)]), wanted, "{format}");
        }
    }

    /// Answers of Go.
    #[test]
    fn a_percent_sign_becomes_what_go_makes_of_it() {
        for (format, shown) in [
            ("no inventory", "no inventory"),
            ("100%", "100%!(NOVERB)"),
            ("disk 100% full", "disk 100%!f(MISSING)ull"),
            ("100%% %d %5.2f", "100% %!d(MISSING) %!f(MISSING)"),
            (
                "%[1]d %[x]d %[d",
                "%!d(BADINDEX) %!d(BADINDEX) %!d(BADINDEX)",
            ),
            (
                "%*d %.*d",
                "%!(BADWIDTH)%!d(MISSING) %!(BADPREC)%!d(MISSING)",
            ),
            ("%. %.", "%! (MISSING)%!.(MISSING)"),
            ("%12345678d", "%!(NOVERB)"),
            ("%\u{e9}", "%!\u{e9}(MISSING)"),
        ] {
            assert_eq!(sprintf(format, &[]), shown, "{format}");
        }
    }

    proptest! {
        #[test]
        fn no_format_panics(
            format in "([^%]?%[-+# 0]{0,3}(\\[[0-9]{0,2}\\]?)?([0-9]{0,2}|\\*)(\\.[0-9]{0,2}|\\.\\*)?\\PC?){0,4}",
            text in "\\PC{0,4}", count in any::<i64>(), number in any::<f64>(),
        ) {
            sprintf(&format, &[Arg::Text(&text), Arg::Int(count), Arg::Float(number)]);
        }

        #[test]
        fn doubled_signs_come_through(text in "[%a-z0-9.*\\[\\] ]{0,20}") {
            prop_assert_eq!(sprintf(&text.replace('%', "%%"), &[]), text.clone());
        }
    }
}
