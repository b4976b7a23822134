//! Our programs, started in every way they can be: what they answer, what they
//! print, how they end.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::programs::{ACTIVATION, Ended, RPC, Start, built, request};
use crate::python;

fn call(action: &str, data: &Value) -> Ended {
    Start::call("specimen", action, data).run()
}

fn echo(request: impl AsRef<[u8]>) -> Ended {
    Start::new("parrot", RPC, request.as_ref()).run()
}

fn activation(agent: &str) -> Vec<u8> {
    json!({"$schema": "x", "protocol": ACTIVATION, "agent": agent})
        .to_string()
        .into()
}

mod activations;
mod bad_requests;
mod calls;
#[cfg(target_os = "linux")]
mod carriers;
mod endings;
mod files;
mod layer;
mod logs;
mod modes;
mod panics;
mod secrets;
mod sizes;
mod taken;
