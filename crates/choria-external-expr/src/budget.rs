//! How much a program may do on one node.

use super::Stop;

/// Choria's limit on the elements that an expression makes.
const MEMORY: usize = 1_000_000;

/// How much an expression may do. Choria knows no limit.
const WORK: usize = 4_000_000;

/// What a program has used.
#[derive(Debug, Default)]
pub(super) struct Budget {
    memory: usize,
    work: usize,
}

impl Budget {
    /// Counts elements as Choria does, which fails at the same one.
    pub(super) fn grow(&mut self, elements: usize) -> Result<(), Stop> {
        self.memory = self.memory.saturating_add(elements);
        if self.memory >= MEMORY {
            return Err(Stop::unsure("it makes more than a million elements"));
        }
        Ok(())
    }

    pub(super) fn work(&mut self, amount: usize) -> Result<(), Stop> {
        self.work = self.work.saturating_add(amount);
        if self.work >= WORK {
            return Err(Stop::unsure("it takes too long"));
        }
        Ok(())
    }
}
