//! Many calls, and what came of them in numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use choria_external_host::log::LogLine;
use choria_external_host::{HostError, Outcome};
use serde_json::json;

use super::keep;
use super::prepare::Prepared;
use crate::progress::Progress;
use crate::show::{printable, printable_json};

/// Failures whose files are kept.
const MOST_KEPT: usize = 10;
/// Different texts of failures that are shown.
const MOST_TEXTS: usize = 10;

/// What came of many calls.
#[derive(Default)]
pub(super) struct Tally {
    /// How often each status, or no reply, came.
    outcomes: BTreeMap<String, usize>,
    /// How often a text of a failure came; of very many, the first ones.
    texts: BTreeMap<String, usize>,
    times: Vec<Duration>,
    /// Failures with texts beyond those.
    others: usize,
    failed: usize,
    /// Lines of the log.
    lines: usize,
    /// Processes that were left running.
    left: usize,
    /// From the start of the first to the end of the last.
    all: Duration,
    parallel: usize,
}

/// Makes the call again and again.
pub(super) fn repeat(
    prepared: &Prepared,
    count: u32,
    parallel: u16,
    kept: Option<&Path>,
) -> anyhow::Result<Tally> {
    let count = count as usize;
    let parallel = NonZeroUsize::new(parallel.into()).unwrap_or(NonZeroUsize::MIN);
    let shared = Mutex::new((Tally::default(), Progress::new(count), Ok(())));
    let start = Instant::now();
    let request = |_| prepared.call.again();
    prepared
        .program
        .call_many(count, parallel, request, |number, outcome| {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (tally, progress, error) = &mut *shared;
            progress.next("calls");
            match outcome {
                Ok(outcome) => {
                    if let Some(folder) = tally.add(&outcome).then_some(kept).flatten()
                        && tally.failed <= MOST_KEPT
                        && let (Some(trace), Ok(())) = (&outcome.trace, &error)
                    {
                        progress.clear();
                        *error = keep(trace, &folder.join((number + 1).to_string()));
                    }
                }
                Err(HostError::Cancelled) => {}
                Err(trouble) if error.is_ok() => *error = Err(trouble.into()),
                Err(_) => {}
            }
        });
    let (mut tally, progress, error) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    drop(progress);
    error?;
    tally.all = start.elapsed();
    tally.parallel = parallel.get();
    tally.times.sort_unstable();
    Ok(tally)
}

impl Tally {
    /// Counts one, and says whether it failed.
    fn add(&mut self, outcome: &Outcome) -> bool {
        let (name, text) = match &outcome.reply {
            Some(reply) => {
                let code = reply.statuscode;
                let label = code.label().unwrap_or("failed");
                let text = (!code.is_ok()).then(|| reply.statusmsg.clone());
                (format!("{label}, code {code}"), text)
            }
            None => (
                "no reply".into(),
                Some(outcome.reason.clone().unwrap_or_default()),
            ),
        };
        *self.outcomes.entry(name).or_default() += 1;
        if let Some(text) = &text {
            self.failed += 1;
            let text = match &outcome.trace {
                Some(trace) => trace.name_files(text),
                None => text.clone(),
            };
            if self.texts.len() < MOST_TEXTS || self.texts.contains_key(&text) {
                *self.texts.entry(text).or_default() += 1;
            } else {
                self.others += 1;
            }
        }
        self.times.push(outcome.time);
        self.lines += outcome.log.len();
        self.left += outcome.trace.as_ref().map_or(0, |trace| trace.left.len());
        text.is_some()
    }

    pub(super) fn is_well(&self) -> bool {
        self.failed == 0
    }

    /// The time within which this share of the calls was done.
    fn within(&self, percent: usize) -> Duration {
        let count = self.times.len();
        let at = (count * percent).div_ceil(100).max(1);
        self.times.get(at - 1).copied().unwrap_or_default()
    }

    #[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 calls")]
    fn rate(&self) -> f64 {
        self.times.len() as f64 / self.all.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    pub(super) fn text(&self, agent: &str, action: &str) -> String {
        let calls = self.times.len();
        let at_a_time = match self.parallel {
            1 => "one at a time".into(),
            several => format!("{several} at a time"),
        };
        // Writing into a text does not fail.
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{agent}#{}: {calls} calls, {at_a_time}, {:.0} a second\n",
            printable(action),
            self.rate()
        );
        let mut rows: Vec<(&str, String)> = Vec::new();
        for (name, count) in &self.outcomes {
            rows.push((name, count.to_string()));
        }
        rows.push(("lines of log", self.lines.to_string()));
        if self.left > 0 {
            rows.push(("processes left running", self.left.to_string()));
        }
        let ms = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
        rows.push(("least time", ms(self.within(0))));
        for (name, percent) in [("median", 50), ("95 % within", 95), ("99 % within", 99)] {
            rows.push((name, ms(self.within(percent))));
        }
        rows.push(("most time", ms(self.within(100))));
        let width = rows
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or_default();
        for (name, value) in rows {
            let _ = writeln!(text, "   {name:width$}  {value:>10}");
        }
        for (reason, count) in &self.texts {
            let _ = write!(text, "\n{count} x {}\n", printable(reason));
        }
        if self.others > 0 {
            let _ = write!(text, "\n{} x something else\n", self.others);
        }
        text
    }

    /// One JSON object; times in seconds.
    pub(super) fn json(&self, warnings: &[String]) -> String {
        let seconds = |percent| self.within(percent).as_secs_f64();
        let json = json!({
            "calls": self.times.len(),
            "failed": self.failed,
            "outcomes": self.outcomes,
            "texts": self.texts,
            "other_texts": self.others,
            "lines": self.lines,
            "left": self.left,
            "seconds": self.all.as_secs_f64(),
            "latency": {
                "least": seconds(0),
                "median": seconds(50),
                "p95": seconds(95),
                "p99": seconds(99),
                "most": seconds(100),
            },
            "log": warnings.iter().map(LogLine::warn).collect::<Vec<_>>(),
        });
        printable_json(&json.to_string()) + "\n"
    }
}
