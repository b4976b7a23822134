//! The metadata of a program, from its `Cargo.toml`.

use std::borrow::Cow;

use choria_external_ddl::{Extra, Metadata, is_reserved};

use crate::Name;

/// Metadata of this package: name, version, description, author, licence and
/// address from `Cargo.toml`, each of which can be given here instead.
///
/// | part | from `Cargo.toml` | must be |
/// |---|---|---|
/// | `name` | `package.name` | one or more of `a-z`, `0-9` and `_`; also the name of the binary and of the DDL file; none that Choria keeps for itself, such as `scout` |
/// | `version` | `package.version` | `x.y.z`; a part after `-` is left out, since DDLs cannot have one |
/// | `description` | `package.description` | not empty |
/// | `author` | `package.authors`, the first | not empty |
/// | `license` | `package.license` | not empty |
/// | `url` | `package.homepage`, else `package.repository` | not empty |
/// | `timeout` | - | seconds an action may take, 2 or more; 10 if not given |
///
/// A part that is missing or invalid does not compile.
///
/// ```
/// use choria_external::{Metadata, metadata};
///
/// const META: Metadata = metadata!(name = "parrot", timeout = 30, author = "R.I.P.");
/// assert_eq!((&*META.name, META.timeout), ("parrot", 30));
/// ```
///
/// ```compile_fail
/// # use choria_external::{Metadata, metadata};
/// const META: Metadata = metadata!(name = "Parrot");
/// ```
#[macro_export]
macro_rules! metadata {
    ($($part:ident = $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut parts = $crate::MetadataParts {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            description: env!("CARGO_PKG_DESCRIPTION"),
            author: $crate::first_author(env!("CARGO_PKG_AUTHORS")),
            license: env!("CARGO_PKG_LICENSE"),
            url: if env!("CARGO_PKG_HOMEPAGE").is_empty() {
                env!("CARGO_PKG_REPOSITORY")
            } else {
                env!("CARGO_PKG_HOMEPAGE")
            },
            timeout: 10,
        };
        $(parts.$part = $value;)*
        parts.checked()
    }};
}

/// What [`metadata!`](crate::metadata) puts together; not for direct use.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct MetadataParts {
    pub name: &'static str,
    pub version: &'static str,
    pub description: &'static str,
    pub author: &'static str,
    pub license: &'static str,
    pub url: &'static str,
    pub timeout: i64,
}

impl MetadataParts {
    /// The metadata, checked.
    ///
    /// # Panics
    /// Panics if Choria would refuse the metadata. In a constant that does not compile.
    pub const fn checked(self) -> Metadata {
        assert!(
            Name::is_valid(self.name),
            "metadata!: the agent's name must be one or more of a-z, 0-9 and _; give it as metadata!(name = \"..\")"
        );
        assert!(
            !is_reserved(self.name),
            "metadata!: Choria keeps this name for an agent of its own and would never load this one: choose another"
        );
        assert!(
            !self.description.trim_ascii().is_empty(),
            "metadata!: `description` is missing in Cargo.toml"
        );
        assert!(
            !self.author.trim_ascii().is_empty(),
            "metadata!: `authors` is missing in Cargo.toml"
        );
        assert!(
            !self.license.trim_ascii().is_empty(),
            "metadata!: `license` is missing in Cargo.toml"
        );
        assert!(
            !self.url.trim_ascii().is_empty(),
            "metadata!: `homepage` and `repository` are missing in Cargo.toml"
        );
        assert!(
            self.timeout >= 2,
            "metadata!: `timeout` must be 2 seconds or more"
        );
        Metadata {
            name: Cow::Borrowed(self.name),
            description: Cow::Borrowed(self.description),
            author: Cow::Borrowed(self.author),
            license: Cow::Borrowed(self.license),
            version: Cow::Borrowed(version(self.version)),
            url: Cow::Borrowed(self.url),
            timeout: self.timeout,
            provider: Cow::Borrowed("external"),
            service: false,
            extra: Extra::NONE,
        }
    }
}

/// Cargo joins the authors by colons; not for direct use.
#[doc(hidden)]
pub const fn first_author(authors: &'static str) -> &'static str {
    before(authors, b':')
}

/// The version as a DDL can have it: up to three numbers between dots.
const fn version(text: &'static str) -> &'static str {
    let text = before(before(text, b'-'), b'+');
    let mut at = 0;
    let mut dots = 0;
    let mut digits = 0;
    while at < text.len() {
        match text.as_bytes()[at] {
            b'0'..=b'9' => digits += 1,
            b'.' if digits > 0 && dots < 2 => {
                dots += 1;
                digits = 0;
            }
            _ => digits = usize::MAX / 2,
        }
        at += 1;
    }
    assert!(
        digits > 0 && digits < usize::MAX / 2,
        "metadata!: `version` must be x, x.y or x.y.z, in numbers"
    );
    text
}

/// The part before the first `end`.
const fn before(text: &'static str, end: u8) -> &'static str {
    let mut at = 0;
    while at < text.len() {
        if text.as_bytes()[at] == end {
            return text.split_at(at).0;
        }
        at += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_up_to_three_numbers() {
        assert_eq!(version("1.2.3"), "1.2.3");
        assert_eq!(version("1.2.3-alpha.1+build"), "1.2.3");
        assert_eq!(version("0"), "0");
    }

    #[test]
    #[should_panic(expected = "`version` must be x, x.y or x.y.z")]
    fn a_version_in_words_is_none() {
        version("1.x");
    }

    #[test]
    #[should_panic(expected = "`version` must be x, x.y or x.y.z")]
    fn a_version_of_four_numbers_is_none() {
        version("1.2.3.4");
    }
}
