//! The time that a query has.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use choria_external::{Failure, Query};

/// Until when nodes are looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    all: Duration,
    end: Instant,
}

impl Time {
    /// The time of a query, less a part for the start and the reply.
    pub(crate) fn of(query: &Query) -> Self {
        let all = query.timeout();
        let reserve = (all / 10).max(Duration::from_millis(100));
        let end = query.deadline();
        Self {
            all,
            end: end.checked_sub(reserve).unwrap_or(end),
        }
    }

    /// An error once the time is over: the client would kill this program and
    /// not say why.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if Instant::now() < self.end {
            return Ok(());
        }
        Err(self.over())
    }

    /// What `work` gives, if it ends in time. It runs in a thread of its own:
    /// a parser, or a disk far away, is not to be interrupted. Where the time is
    /// over it is left alone, and ends with this program.
    pub(crate) fn limit<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.check()?;
        let (sender, receiver) = mpsc::sync_channel(1);
        // Nobody waits for what comes too late.
        thread::spawn(move || sender.send(work()).ok());
        let left = self.end.saturating_duration_since(Instant::now());
        receiver.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => self.over(),
            RecvTimeoutError::Disconnected => {
                Failure::unknown_error("reading the inventory panicked")
            }
        })
    }

    fn over(&self) -> Failure {
        Failure::aborted(format_args!(
            "the inventory was not read within {} s: give more time (choria: --discovery-timeout), or use JSON, which \
             is read fastest",
            self.all.as_secs_f64()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVER: &str = "the inventory was not read within 0.05 s: give more time (choria: --discovery-timeout), or \
                        use JSON, which is read fastest";

    fn short() -> Time {
        // All of it is reserved.
        Time::of(&Query::local().with_timeout(Duration::from_millis(50)))
    }

    fn long() -> Time {
        Time::of(&Query::local().with_timeout(Duration::from_mins(10)))
    }

    #[test]
    fn a_part_is_for_the_reply() {
        let query = Query::local().with_timeout(Duration::from_mins(10));
        let end = Time::of(&query).end;
        assert_eq!(query.deadline() - end, Duration::from_mins(1));
        assert!(long().check().is_ok());
    }

    #[test]
    fn what_is_late_does_not_even_begin() {
        let begun = short().limit(|| panic!("it began"));
        let told: Result<(), _> = begun.map_err(|failure| failure.message().to_owned());
        assert_eq!(told.unwrap_err(), OVER);
    }

    #[test]
    fn what_does_not_end_is_left_alone() {
        let time = Time {
            all: Duration::from_millis(50),
            end: Instant::now() + Duration::from_millis(50),
        };
        let (_hold, never) = mpsc::channel::<()>();
        let told = time.limit(move || never.recv().is_ok());
        assert_eq!(told.unwrap_err().message(), OVER);
    }

    #[test]
    fn what_ends_in_time_is_given() {
        assert_eq!(long().limit(|| 5).unwrap(), 5);
        let told = long().limit(|| -> u8 { panic!("for a test") });
        assert_eq!(
            told.unwrap_err().message(),
            "reading the inventory panicked"
        );
    }
}
