//! How much one run may log.

use std::mem;

/// Bytes that one run logs at the most, where the settings say nothing.
pub(super) const DEFAULT_LIMIT: usize = 1024 * 1024;

/// Bytes beyond the limit that are kept for errors, and as many again for those
/// of the library: however much a program logs, why it failed is in the log.
const RESERVE: usize = 64 * 1024;

/// Whose line it is, which decides how much room it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Plain,
    Error,
    /// Of the library: a failure, a panic.
    OwnError,
}

/// What was logged, and what was left out.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    spent: usize,
    left_out: LeftOut,
    closed: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct LeftOut {
    lines: usize,
    bytes: usize,
}

impl Budget {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            spent: 0,
            left_out: LeftOut { lines: 0, bytes: 0 },
            closed: false,
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Bytes of a text that can be logged at the most.
    pub(super) fn capacity(&self) -> usize {
        self.allowance(Class::OwnError)
    }

    /// Whether a line of so many bytes may be written. After the first that may
    /// not be, none of its class is: the log ends there, it has no gaps.
    pub(super) fn take(&mut self, class: Class, bytes: usize) -> bool {
        let allowance = self.allowance(class);
        let fits = !self.closed && self.spent.saturating_add(bytes) <= allowance;
        self.spent = if fits {
            self.spent + bytes
        } else {
            self.spent.max(allowance)
        };
        fits
    }

    pub(super) fn leave_out(&mut self, lines: usize, bytes: usize) {
        self.left_out.lines += lines;
        self.left_out.bytes += bytes;
    }

    /// Ends the log: the last line, where it has to say something. Nothing is
    /// written any more after that.
    pub(super) fn close(&mut self) -> Option<String> {
        self.closed = true;
        let LeftOut { lines, bytes } = mem::take(&mut self.left_out);
        let (was, ends) = if lines == 1 {
            ("was", "")
        } else {
            ("were", "s")
        };
        (lines > 0).then(|| {
            format!(
                " WARN choria_external: {lines} line{ends} with {bytes} bytes {was} left out: a run logs at most \
                 {} bytes, the setting log_limit changes that\n",
                self.limit
            )
        })
    }

    fn allowance(&self, class: Class) -> usize {
        let reserves = match class {
            Class::Plain => 0,
            Class::Error => 1,
            Class::OwnError => 2,
        };
        self.limit.saturating_add(reserves * RESERVE)
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn each_class_has_room_of_its_own() {
        let mut budget = Budget::new(100);
        assert!(budget.take(Class::Plain, 99));
        assert!(!budget.take(Class::Plain, 2));
        // There would be room for it, but then the log had a gap.
        assert!(!budget.take(Class::Plain, 1));
        assert!(budget.take(Class::Error, RESERVE));
        assert!(!budget.take(Class::Error, 1));
        assert!(budget.take(Class::OwnError, RESERVE));
        assert!(!budget.take(Class::OwnError, 1));
    }

    #[test]
    fn an_endless_limit_overflows_nowhere() {
        let mut budget = Budget::new(usize::MAX);
        for class in [Class::Plain, Class::Error, Class::OwnError] {
            assert!(budget.take(class, usize::MAX / 4));
        }
    }

    #[test]
    fn the_last_line_says_once_how_much_was_left_out() {
        let mut budget = Budget::new(0);
        budget.leave_out(1, 7);
        assert_snapshot!(budget.close().unwrap(), @" WARN choria_external: 1 line with 7 bytes was left out: a run logs at most 0 bytes, the setting log_limit changes that");
        assert_eq!(budget.close(), None);

        let mut budget = Budget::new(1000);
        budget.leave_out(2, 70);
        budget.leave_out(1, 30);
        assert_snapshot!(budget.close().unwrap(), @" WARN choria_external: 3 lines with 100 bytes were left out: a run logs at most 1000 bytes, the setting log_limit changes that");
        assert!(!budget.take(Class::OwnError, 1));
    }

    #[test]
    fn nothing_is_said_where_nothing_was_left_out() {
        assert_eq!(Budget::new(0).close(), None);
    }
}
