//! Work for `benches/inputs`: `inputs KIND COUNT` does one thing with a request
//! of 20 inputs so often.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::ExitCode;

use choria_external::{
    Actions, Agent, Call, External as _, Failure, Input, List, Metadata, Value, metadata,
};

#[derive(Default)]
struct Many;

#[derive(List)]
enum Ensure {
    Present,
    Absent,
    Latest,
}

macro_rules! take {
    ($($(#[$attribute:meta])* $name:ident: $kind:ty,)*) => {
        /// Takes 20 inputs of all types
        #[derive(Input)]
        struct Take {
            $(
                /// One of them
                $(#[$attribute])*
                $name: $kind,
            )*
        }

        impl Many {
            fn take(&self, _call: &Call, input: Take) -> Result<(), Failure> {
                $(black_box(&input.$name);)*
                Ok(())
            }
        }
    };
}

// `shellsafe` is here for its costs. It is no guard of a shell.
take! {
    #[input(maxlength = 90, validation = shellsafe)]
    package: String,
    #[input(maxlength = 90, validation = shellsafe)]
    version: Option<String>,
    #[input(maxlength = 200, validation = shellsafe)]
    message: String,
    #[input(maxlength = 40, validation = ipaddress)]
    address: String,
    #[input(maxlength = 40, validation = ipv4address)]
    gateway: String,
    #[input(maxlength = 500)]
    comment: String,
    #[input(maxlength = 90)]
    owner: String,
    #[input(maxlength = 90)]
    group: String,
    ensure: Ensure,
    fallback: Option<Ensure>,
    mode: u32,
    retries: u8,
    port: u16,
    #[input(default = 30)]
    timeout: i64,
    ratio: f64,
    force: bool,
    noop: Option<bool>,
    quiet: bool,
    tags: Vec<String>,
    limits: BTreeMap<String, i64>,
}

impl Agent for Many {
    const META: Metadata = metadata!(
        name = "many",
        description = "d",
        author = "a",
        url = "https://choria.io"
    );

    fn actions(actions: &mut Actions<Self>) {
        actions.add("take", Self::take);
    }
}

const DATA: &str = r#"{
    "package": "nginx-full", "version": "1.22.1-9+deb12u2", "message": "an upgrade that was asked for in ticket 4711",
    "address": "2001:db8::17", "gateway": "192.0.2.1", "comment": "Runs on every node of the web tier, one at a time.",
    "owner": "www-data", "group": "www-data", "ensure": "latest", "fallback": "present", "mode": 420, "retries": 3,
    "port": 8443, "timeout": 60, "ratio": 0.75, "force": true, "noop": false, "quiet": true,
    "tags": ["web", "tls", "production"], "limits": {"cpu": 4, "memory": 2048}
}"#;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, count] = &arguments[..] else {
        return misuse();
    };
    let Ok(count) = count.parse::<u32>() else {
        return misuse();
    };
    let parse = || serde_json::from_str::<Value>(black_box(DATA)).ok();
    let (Some(data), Some(ddl)) = (parse(), Many::ddl()) else {
        return misuse();
    };
    let take = &ddl.actions[0];
    let reply = Many.call("take", data.clone());
    assert!(reply.statuscode.is_ok(), "{}", reply.statusmsg);
    for _ in 0..count {
        match kind.as_str() {
            "parse" => drop(black_box(parse())),
            "check" => drop(black_box(take.check_request_strictly(black_box(&data)))),
            "copy" => drop(black_box(data.clone())),
            "call" => drop(black_box(Many.call("take", black_box(&data).clone()))),
            _ => return misuse(),
        }
    }
    ExitCode::SUCCESS
}

fn misuse() -> ExitCode {
    eprintln!("inputs: expected parse, check, copy or call, and how often");
    ExitCode::from(2)
}
