//! Where a package gets the crates of this project from.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use serde_json::Value;

use crate::args::New;

/// The folder of this command's sources, where it was built. In a checkout it is
/// `crates/choria-external-cli`.
const BUILT_IN: &str = env!("CARGO_MANIFEST_DIR");

/// Where the crates of this project come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dependencies {
    /// Their registry, in the version of this command.
    Published,
    /// A checkout.
    Checkout {
        /// The folder of its crates, absolute.
        crates: String,
        /// How it was found; `None` if the user named it.
        found: Option<&'static str>,
    },
}

impl Dependencies {
    /// What the command line says, or else the checkout that this folder is in, or
    /// the one that this command was built in.
    pub(super) fn choose(args: &New) -> anyhow::Result<Self> {
        if args.published {
            return Ok(Self::Published);
        }
        if let Some(checkout) = &args.path {
            let option = format!("--path {}", checkout.display());
            return Self::in_checkout(checkout, &option, None);
        }
        Self::find_here()
    }

    /// The checkout that this folder is in, or else the one that this command was
    /// built in.
    pub(super) fn find_here() -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("could not find the current folder")?;
        Self::find(&here, Path::new(BUILT_IN))
    }

    fn find(here: &Path, built_in: &Path) -> anyhow::Result<Self> {
        let built = built_in.ancestors().nth(2).unwrap_or(built_in);
        let above = here
            .ancestors()
            .map(|folder| (folder, "this folder is in it"));
        let mut places = above.chain([(built, "this command was built in it")]);
        match places.find(|(folder, _)| is_checkout(folder)) {
            Some((folder, found)) => {
                Self::in_checkout(folder, &folder.display().to_string(), Some(found))
            }
            None => bail!(
                "no checkout of Choria External for Rust found, neither around this folder nor in {}, where this \
                 command was built; its crates are not published yet, so give a checkout with --path DIR, or \
                 --published if a registry of yours has them",
                built.display()
            ),
        }
    }

    /// Those of a checkout, which messages call `what`.
    fn in_checkout(
        checkout: &Path,
        what: &str,
        found: Option<&'static str>,
    ) -> anyhow::Result<Self> {
        let folder = checkout.canonicalize().with_context(|| what.to_owned())?;
        if !is_checkout(&folder) {
            bail!(
                "{what}: expected a checkout of Choria External for Rust, but it has no crates/choria-external"
            );
        }
        let crates = folder.join("crates");
        let crates = crates
            .to_str()
            .filter(|path| !path.contains(char::is_control))
            .ok_or_else(|| anyhow!("{what}: Cargo.toml cannot hold such a path"))?;
        Ok(Self::Checkout {
            crates: crates.into(),
            found,
        })
    }

    /// The folder of the checkout, if they come from one.
    pub(super) fn checkout(&self) -> Option<PathBuf> {
        match self {
            Self::Published => None,
            Self::Checkout { crates, .. } => Path::new(crates).parent().map(PathBuf::from),
        }
    }

    /// A sentence for the user if the checkout was found, not named.
    pub(super) fn told(&self) -> Option<String> {
        match (self, self.checkout()) {
            (
                Self::Checkout {
                    found: Some(found), ..
                },
                Some(checkout),
            ) => Some(format!(
                "The crates of Choria External come from {} ({found}); --path takes another checkout.",
                checkout.display()
            )),
            _ => None,
        }
    }

    /// What stands after `NAME =` in `Cargo.toml`.
    pub(super) fn entry(&self, name: &str, feature: Option<&str>) -> String {
        let (key, value) = match self {
            Self::Published => ("version", text(env!("CARGO_PKG_VERSION"))),
            Self::Checkout { crates, .. } => ("path", text(&format!("{crates}/{name}"))),
        };
        match feature {
            None if key == "version" => value,
            None => format!("{{ {key} = {value} }}"),
            Some(feature) => {
                format!("{{ {key} = {value}, features = [{}] }}", text(feature))
            }
        }
    }
}

fn is_checkout(folder: &Path) -> bool {
    folder.join("crates/choria-external/Cargo.toml").is_file()
}

/// A string in TOML. JSON writes it the same way, control characters aside, which
/// are not let in here.
pub(super) fn text(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A folder that looks like a checkout, in a folder.
    fn checkout(folder: &Path, name: &str) -> PathBuf {
        let checkout = folder.join(name);
        let runtime = checkout.join("crates/choria-external");
        fs::create_dir_all(&runtime).unwrap();
        fs::create_dir_all(checkout.join("crates/choria-external-cli")).unwrap();
        fs::write(runtime.join("Cargo.toml"), "").unwrap();
        checkout
    }

    #[test]
    fn a_checkout_around_this_folder_comes_before_the_one_of_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let (one, two) = (checkout(&folder, "one"), checkout(&folder, "two"));
        let built_in = two.join("crates/choria-external-cli");
        let found = |here: &Path| {
            let found = Dependencies::find(here, &built_in).unwrap();
            (found.checkout().unwrap(), found.told().unwrap())
        };
        let (from, told) = found(&one.join("crates"));
        assert_eq!(from, one);
        assert_eq!(
            told,
            format!(
                "The crates of Choria External come from {} (this folder is in it); --path takes another checkout.",
                one.display()
            )
        );
        let (from, told) = found(&folder);
        assert_eq!(from, two);
        assert!(told.contains("(this command was built in it)"), "{told}");
    }

    #[test]
    fn without_a_checkout_it_says_what_to_give() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let error = Dependencies::find(here, &here.join("gone/crates/cli")).unwrap_err();
        let gone = here.join("gone");
        assert_eq!(
            error.to_string(),
            format!(
                "no checkout of Choria External for Rust found, neither around this folder nor in {}, where this \
                 command was built; its crates are not published yet, so give a checkout with --path DIR, or \
                 --published if a registry of yours has them",
                gone.display()
            )
        );
    }
}
