//! What a program says about itself to a person.

use choria_external_ddl::Ddl;
use choria_external_protocol::{DDL_OFFER, FUNCTIONS_OFFER};

use crate::answer::external::{External, Functions};

/// `--version`.
pub(crate) fn version<T: External>() -> String {
    format!("{} {}\n", T::metadata().name, T::metadata().version)
}

/// `--help`.
pub(crate) fn full<T: External>() -> String {
    let mut text = intro::<T>();
    text += "\nUsage:\n";
    let name = &T::metadata().name;
    text += &format!(
        "  {name} REQUEST REPLY PROTOCOL   as Choria starts it: files of JSON, the protocol's name\n"
    );
    text += &format!("  {name} < REQUEST                a request on stdin, the reply on stdout\n");
    if T::ddl().is_some() {
        text += &format!(
            "  {name} --ddl json               {DDL_OFFER}\n  \
             {name} --ddl ruby | markdown    prints it for older clients (NAME.ddl), or as a page for people\n"
        );
    }
    if !T::HAS_DDL {
        text += &format!("  {name} --functions              {FUNCTIONS_OFFER}\n");
    }
    text += &format!("  {name} --help | --version\n");
    if let Some(ddl) = T::ddl() {
        text += &actions(&ddl);
    }
    text += "\nRequests it answers:\n";
    for served in Functions::<T>::of().iter().flat_map(Functions::iter) {
        text += &format!("  {}\n", served.request.protocol());
    }
    text += "\nEnvironment, as Choria sets it:\n";
    for (name, about) in [
        (
            "PROTOCOL",
            "which request it is; without it the message's own protocol decides",
        ),
        ("REQUEST", "file of the request"),
        ("REPLY", "file for the reply"),
        (
            "CONFIG",
            "settings: this file, this with .cfg, or NAME.cfg in this folder",
        ),
        ("FACTS", "file of the node's facts"),
    ] {
        text += &format!("  {:25} {about}\n", format!("CHORIA_EXTERNAL_{name}"));
    }
    text
}

/// Without a request, at a terminal.
pub(crate) fn short<T: External>() -> String {
    let name = T::metadata().name;
    intro::<T>()
        + &format!(
            "\nChoria starts it with a request. To try it by hand, run it through the command choria-external,\n\
             or pipe a request into it. `{name} --help` says more.\n"
        )
}

fn intro<T: External>() -> String {
    let meta = T::metadata();
    format!("{} {}: {}\n", meta.name, meta.version, meta.description)
}

fn actions(ddl: &Ddl) -> String {
    let mut text = String::new();
    if !ddl.actions.is_empty() {
        text += "\nActions:\n";
    }
    for action in &ddl.actions {
        text += &format!("  {}: {}\n", action.name, action.description);
        for input in &*action.inputs {
            let optional = if input.optional { ", optional" } else { "" };
            text += &format!(
                "      {} ({}{optional}): {}\n",
                input.name,
                input.kind.text(),
                input.description
            );
        }
    }
    text
}
