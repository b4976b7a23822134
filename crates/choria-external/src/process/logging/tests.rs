//! The log as a server reads it.

use std::fmt;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread;

use insta::assert_snapshot;
use proptest::prelude::*;
use tracing::{debug, error, info, info_span, trace, warn};

use super::*;
use text::LINE_LIMIT;

/// What is logged while something runs, with a limit.
fn logged_within(limit: usize, level: LevelFilter, run: impl FnOnce()) -> String {
    let written = Arc::new(Mutex::new(Vec::new()));
    let budget = Arc::new(Mutex::new(Budget::new(limit)));
    let log = Log {
        level,
        capacity: budget.lock().unwrap().capacity(),
        write: {
            let (written, budget) = (Arc::clone(&written), Arc::clone(&budget));
            move |metadata: &Metadata<'_>, text: &Text| {
                let head = format!("{:>5} ", *metadata.level());
                let mut out = written.lock().unwrap();
                write(&mut *out, &budget, class(metadata), &head, text);
            }
        },
        spans: Spans::default(),
    };
    tracing::subscriber::with_default(log, run);
    let mut all = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    all += &budget.lock().unwrap().close().unwrap_or_default();
    all
}

fn logged(run: impl FnOnce()) -> String {
    logged_within(DEFAULT_LIMIT, LevelFilter::TRACE, run)
}

#[test]
fn a_setting_is_a_level_or_a_number() {
    let config = |text: &str| Config::from_text(text);
    let level = |text| level(&config(&format!("log_level = {text}"))).map_err(str::to_owned);
    assert_eq!(level("Warning"), Ok(LevelFilter::WARN));
    assert_eq!(level("off"), Ok(LevelFilter::OFF));
    assert_eq!(level("5"), Err("5".into()));
    let limit = |text: &str| limit(&config(text)).map_err(str::to_owned);
    assert_eq!(limit(""), Ok(1_048_576));
    assert_eq!(limit("log_limit = 0"), Ok(0));
    assert_eq!(limit("log_limit = 1 MiB"), Err("1 MiB".into()));
    assert_eq!(limit("log_limit = -1"), Err("-1".into()));
}

