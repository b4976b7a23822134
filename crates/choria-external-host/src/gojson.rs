//! JSON as Go's `encoding/json` reads and writes it.
//!
//! The server is a Go program: which replies it takes, what it makes of odd
//! ones and what it says of wrong ones is decided there. The texts are those of
//! the classic implementation (what Choria's releases are built with), but for
//! one thing: of a character beyond ASCII the newer one shows the character
//! (`'\ufeff'`), the older one its first byte, taken for a character; here it is
//! the character.

mod read;
mod scan;
mod write;

pub(crate) use read::{Kind, elements, members, read};
pub(crate) use scan::{MAX_DEPTH, check};
pub(crate) use write::to_bytes;
