//! A real Choria decides: the same things done to agents and sources by it and by
//! the harness, and our own programs in its network.
//!
//! | module | what it holds |
//! |---|---|
//! | `network` | starts broker and servers, asks as a client does |
//! | `cases` | the list of what is done to an agent |
//! | `differential` | does it, both ways, and compares |
//! | `activations`, `ddls` | which agents are active, and which DDLs loaded |
//! | `discovery` | discovery sources |
//! | `ours` | our own programs in a network |
//! | `start` | how a network starts and ends |

mod activations;
mod cases;
mod ddls;
mod differential;
mod discovery;
mod network;
mod ours;
mod start;
