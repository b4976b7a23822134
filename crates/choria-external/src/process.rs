//! What it is to be a process that Choria starts: how it was started, the reply file,
//! the log, the deadline and every way in which a process can end.
//!
//! All that the whole process shares is set or read here, see the table in
//! ARCHITECTURE.md.

pub(crate) mod carried;
pub(crate) mod children;
pub(crate) mod ddl_file;
pub(crate) mod delivery;
pub(crate) mod describe;
pub(crate) mod dispatch;
pub(crate) mod environment;
pub(crate) mod form;
pub(crate) mod held;
pub(crate) mod help;
pub(crate) mod line_diff;
pub(crate) mod logging;
pub(crate) mod only;
pub(crate) mod os;
pub(crate) mod panics;
pub(crate) mod reply;
pub(crate) mod start;
pub(crate) mod watch;
