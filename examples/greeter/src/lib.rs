//! A function type of one's own, `io.choria.choria.example.v1`: its messages
//! ([`Greeting`]) and the base trait for those who serve it ([`Greeter`]).

mod greeting;

use choria_external::{Context, External, Failure, Functions, Metadata};

pub use greeting::{Greeting, GreetingReply, GreetingRequest, Language};

/// What an author of a greeter writes.
pub trait Greeter: Send + Sync + Sized + 'static {
    /// Name, version and the rest.
    const META: Metadata;

    /// Greets.
    ///
    /// # Errors
    /// Why there is no greeting, for the caller to read.
    fn greet(&self, context: &Context, request: &GreetingRequest) -> Result<String, Failure>;
}

/// Serves greetings by a [`Greeter`]: `dispatch::<Greets<MyGreeter>>()`.
#[derive(Debug, Default)]
pub struct Greets<G>(pub G);

impl<G: Greeter> External for Greets<G> {
    fn metadata() -> Metadata {
        G::META
    }

    fn functions(functions: &mut Functions<Self>) {
        functions.serve::<Greeting>(|Self(greeter), context, request| {
            greeter.greet(&context, &request).map(GreetingReply::new)
        });
    }
}
