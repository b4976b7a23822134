//! What the helper programs of the tests share; the programs are in `src/bin/`.

pub mod carried;
pub mod shared;
