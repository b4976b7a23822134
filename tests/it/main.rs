//! All tests that need more than one crate.

// Helpers of tests are tests too; `clippy.toml` does not reach them.
#![allow(clippy::unwrap_used)]

mod command;
mod config;
mod ddl;
mod dispatch;
mod host;
mod mutate;
mod peers;
mod programs;
mod published;
mod python;
mod readme;
mod samples;
mod schemas;
mod ui;
mod vectors;