#[test]
fn an_event_is_a_line() {
    let lines = logged(|| {
        error!("a message");
        warn!(target: "elsewhere", count = 2, ratio = 0.5, "formatted {}", 1);
        info!(text = "quoted \"text\"", shown = %"as it is", debug = ?Some(1), truth = true);
        debug!(r#type = "a keyword", "message first");
        let cause = io::Error::other("the cause");
        let error = io::Error::other(Wrapped(cause));
        trace!(error = &error as &dyn std::error::Error, "failed");
    });
    assert_snapshot!(lines, @r#"
    ERROR choria_external::process::logging::tests: a message
     WARN elsewhere: formatted 1 count=2 ratio=0.5
     INFO choria_external::process::logging::tests: text="quoted \"text\"" shown=as it is debug=Some(1) truth=true
    DEBUG choria_external::process::logging::tests: message first type="a keyword"
    TRACE choria_external::process::logging::tests: failed error=wrapped: the cause
    "#);
}

#[derive(Debug)]
struct Wrapped(io::Error);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wrapped")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn no_text_looks_like_a_line_of_its_own() {
    let forged = "x\nERROR choria_external: code 5: forged\r\u{1b}[2K\u{2028}";
    let lines = logged(|| {
        info!("{forged}");
        info!(text = forged, shown = %forged);
        let _entered = info_span!("span", shown = %forged).entered();
        info!(target: "a\ntarget", "inside");
    });
    assert_snapshot!(lines, @r#"
    INFO choria_external::process::logging::tests: x\nERROR choria_external: code 5: forged\r\u{1b}[2K\u{2028}
    INFO choria_external::process::logging::tests: text="x\nERROR choria_external: code 5: forged\r\u{1b}[2K\u{2028}" shown=x\nERROR choria_external: code 5: forged\r\u{1b}[2K\u{2028}
    INFO span{shown=x\nERROR choria_external: code 5: forged\r\u{1b}[2K\u{2028}}: a\ntarget: inside
    "#);
}

#[test]
fn spans_are_in_front_with_their_fields() {
    let lines = logged(|| {
        let outer = info_span!("outer", depth = 1, later = tracing::field::Empty);
        let entered = outer.clone().entered();
        info!("in one");
        outer.record("later", "now");
        let inner = info_span!("inner").entered();
        info!("in two");
        info!(parent: None, "in none");
        info!(parent: &outer, "in the outer");
        drop(entered);
        info!("left out of turn, and its parent is told still");
        drop(inner);
        info!("out of all");
        info_span!(parent: None, "alone").in_scope(|| info!("alone"));
        let current = tracing::Span::current();
        info!("current: {:?}", current.metadata().map(Metadata::name));
    });
    assert_snapshot!(lines, @r#"
    INFO outer{depth=1}: choria_external::process::logging::tests: in one
    INFO outer{depth=1 later="now"}:inner: choria_external::process::logging::tests: in two
    INFO choria_external::process::logging::tests: in none
    INFO outer{depth=1 later="now"}: choria_external::process::logging::tests: in the outer
    INFO outer{depth=1 later="now"}:inner: choria_external::process::logging::tests: left out of turn, and its parent is told still
    INFO choria_external::process::logging::tests: out of all
    INFO alone: choria_external::process::logging::tests: alone
    INFO choria_external::process::logging::tests: current: None
    "#);
}

#[test]
fn a_closed_span_makes_room_for_another() {
    let spans = Spans::default();
    let span = || spans::Span::new(info_span!("some").metadata().unwrap(), String::new(), None);
    // Without a subscriber there is no metadata.
    logged(|| {
        let (first, second) = (spans.open(span()), spans.open(span()));
        assert_ne!(first, second);
        spans.hold(&first);
        assert!(!spans.release(&first));
        assert!(spans.get(&first).is_some());
        assert!(spans.release(&first));
        assert!(spans.get(&first).is_none());
        assert!(!spans.release(&first));
        assert_eq!(spans.open(span()), first);
    });
}

#[test]
fn each_thread_is_in_its_own_spans() {
    let lines = logged(|| {
        let outer = info_span!("outer");
        let entered = outer.clone().entered();
        let (sender, receiver) = mpsc::channel();
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (outer, sender) = (outer.clone(), sender.clone());
                let log = tracing::dispatcher::get_default(Clone::clone);
                thread::spawn(move || {
                    tracing::dispatcher::with_default(&log, || {
                        for _ in 0..100 {
                            info!("in none");
                            let span = info_span!(parent: &outer, "thread", number);
                            span.in_scope(|| info!("at work"));
                        }
                    });
                    sender.send(()).unwrap();
                })
            })
            .collect();
        drop(sender);
        while receiver.recv().is_ok() {
            info!("meanwhile");
        }
        drop(entered);
        for thread in threads {
            thread.join().unwrap();
        }
    });
    let count = |line: &str| lines.lines().filter(|other| *other == line).count();
    let target = "choria_external::process::logging::tests";
    assert_eq!(count(&format!(" INFO {target}: in none")), 400);
    assert_eq!(count(&format!(" INFO outer: {target}: meanwhile")), 4);
    for number in 0..4 {
        let line = format!(" INFO outer:thread{{number={number}}}: {target}: at work");
        assert_eq!(count(&line), 100, "{line}");
    }
    assert_eq!(lines.lines().count(), 804);
}

#[test]
fn beyond_the_limit_only_errors_have_room() {
    let fill = || {
        for number in 0..100 {
            info!("line {number} of a hundred");
        }
        error!("an error of the author");
        error!(target: "choria_external", "code 5: the failure");
        info!("the last");
    };
    assert_snapshot!(logged_within(150, LevelFilter::INFO, fill), @r"
     INFO choria_external::process::logging::tests: line 0 of a hundred
     INFO choria_external::process::logging::tests: line 1 of a hundred
    ERROR choria_external::process::logging::tests: an error of the author
    ERROR choria_external: code 5: the failure
     WARN choria_external: 99 lines with 6118 bytes were left out: a run logs at most 150 bytes, the setting log_limit changes that
    ");
    // A filter does not keep the last line out.
    let lines = logged_within(0, LevelFilter::ERROR, || {
        error!("many{}", "#".repeat(70_000));
    });
    assert_snapshot!(lines.replace('#', ""), @r"
    ERROR (part 1 of 2) choria_external::process::logging::tests: many
     WARN choria_external: 1 line with 8670 bytes was left out: a run logs at most 0 bytes, the setting log_limit changes that
    ");
}

#[test]
fn a_long_text_is_written_as_far_as_there_is_room() {
    let lines = logged_within(100_000, LevelFilter::INFO, || {
        warn!("{}", "x".repeat(200_000));
    });
    let starts: Vec<String> = lines
        .lines()
        .map(|line| line.chars().take(70).collect())
        .collect();
    assert_snapshot!(starts.join("\n"), @r"
    WARN (part 1 of 4) choria_external::process::logging::tests: xxxxxxxx
    WARN choria_external: 3 lines with 138666 bytes were left out: a run 
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One event is one line, or as many marked ones as it says.
    #[test]
    fn what_is_written_is_lines_of_the_log(
        message in "(.|\n|\r|\u{1b}|\u{2028}|ERROR | INFO ){0,20}",
        field in "(.|\n|\u{85}|é){0,10}",
        times in prop_oneof![Just(1_usize), 1..6_000_usize],
    ) {
        let message = message.repeat(times);
        let text = logged_within(usize::MAX, LevelFilter::TRACE, || {
            let _span = info_span!("span", shown = %field).entered();
            warn!(shown = %field, field, "{message}");
        });
        prop_assert!(text.ends_with('\n'));
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        for (index, line) in lines.iter().enumerate() {
            prop_assert!(line.len() < LINE_LIMIT, "{}", line.len());
            prop_assert!(!line.contains(|c: char| c.is_control() || c == '\u{2028}'), "{line}");
            let head = if lines.len() == 1 {
                " WARN span{".to_owned()
            } else {
                format!(" WARN (part {} of {}) ", index + 1, lines.len())
            };
            prop_assert!(line.starts_with(&head), "{line}");
        }
    }
}
