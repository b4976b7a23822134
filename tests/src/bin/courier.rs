//! A program of the type `courier`.

use std::process::ExitCode;

use choria_external::{External, Failure, Functions, Metadata, dispatch, metadata};
use choria_external_tests::carried::{Courier, CourierReply};

#[derive(Default)]
struct Program;

impl External for Program {
    fn metadata() -> Metadata {
        metadata!(
            name = "courier",
            description = "Brings parcels",
            author = "a",
            url = "u"
        )
    }

    fn functions(functions: &mut Functions<Self>) {
        functions.serve::<Courier>(|_, _, request| match &*request.parcel {
            "bomb" => Err(Failure::aborted("not that one")),
            parcel => Ok(CourierReply {
                receipt: format!("got {parcel}\nthanks"),
                is_delivered: true,
            }),
        });
    }
}

fn main() -> ExitCode {
    dispatch::<Program>()
}
