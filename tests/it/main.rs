//! All tests that need more than one crate.

// Helpers of tests are tests too; `clippy.toml` does not reach them.
#![allow(clippy::unwrap_used)]

mod aggregates;
mod answers;
#[cfg(unix)]
mod check;
#[cfg(target_os = "linux")]
mod choria;
mod command;
#[cfg(unix)]
mod command_line;
mod compound;
mod config;
mod ddl;
#[cfg(unix)]
mod discover;
mod dispatch;
mod display;
#[cfg(unix)]
mod documented_agents;
mod exported;
mod filters;
#[cfg(unix)]
mod growth;
mod host;
mod interfaces;
mod lint;
mod misbehaving;
mod mutate;
#[cfg(target_os = "linux")]
mod net;
#[cfg(unix)]
mod new;
mod peers;
mod programs;
mod published;
mod python;
mod readme;
mod samples;
mod schemas;
#[cfg(unix)]
mod services;
mod sources;
mod structure;
mod types;
mod ui;
mod vectors;
mod verdicts;
