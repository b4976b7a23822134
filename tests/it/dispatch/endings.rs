//! However the code of an author ends, the caller gets a reply.
#![cfg(target_os = "linux")]

use std::os::unix::fs::OpenOptionsExt as _;

use rustix::fs::OFlags;

use super::*;
use crate::programs::fifo;

fn go(way: &str) -> Start {
    Start::call("ending", "go", &json!({"way": way}))
}

/// What the caller gets, and how much of it the log has, too.
fn outcome(way: &str) -> String {
    told(&go(way).run())
}

fn told(ended: &Ended) -> String {
    let (code, text) = ended.outcome();
    let logged = ended.stderr.contains(&format!("code {code}: {text}"));
    // The seconds depend on the machine.
    let text = match text.split_once(" after ") {
        Some((start, rest)) if rest.contains(" s") => {
            let rest = rest.split_once(" s").map_or("", |(_, rest)| rest);
            format!("{start} after {{seconds}} s{rest}")
        }
        _ => text,
    };
    format!(
        "code {code}: {text}{}",
        if code == 0 || logged {
            ""
        } else {
            " (not in the log)"
        }
    )
}

#[test]
fn exit_and_crashes_become_replies() {
    let told: Vec<_> = [
        "answer",
        "exit 0",
        "exit 3",
        "exit in a thread",
        "abort",
        "stack",
        "stack of a thread",
        "memory at once",
        "panic",
        "panic in a thread",
        "panic while panicking",
        "panic in a drop",
        "bad memory",
        "abort twice",
    ]
    .into_iter()
    .map(|way| format!("{way}: {}", outcome(way)))
    .collect();
    assert_snapshot!(told.join("\n"));
}

