//! Runs a program and prints the most memory it used, in kilobytes.
//!
//! A new process counts the memory of the one it was started from, too: Python,
//! with its 30 MB, would hide what a small program uses. So this one, which is
//! small itself, stands between them. Unsafe code, as only the crate of the endings
//! has: the standard library has no `wait4`.

use std::env::args_os;
use std::process::{exit, Command, Stdio};

#[repr(C)]
struct Usage {
    times: [i64; 4],
    max_rss: i64,
    rest: [i64; 13],
}

unsafe extern "C" {
    fn wait4(process: i32, status: *mut i32, options: i32, usage: *mut Usage) -> i32;
}

fn main() {
    let mut arguments = args_os().skip(1);
    let program = arguments.next().expect("a program");
    let child = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let process = child.expect("the program starts").id().try_into().expect("a process id");
    let mut status = 0;
    let mut usage = Usage { times: [0; 4], max_rss: 0, rest: [0; 13] };
    // SAFETY: both pointers are to local values of the layout that Linux on
    // 64-bit machines writes.
    let waited = unsafe { wait4(process, &raw mut status, 0, &raw mut usage) };
    if waited != process || status != 0 {
        eprintln!("the program ended with the wait status {status}");
        exit(1);
    }
    println!("{}", usage.max_rss);
}
