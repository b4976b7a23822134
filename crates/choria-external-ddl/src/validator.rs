//! The rules for texts: Choria's package `validator`.

use std::net::{IpAddr, Ipv6Addr};

use crate::Validation;

/// Checks a text.
///
/// Gives a warning where Choria does not know the validator, and an error
/// where the text breaks its rule; both in Choria's words.
pub(crate) fn check(validation: &Validation, text: &str) -> Result<Option<String>, String> {
    match validation {
        Validation::None => Ok(()),
        Validation::Shellsafe => shellsafe(text),
        Validation::IpAddress => address(text, "IP", |_| true),
        Validation::Ipv4Address => address(text, "IPv4", IpAddr::is_ipv4),
        Validation::Ipv6Address => address(text, "IPv6", IpAddr::is_ipv6),
        Validation::Regex(pattern) => crate::regex::check(pattern, text),
        Validation::Unknown(name) => return Ok(Some(format!("Unsupported validator '{name}'"))),
    }
    .map(|()| None)
}

/// What stands first in this list is named first. A single `&`, quotes, line
/// breaks and wildcards pass.
fn shellsafe(text: &str) -> Result<(), String> {
    match ["`", "$", ";", "|", "&&", ">", "<"]
        .iter()
        .find(|bad| text.contains(**bad))
    {
        None => Ok(()),
        Some(bad) => Err(format!("may not contain '{bad}'")),
    }
}

/// An address as Go's `net.ParseIP` reads it: no zone, no prefix length, no
/// leading zeros in IPv4, and `::ffff:1.2.3.4` is an IPv4 address.
fn address(text: &str, name: &str, fits: fn(&IpAddr) -> bool) -> Result<(), String> {
    let address = text.parse().map(|address| match address {
        IpAddr::V6(v6) => Ipv6Addr::to_canonical(&v6),
        v4 @ IpAddr::V4(_) => v4,
    });
    if address.as_ref().is_ok_and(fits) {
        Ok(())
    } else {
        Err(format!("{text} is not an {name} address"))
    }
}
