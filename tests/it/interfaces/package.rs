//! Packages of the operating system.

use choria_external::{Actions, Agent, Display, Input, List, Metadata, Output, Value, metadata};

use super::reached;

#[derive(Default)]
pub(super) struct Package;

/// Acts on one package
#[derive(Input)]
struct Named {
    /// Which package
    #[input(maxlength = 90, validation = shellsafe)]
    package: String,
}

/// Puts a package on the node
#[derive(Input)]
struct Install {
    /// Which package
    #[input(maxlength = 90, validation = shellsafe)]
    package: String,
    /// Which of its versions
    #[input(maxlength = 90, validation = shellsafe)]
    version: Option<String>,
}

#[derive(List)]
enum Mode {
    All,
    Headers,
    Packages,
    Metadata,
    Dbcache,
    Plugins,
    #[list(name = "expire-cache")]
    ExpireCache,
}

/// Throws away what yum keeps
#[derive(Input)]
struct Clean {
    /// What of it
    mode: Option<Mode>,
}

/// A package as it is after a change.
#[derive(Output)]
struct Changed {
    /// What the manager of packages printed
    output: Value,
    /// Its epoch
    epoch: Value,
    /// For which processor
    arch: Value,
    /// All of its version, or that it is not there
    #[output(aggregate = summary)]
    ensure: Value,
    /// Its version
    version: Value,
    /// Who told
    provider: Value,
    /// What it is called
    name: Value,
    /// Its release
    release: Value,
}

/// A package as it is.
#[derive(Output)]
struct Found {
    /// What the manager of packages printed
    output: Value,
    /// Its epoch
    epoch: Value,
    /// For which processor
    #[output(aggregate = summary)]
    arch: Value,
    /// All of its version, or that it is not there
    #[output(aggregate = summary)]
    ensure: Value,
    /// Its version
    version: Value,
    /// Who told
    provider: Value,
    /// What it is called
    name: Value,
    /// Its release
    release: Value,
}

#[derive(Output)]
struct Searched {
    /// How many fit
    #[output(aggregate = summary)]
    package_count: Value,
    /// Those that fit
    available_packages: Value,
}

/// One result for the whole node.
#[derive(Output)]
struct Counted {
    /// The result
    #[output(aggregate = summary)]
    output: Value,
    /// How the command ended
    exitcode: Value,
}

#[derive(Output)]
struct Ran {
    /// What the command printed
    output: Value,
    /// How it ended
    exitcode: Value,
}

#[derive(Output)]
struct Newer {
    /// What the command printed
    output: Value,
    /// Those with a newer version
    outdated_packages: Value,
    /// How the command ended
    exitcode: Value,
}

#[derive(Output)]
struct NewerOf {
    /// Which manager of packages was asked
    package_manager: Value,
    /// What the command printed
    output: Value,
    /// Those with a newer version
    outdated_packages: Value,
    /// How the command ended
    exitcode: Value,
}

impl Agent for Package {
    const META: Metadata = metadata!(name = "package", version = "5.5.1", timeout = 180);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("install", reached::<_, Install, Changed>);
        for action in ["purge", "uninstall", "update"] {
            actions.add(action, reached::<_, Named, Changed>);
        }
        actions
            .add("status", reached::<_, Named, Found>)
            .display(Display::Always);
        actions
            .add("search", reached::<_, Named, Searched>)
            .display(Display::Always);
        actions.add("count", reached::<_, (), Counted>);
        actions.add("md5", reached::<_, (), Counted>);
        actions.add("refresh", reached::<_, (), Ran>);
        actions.add("yum_clean", reached::<_, Clean, Ran>);
        actions.add("apt_update", reached::<_, (), Newer>);
        for action in ["apt_checkupdates", "yum_checkupdates"] {
            actions
                .add(action, reached::<_, (), Newer>)
                .display(Display::Always);
        }
        actions
            .add("checkupdates", reached::<_, (), NewerOf>)
            .display(Display::Always);
    }
}
