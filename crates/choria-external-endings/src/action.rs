//! What a signal does.

use std::mem;

use libc::c_int;

/// What a signal does, as the system's calls take it.
pub(crate) trait Action {
    /// Calls a handler.
    fn of(handler: extern "C" fn(c_int)) -> Self;

    /// A place for [`set`](Self::set) to write to.
    fn place() -> Self;

    /// Makes a signal do this, and writes what it did before to `earlier`.
    fn set(&self, signal: c_int, earlier: &mut Self);

    /// Whether this is the signal's default.
    fn is_default(&self) -> bool;
}

/// As every Unix has it.
impl Action for libc::sigaction {
    fn of(handler: extern "C" fn(c_int)) -> Self {
        let mut action = Self::place();
        action.sa_sigaction = handler as *const () as usize;
        // Threads of Rust have a stack of their own for handlers, since their
        // other one may be full.
        action.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
        // SAFETY: the set is there while it is written.
        unsafe { libc::sigemptyset(&raw mut action.sa_mask) };
        action
    }

    fn place() -> Self {
        // SAFETY: zeros are a valid value of this plain C struct.
        unsafe { mem::zeroed() }
    }

    fn set(&self, signal: c_int, earlier: &mut Self) {
        // SAFETY: both are there while they are used. The handler is one of this crate's,
        // which call nothing that handlers must not call, or what was there before.
        unsafe { libc::sigaction(signal, self, earlier) };
    }

    fn is_default(&self) -> bool {
        self.sa_sigaction == libc::SIG_DFL
    }
}

/// As [`watch`](crate::watch) uses it.
#[cfg(not(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
pub(crate) type System = libc::sigaction;
#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
pub(crate) type System = linux::Kernel;

/// As Linux itself has it. Some 50 signals are handled at the start of each call, and
/// most of that would be the C library translating its own struct.
#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod linux {
    use std::ptr;

    use libc::{c_int, c_long};

    use super::Action;

    /// The kernel's struct. What follows the handler differs between processors, and is
    /// only handed on.
    #[repr(C)]
    pub(crate) struct Kernel {
        handler: usize,
        rest: [u64; 3],
    }

    /// Bytes of a set of signals, which the kernel wants to be told.
    const SET: usize = 8;

    fn rt_sigaction(signal: c_int, action: *const Kernel, earlier: *mut Kernel) {
        // SAFETY: each is null, or there while it is used, and no smaller than the
        // kernel's struct; an action is one that the kernel has given out before.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                c_long::from(signal),
                action,
                earlier,
                SET,
            )
        };
    }

    impl Action for Kernel {
        fn of(handler: extern "C" fn(c_int)) -> Self {
            // The C library adds what the kernel needs to return from a handler.
            // Any signal will do that this crate handles anyway.
            let action = libc::sigaction::of(handler);
            action.set(libc::SIGABRT, &mut libc::sigaction::place());
            let mut kernel = Self::place();
            rt_sigaction(libc::SIGABRT, ptr::null(), &raw mut kernel);
            kernel
        }

        fn place() -> Self {
            Self {
                handler: 0,
                rest: [0; 3],
            }
        }

        fn set(&self, signal: c_int, earlier: &mut Self) {
            rt_sigaction(signal, self, earlier);
        }

        fn is_default(&self) -> bool {
            self.handler == libc::SIG_DFL
        }
    }
}
