//! A function type whose every part can panic, for tests.

use std::cell::Cell;
use std::panic::panic_any;
use std::process::ExitCode;

use choria_external::{External, Functions, Metadata, function_type, metadata};
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

function_type! {
    /// Panics where it is asked to.
    pub struct FragileType = "fragile";
    request: Request = "io.choria.tests.fragile.v1.request"
        in "schemas/io.choria.tests.fragile.v1.request.json";
    reply: Reply = "io.choria.tests.fragile.v1.reply"
        in "schemas/io.choria.tests.fragile.v1.reply.json";
    failed: |failure| {
        panic_at("failed");
        Reply { error: failure.message().into() }
    };
}

thread_local! {
    static PLACE: Cell<&'static str> = const { Cell::new("") };
}

fn panic_at(place: &str) {
    assert!(PLACE.get() != place, "{place}");
}

/// What names the place of the panic.
pub struct Request;

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            panics: String,
        }
        let place = Wire::deserialize(deserializer)?.panics;
        PLACE.set(place.leak());
        panic_at("deserialize");
        Ok(Self)
    }
}

/// What is sent.
#[derive(Deserialize)]
pub struct Reply {
    error: String,
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Only the reply of the handler; the one that tells of it is sound.
        if self.error.is_empty() {
            panic_at("serialize");
        }
        let mut reply = serializer.serialize_struct("Reply", 1)?;
        reply.serialize_field("error", &self.error)?;
        reply.end()
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if self.error.is_empty() {
            panic_at("drop");
        }
    }
}

/// A payload that panics once more when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("payload");
    }
}

#[derive(Default)]
struct Fragile;

impl External for Fragile {
    fn metadata() -> Metadata {
        metadata!(name = "fragile")
    }

    fn functions(functions: &mut Functions<Self>) {
        functions.serve::<FragileType>(|_fragile, _context, _request| {
            match PLACE.get() {
                "payload" => panic_any(Bomb),
                "failed" => panic!("handler"),
                _ => panic_at("handler"),
            }
            Ok(Reply {
                error: String::new(),
            })
        });
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Fragile>()
}
