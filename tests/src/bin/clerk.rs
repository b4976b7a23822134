//! A program of the type `clerk`, which tells all that it was given.

use std::process::ExitCode;

use choria_external::{External, Failure, Functions, Metadata, dispatch, json, metadata};
use choria_external_tests::carried::{Clerk, ClerkReply};

#[derive(Default)]
struct Program;

impl External for Program {
    fn metadata() -> Metadata {
        metadata!(
            name = "clerk",
            description = "Tells what it was given",
            author = "a",
            url = "u"
        )
    }

    fn functions(functions: &mut Functions<Self>) {
        functions.serve::<Clerk>(|_, context, request| {
            println!("a stray line");
            tracing::info!("asked for {}", request.node);
            if request.node == "nobody" {
                return Err(Failure::aborted("nobody is there").log("the list is empty"));
            }
            Ok(ClerkReply {
                told: json!({
                    "node": request.node,
                    "arguments": context.arguments(),
                    "country": context.config().get("country"),
                    "os": context.facts().get::<String>("os").map_err(Failure::aborted)?,
                }),
                error: String::new(),
            })
        });
    }
}

fn main() -> ExitCode {
    dispatch::<Program>()
}
