//! Addresses.

use std::net::{IpAddr, Ipv6Addr};

/// An address as Go's `net.ParseIP` reads it: no zone, no prefix length, no
/// leading zeros in IPv4, and `::ffff:1.2.3.4` is an IPv4 address.
///
/// ```
/// use choria_external_go::parse_ip;
///
/// assert!(parse_ip("::ffff:1.2.3.4").is_some_and(|address| address.is_ipv4()));
/// assert_eq!(parse_ip("fe80::1%eth0"), None);
/// ```
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    match text.parse().ok()? {
        IpAddr::V6(v6) => Some(Ipv6Addr::to_canonical(&v6)),
        v4 @ IpAddr::V4(_) => Some(v4),
    }
}
