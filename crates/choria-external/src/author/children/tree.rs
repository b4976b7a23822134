//! The walk through a tree of processes.

use std::collections::BTreeSet;

/// Returns all processes below `root`, each once, every parent before its children.
/// `children` returns those of one process, and is asked once for each.
///
/// The tree can be as deep as there are processes, and can change during the walk: a
/// process that moves to another parent is found there again.
pub(super) fn below(root: u32, mut children: impl FnMut(u32) -> Vec<u32>) -> Vec<u32> {
    let mut seen = BTreeSet::from([root]);
    let mut found = Vec::new();
    let mut visited = 0;
    let mut parent = root;
    loop {
        found.extend(
            children(parent)
                .into_iter()
                .filter(|child| seen.insert(*child)),
        );
        let Some(next) = found.get(visited) else {
            return found;
        };
        parent = *next;
        visited += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::thread;

    use super::*;

    /// More than the ordinary limit of processes of one user on most nodes.
    const MANY: u32 = 20_000;

    #[test]
    fn a_chain_needs_no_stack_and_one_question_for_each_process() {
        let walk = || {
            let asked = Cell::new(0);
            let found = below(1, |process| {
                asked.set(asked.get() + 1);
                (process <= MANY)
                    .then_some(process + 1)
                    .into_iter()
                    .collect()
            });
            assert!(found.into_iter().eq(2..=MANY + 1));
            assert_eq!(asked.get(), MANY + 1);
        };
        // As little as the system allows.
        let thread = thread::Builder::new().stack_size(16 * 1024).spawn(walk);
        thread.unwrap().join().unwrap();
    }

    #[test]
    fn many_children_of_one_process_are_found() {
        let children = |process| {
            if process == 1 {
                (2..MANY).collect()
            } else {
                Vec::new()
            }
        };
        assert!(below(1, children).into_iter().eq(2..MANY));
    }

    #[test]
    fn a_tree_that_changes_meanwhile_has_an_end() {
        // 3 has moved from 2 to 1, and the number of 1 belongs to a child of 3 now.
        let children = |process| match process {
            1 => vec![2, 3],
            2 => vec![3],
            3 => vec![1, 4],
            _ => Vec::new(),
        };
        assert_eq!(below(1, children), [2, 3, 4]);
        assert_eq!(below(4, children), [0; 0]);
    }
}
