//! Whether work grows as its input does.

use std::time::Duration;

/// Below this, work of sixteen times as much took some sixteen times as long; work
/// that looks at everything for each thing takes 256 times as long.
pub(crate) const ENOUGH: f64 = 48.0;

/// How much longer `work` takes with the text of 16,000 things than with that of
/// 1,000.
///
/// What counts is the processor time of this thread, so that other work of the
/// machine does not; and the best of several, since it can spoil the caches.
pub(crate) fn of(text: impl Fn(usize) -> String, work: impl Fn(&str)) -> f64 {
    let time = |text: &str| {
        let began = worked();
        work(text);
        worked().saturating_sub(began).as_secs_f64()
    };
    let (small, large) = (text(1_000), text(16_000));
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        best = best.min(time(&large) / time(&small));
        if best < ENOUGH {
            break;
        }
    }
    best
}

/// The processor time that this thread has used.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().unwrap()
}
