//! Discovery sources.

mod options;
mod query;

use crate::{Failure, Metadata};

pub use options::{OptionError, Options};
pub use query::{InTime, Query};

/// A discovery source: it answers which nodes match a filter, from an
/// inventory, a cloud's API or a database.
///
/// ```
/// use choria_external::{Discovers, Discovery, Failure, Metadata, Query, metadata};
///
/// /// Finds nodes by the role that a user asks for.
/// #[derive(Default)]
/// struct ByRole;
///
/// impl Discovery for ByRole {
///     const META: Metadata = metadata!(
///         name = "by_role", description = "Nodes by role", author = "R.I.P.", url = "https://choria.io"
///     );
///
///     fn discover(&self, query: &Query) -> Result<Vec<String>, Failure> {
///         let role = query.options().required("role")?;
///         let count = query.options().parse::<u32>("count")?.unwrap_or(2);
///         Ok((1..=count).map(|number| format!("{role}{number}.{}", query.collective())).collect())
///     }
/// }
///
/// // In `main`: choria_external::dispatch::<Discovers<ByRole>>()
/// let found = |options: &[(&str, &str)]| ByRole.discover(&Query::local().with_options(options));
/// assert_eq!(found(&[("role", "web")])?, ["web1.mcollective", "web2.mcollective"]);
/// assert_eq!(
///     found(&[]).unwrap_err().message(),
///     "the option role is missing: give it as role=.. (with choria: --do role=..)"
/// );
/// # Ok::<(), Failure>(())
/// ```
///
/// The client starts a source once for each discovery, and kills it at the
/// [`timeout`](Query::timeout). Most users do not see what a source prints: the reason of
/// a failure reaches them as the `error` of the reply, which a [`Failure`] becomes. The
/// code of the failure has no meaning here: use [`Failure::aborted`], or `?` on any error.
///
/// With the feature `matching` a source need not understand filters: `query.matcher()`
/// prepares the filter, whose verdict on each node is Choria's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a discovery source",
    note = "implement `choria_external::Discovery` for it"
)]
pub trait Discovery: Send + Sync + Sized + 'static {
    /// Name, version and the rest, by [`metadata!`](crate::metadata). The
    /// `timeout` in it has no meaning: the client sends its own.
    const META: Metadata;

    /// Returns the identities of the nodes that match, in any order. Empty names are left
    /// out, names that occur twice are sent once, and the log has a warning.
    ///
    /// # Errors
    /// Returns why there is no answer; the user who asked reads it.
    fn discover(&self, query: &Query) -> Result<Vec<String>, Failure>;
}

/// Serves discovery by a [`Discovery`]:
/// `choria_external::dispatch::<Discovers<MySource>>()`.
#[derive(Debug, Default)]
pub struct Discovers<D>(pub D);
