//! The rules for texts: Choria's package `validator`.

use std::net::IpAddr;

use choria_external_go::parse_ip;

use crate::{Validation, ValueError};

/// Checks a text.
///
/// Gives a warning where Choria does not know the validator, and an error
/// where the text breaks its rule; both in Choria's words.
pub(crate) fn check(validation: &Validation, text: &str) -> Result<Option<String>, ValueError> {
    match validation {
        Validation::None => Ok(()),
        Validation::Shellsafe => shellsafe(text),
        Validation::ShellWord => shell_word(text),
        Validation::IpAddress => address(text, "IP", |_| true),
        Validation::Ipv4Address => address(text, "IPv4", IpAddr::is_ipv4),
        Validation::Ipv6Address => address(text, "IPv6", IpAddr::is_ipv6),
        Validation::Regex(pattern) => crate::regex::check(pattern, text),
        Validation::Unknown(name) => return Ok(Some(format!("Unsupported validator '{name}'"))),
    }
    .map(|()| None)
}

fn shellsafe(text: &str) -> Result<(), ValueError> {
    match unsafe_in_shell(text) {
        None => Ok(()),
        Some(bad) => Err(ValueError::Validation(format!("may not contain '{bad}'"))),
    }
}

/// In the words of a server, to which it is a regular expression.
fn shell_word(text: &str) -> Result<(), ValueError> {
    if is_shell_word(text) {
        return Ok(());
    }
    let rule = Validation::SHELL_WORD;
    Err(ValueError::Validation(format!(
        "input does not match '{rule}'"
    )))
}

/// Whether a string is one word of a shell command, and means nothing but itself
/// there: letters and digits of ASCII and `_ @ % + = : , . / -`, at least one of
/// them, the first a letter, a digit, `_`, `.` or `/`.
///
/// Such a word needs no quotes in any shell, is no option of a command, no pattern
/// of file names and no assignment. It can be any path, such as `../../etc/passwd`.
/// Can be used in constants.
///
/// ```
/// use choria_external_ddl::is_shell_word;
///
/// assert!(is_shell_word("httpd-2.4@eu") && is_shell_word("/var/log/a.log"));
/// for unsafe_word in ["", "-rf", "a b", "a;b", "~root", "*", "a\nb", "\u{e9}"] {
///     assert!(!is_shell_word(unsafe_word));
/// }
/// ```
pub const fn is_shell_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let fits = match bytes[at] {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'/' => true,
            b'@' | b'%' | b'+' | b'=' | b':' | b',' | b'-' => at > 0,
            _ => false,
        };
        if !fits {
            return false;
        }
        at += 1;
    }
    at > 0
}

/// What makes a text unsafe to [`Validation::Shellsafe`]. A single `&`, quotes,
/// line breaks, wildcards and a leading `-` pass, so that a shell must not get it.
/// Can be used in constants.
pub const fn unsafe_in_shell(text: &str) -> Option<&'static str> {
    // Of several, Choria names the one that stands first in this list.
    const BAD: [&str; 7] = ["`", "$", ";", "|", "&&", ">", "<"];
    let bytes = text.as_bytes();
    let mut first = BAD.len();
    let mut at = 0;
    while at < bytes.len() {
        let found = match bytes[at] {
            b'`' => 0,
            b'$' => 1,
            b';' => 2,
            b'|' => 3,
            b'&' if at + 1 < bytes.len() && bytes[at + 1] == b'&' => 4,
            b'>' => 5,
            b'<' => 6,
            _ => BAD.len(),
        };
        if found < first {
            first = found;
        }
        at += 1;
    }
    if first < BAD.len() {
        Some(BAD[first])
    } else {
        None
    }
}

fn address(text: &str, name: &str, fits: fn(&IpAddr) -> bool) -> Result<(), ValueError> {
    if parse_ip(text).as_ref().is_some_and(fits) {
        Ok(())
    } else {
        Err(ValueError::Validation(format!(
            "{text} is not an {name} address"
        )))
    }
}
