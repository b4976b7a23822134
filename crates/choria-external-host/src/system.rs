//! What depends on the operating system: the name of a platform, and the folder for
//! temporary files.

pub use crate::os::platform;
pub use crate::temp_folder::temp_folder;
