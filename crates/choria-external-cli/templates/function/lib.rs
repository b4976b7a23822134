//! A function type: its messages, and the base trait for the programs that
//! serve it. The programs of others name this crate as a dependency, as the
//! one in `src/main.rs` does.

mod messages;

use choria_external::{Context, External, Failure, Functions, Metadata};

pub use messages::{{Type}};
pub use messages::{Detail, Reply, Request};

/// What the author of such a program writes.
pub trait Answers: Send + Sync + Sized + 'static {
    /// Name, version and the rest.
    const META: Metadata;

    /// Answers a question.
    ///
    /// # Errors
    /// Why there is no answer, for the caller to read.
    fn answer(&self, context: &Context, request: &Request) -> Result<String, Failure>;
}

/// Serves questions by an [`Answers`]: `dispatch::<Serves<MyAnswers>>()`.
#[derive(Debug, Default)]
pub struct Serves<A>(pub A);

impl<A: Answers> External for Serves<A> {
    fn metadata() -> Metadata {
        A::META
    }

    fn functions(functions: &mut Functions<Self>) {
        functions.serve::<{{Type}}>(|serves, context, request| {
            let answer = serves.0.answer(&context, &request)?;
            Ok(Reply::new(answer))
        });
    }
}