#[test]
fn memory_that_runs_out_bit_by_bit_costs_no_reply() {
    for way in ["memory at once", "memory bit by bit"] {
        let start = go(way);
        // 300 MB of addresses, of which most are never touched.
        let mut limited = Command::new("sh");
        limited
            .args(["-c", r#"ulimit -v 300000; exec "$0" "$@""#])
            .arg(start.command.get_program())
            .args(start.command.get_args())
            .env_clear();
        for (name, value) in start.command.get_envs() {
            limited.env(name, value.unwrap_or_default());
        }
        let limited = Start {
            folder: start.folder,
            command: limited,
        };
        let (code, text) = limited.run().outcome();
        assert_eq!(code, 5, "{way}: {text}");
        assert!(text.contains("memory ran out"), "{way}: {text}");
    }
}

#[test]
fn who_is_told_to_end_answers_first() {
    assert_snapshot!(outcome("TERM"), @"code 5: action 'go' was ended by SIGTERM before it had an answer");
    assert_snapshot!(outcome("INT"), @"code 5: action 'go' was ended by SIGINT before it had an answer");
    // It has little time to do so: on a busy machine not each is fast enough.
    let mut answers = (0..100).map(|_| outcome("TERM, and an answer"));
    assert!(answers.any(|answer| answer == "code 0: OK"));
}

#[test]
fn each_signal_that_would_end_the_program_becomes_a_reply() {
    use rustix::process::Signal;

    let named = [
        Signal::HUP,
        Signal::QUIT,
        Signal::ALARM,
        Signal::USR1,
        Signal::USR2,
        Signal::VTALARM,
        Signal::PROF,
        Signal::XCPU,
        Signal::XFSZ,
        Signal::IO,
        Signal::POWER,
        Signal::STKFLT,
        Signal::TRAP,
        Signal::SYS,
        Signal::ILL,
        Signal::FPE,
        Signal::BUS,
    ];
    // The first of those that the C library leaves to programs, and the last.
    let numbers = named.into_iter().map(Signal::as_raw).chain([35, 64]);
    let told: Vec<_> = numbers
        .map(|number| format!("{number}: {}", outcome(&format!("signal {number}"))))
        .collect();
    assert_snapshot!(told.join("\n"));
}

#[test]
fn a_program_that_is_not_to_hear_a_signal_goes_on() {
    let start = go("signal 1, and an answer");
    let mut deaf = Command::new("nohup");
    deaf.arg(start.command.get_program())
        .args(start.command.get_args())
        .env_clear()
        .stdin(Stdio::null());
    for (name, value) in start.command.get_envs() {
        deaf.env(name, value.unwrap_or_default());
    }
    let deaf = Start {
        folder: start.folder,
        command: deaf,
    };
    assert_eq!(deaf.run().outcome(), (0, "OK".into()));
}

/// Whichever thread has written it.
#[test]
fn once_a_reply_is_written_nothing_costs_it() {
    for answers in [true, false] {
        for way in [
            "abort",
            "exit",
            "exit in a thread",
            "hang",
            "memory",
            "panic",
            "signals",
            "stack",
        ] {
            let ended =
                Start::call("epilogue", "go", &json!({"way": way, "answers": answers})).run();
            let wanted = if answers {
                (1, "this is the reply")
            } else {
                (
                    5,
                    "action 'go' was ended by SIGTERM before it had an answer",
                )
            };
            let (code, text) = ended.outcome();
            assert_eq!((code, &*text), wanted, "{way}");
            // All but one write nothing, so the library has to.
            let line = format!("ERROR choria_external: code {code}: {text}\n");
            let is_logged = ended.stderr.ends_with(&line);
            assert_eq!(is_logged, way != "signals", "{way}: {ended:?}");
        }
    }
}

#[test]
fn the_reply_comes_before_the_time_is_up() {
    for way in ["hang", "spin"] {
        let ended = go(way).run();
        assert_eq!(
            told(&ended),
            "code 5: action 'go' had no answer after {seconds} s; after 2.0 s it would have been ended without a reply",
        );
    }
    // Its own answer, in the time that is left when it looks; on a busy machine
    // not each is fast enough.
    let answers = (0..20).map(|_| Start::call("ending", "wait", &json!({})).run());
    let answer = answers
        .map(|ended| ended.reply())
        .find(|reply| reply["statuscode"] == 0);
    assert_eq!(answer.unwrap()["data"]["how"], "0 ms left");
}

#[test]
fn the_margin_is_a_setting() {
    let after = |settings: &str| {
        let ended = go("hang").config(settings).run();
        let text = ended.outcome().1;
        let seconds = text.split(' ').nth(6).unwrap();
        (seconds.parse::<f64>().unwrap(), ended.stderr)
    };
    // At most a quarter; a busy machine adds to it.
    let (quarter, stderr) = after("deadline_margin = 100000");
    assert!((1.5..2.0).contains(&quarter), "{quarter}");
    assert!(!stderr.contains("WARN"), "{stderr}");
    let (_, stderr) = after("deadline_margin = soon");
    assert_snapshot!(stderr.lines().next().unwrap(), @" WARN choria_external: deadline_margin = soon: expected a number of milliseconds; using 500");
}

/// Runs a program with a file in `hold`, and returns once no process has it open.
fn run_until_nobody_holds_it(program: &str, mut data: Value) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let fifo = fifo(folder.path().join("hold"));
    let held = {
        let fifo = fifo.clone();
        std::thread::spawn(move || fs::read(fifo).unwrap())
    };
    data["hold"] = json!(fifo);
    let started = Instant::now();
    let ended = Start::call(program, "go", &data).run();
    // On a busy machine nobody may have opened it: then the reader still waits for it.
    while !held.is_finished() {
        let _ = fs::File::options()
            .write(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(&fifo);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(held.join().unwrap(), b"");
    assert!(started.elapsed() < Duration::from_mins(5));
    ended
}

#[test]
fn a_long_chain_of_processes_is_ended() {
    let ended = run_until_nobody_holds_it("ancestor", json!({"length": 600}));
    assert_snapshot!(told(&ended), @"code 5: action 'go' was ended by SIGTERM before it had an answer");
}

#[test]
fn what_the_action_has_started_is_ended_with_it() {
    for way in ["hang with children", "run"] {
        let ended = run_until_nobody_holds_it("ending", json!({"way": way}));
        let told = told(&ended);
        // The log tells the first with its causes.
        let told = told.trim_end_matches(" (not in the log)");
        let wanted = match way {
            "run" => "code 1: sh was ended after {seconds} s: there was no more time for it",
            _ => {
                "code 5: action 'go' had no answer after {seconds} s; after 2.0 s it would have been ended without a reply"
            }
        };
        assert_eq!(told, wanted);
    }
}

/// The handler answers, and the thread that watches over it ends the program.
#[test]
fn what_is_answered_at_the_last_moment_is_logged() {
    // On a busy machine the handler may be too slow for its own answer.
    let mut answers = 0;
    for _ in 0..100 {
        let ended = go("run until asked").run();
        let told = told(&ended);
        assert!(!told.contains("not in the log"), "{ended:?}");
        if told == "code 1: sh was ended after {seconds} s: the program was asked to end by SIGTERM"
        {
            answers += 1;
            if answers == 10 {
                return;
            }
        } else {
            assert_eq!(
                told,
                "code 5: action 'go' was ended by SIGTERM before it had an answer"
            );
        }
    }
    assert!(answers > 0);
}

#[test]
fn a_program_that_has_answered_ends_before_its_time_is_up() {
    let ended = go("answer and hang").run();
    assert_eq!(ended.outcome(), (0, "OK".into()));
    // One whose output nobody reads any more.
    let mut start = go("print without a reader");
    let (_reader, writer) = std::io::pipe().unwrap();
    let status = start.command.stdout(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
    let reply: Value =
        serde_json::from_str(&fs::read_to_string(start.path("reply")).unwrap()).unwrap();
    assert_eq!(reply["statuscode"], 5);
}

#[test]
fn a_pipe_has_the_same_end() {
    for (way, code) in [
        ("exit 3", 5),
        ("abort", 5),
        ("hang", 5),
        ("TERM", 5),
        ("answer", 0),
    ] {
        let mut child = Command::new(built("ending"))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let request = request("ending", "go", &json!({"way": way}));
        child
            .stdin
            .take()
            .unwrap()
            .write_all(request.to_string().as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{way}");
        let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(reply["statuscode"], code, "{way}: {reply}");
    }
}
