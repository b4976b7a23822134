//! How a program ends, when, and what it leaves of its files.

use super::Case;

/// Replies well and then does this.
const ENDS: &[(&str, &str)] = &[
    ("aborts", "abort=1"),
    ("deletes the reply", "delete=1"),
    ("replies by renaming", "rename=1"),
    ("replies twice", "twice=1"),
    ("puts a folder in the place of the reply", "place=folder"),
    ("puts a link to nothing there", "place=/nowhere/at/all"),
    ("puts a link to an empty file there", "place=/dev/null"),
    ("does not heed SIGTERM", "ignore_term=1"),
];

/// Bytes of an output. A message carries about 750 KiB.
const SIZES: &[usize] = &[
    0, 1, 4_096, 65_535, 65_536, 307_200, 512_000, 700_000, 785_400,
];

/// What the agent `brief` does, whose limit is 5 seconds.
const TIMES: &[(&str, &str)] = &[
    ("replies at once", ""),
    ("replies after 0.5 s", "sleep=0.5"),
    ("ends 1 s after its reply", "linger=1"),
    ("replies too late", "sleep=60"),
    ("ends too long after its reply", "linger=60"),
    ("stops itself", "signal=19"),
    (
        "ends well after SIGTERM, which never comes",
        "ignore_term=1\nsleep=60",
    ),
    ("replies with more than a network carries", "gen=786500"),
    ("prints a line of 300 KiB", "stdout_bytes=307200"),
    ("prints an error of 300 KiB", "stderr_bytes=307200"),
];

const GOOD: &str = "reply=7b2264617461223a7b2276616c7565223a226869227d7d";

pub(super) fn add(cases: &mut Vec<Case>) {
    cases.push(Case::plan("writes no reply", "exit=0"));
    cases.push(Case::plan("tells what it was started with", "tell=1"));
    for code in [
        0, 1, 2, 3, 9, 13, 42, 64, 77, 100, 126, 127, 128, 129, 130, 137, 143, 254, 255,
    ] {
        cases.push(Case::plan(
            format!("exits with {code}"),
            &format!("{GOOD}\nexit={code}"),
        ));
    }
    cases.push(Case::plan("exits with 1 without a reply", "exit=1"));
    // HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 ALRM TERM
    for signal in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15] {
        cases.push(Case::plan(
            format!("ends by signal {signal}"),
            &format!("{GOOD}\nsignal={signal}"),
        ));
    }
    for (name, plan) in ENDS {
        cases.push(Case::plan(*name, &format!("{GOOD}\n{plan}")));
    }
    for &bytes in SIZES {
        cases.push(Case::plan(
            format!("an output of {bytes} bytes"),
            &format!("gen={bytes}"),
        ));
    }
    for (name, plan) in TIMES {
        cases.push(Case {
            agent: "brief",
            ..Case::plan(*name, &format!("{GOOD}\n{plan}"))
        });
    }
}
