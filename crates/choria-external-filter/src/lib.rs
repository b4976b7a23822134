//! Choria's filters: which nodes does a filter select?
//!
//! A [`Matcher`] is prepared once and asked about many nodes. Its verdicts are
//! those of Choria's own packages, surprises included.
//!
//! # Where Choria surprises
//! Each of these is written to the log (`tracing`, level WARN, target
//! `choria_external_filter`) once for a matcher, as soon as it is seen: some in
//! the filter alone, see [`Matcher::warnings`], some only at a node.
//!
//! | filter | node | verdict | seen |
//! |---|---|---|---|
//! | class, agent, identity or `=~` value `/`, `//` | any | true: the empty pattern matches everything | in the filter |
//! | `a > 1.5` | number 1.5 | true: with a dot `>` is `>=` | in the filter |
//! | class `Upper` | class `Upper` | false: the filter becomes lower case | in the filter |
//! | class `upper` | class `Upper` | false: the class does not | at the node |
//! | identity `/(web/` | identity `(web` | true: broken, but compared as a text | in the filter |
//! | compound `true`, `true`, `false` | any | true: they are votes | in the filter |
//! | compound that fails, such as `semver("junk", ">1")` | any | false | at the node |
//! | `a == 1`, `a > 1` | number 1.5 | true, false: it is cut to 1 | at the node |
//! | `a == 01` | number 1 | false: the texts are compared | at the node |
//! | `a =~ ^1$`, `a =~ ^1.5$` | number 1.5 | true, false: 1, and with a dot 1.5000 | at the node |
//! | `a > x`, `a != 1.x` | a number | false: the value is none | at the node |
//! | `a <= 1` | boolean, null, list, object | false: it has no order | at the node |
//! | `a != 1` | null, list, object | false | at the node |
//! | `a != true`, `a != false` | false | false, true: turned around | at the node |
//! | `a == banana` | false | true: all but 1, t and true is false | at the node |
//! | `a =~ /true/`, `a =~ /(/` | true, false | false, true: booleans are no texts | at the node |

#[cfg(feature = "compound")]
mod compound;
#[cfg(not(feature = "compound"))]
#[path = "no_compound.rs"]
mod compound;
mod fact;
mod lists;
mod matcher;
mod node;
mod surprise;
#[cfg(test)]
mod surprise_tests;
mod unique;

pub mod command_line;

pub use choria_external_protocol::{Comparison, FactFilter, Filter};
pub use matcher::{Matcher, Mistake};
pub use node::{AGENTS_OF_ALL, Node};
pub use unique::unique_keys;
