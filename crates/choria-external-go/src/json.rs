//! JSON as Go's `encoding/json` reads and writes it.
//!
//! A Choria server is a Go program: which replies it takes, what it makes of odd
//! ones and what it says of wrong ones is decided there. The texts are those of
//! the classic implementation (what Choria's releases are built with), but for
//! one thing: of a character beyond ASCII the newer one shows the character
//! (`'\ufeff'`), the older one its first byte, taken for a character; here it is
//! the character.

mod any;
mod read;
mod scan;
mod write;

pub use any::marshal;
pub use read::{Kind, NumberError, elements, members, read};
pub use scan::{MAX_DEPTH, SyntaxError, check};
pub use write::{escape_html, quote, to_bytes};
