//! What a program says about itself to a person.

use choria_external_ddl::Ddl;
use choria_external_protocol::{
    Carrier, DDL_OFFER, FUNCTIONS_OFFER, PartBy, ReplyBy, RequestBy, Settings,
};

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
    // No agent contains the code for carriers.
    let carrier = if T::HAS_DDL { None } else { carrier::<T>() };
    match &carrier {
        Some(carrier) if !T::HAS_DDL => text += &usage(name, carrier),
        _ => {
            text += &format!(
                "  {name} REQUEST REPLY PROTOCOL   as Choria starts it: files of JSON, the protocol's name\n"
            );
            text += &format!(
                "  {name} < REQUEST                a request on stdin, the reply on stdout\n"
            );
        }
    }
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
    if !T::HAS_DDL
        && let Some(carrier) = &carrier
    {
        text += &environment(name, carrier);
    } else {
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
            text += &variable(&format!("CHORIA_EXTERNAL_{name}"), about);
        }
    }
    text
}

/// The carrier of the program's own function type, if it has one.
fn carrier<T: External>() -> Option<Carrier> {
    let functions = Functions::<T>::of().ok()?;
    let carrier = functions.iter().find_map(|served| served.carrier)?;
    Some(carrier())
}

/// How a program is started by a carrier of its own.
fn usage(name: &str, carrier: &Carrier) -> String {
    let words = if carrier.takes_arguments() {
        " [ARGUMENT]..."
    } else {
        ""
    };
    let request = match &carrier.request {
        RequestBy::Files => " REQUEST REPLY PROTOCOL",
        RequestBy::Stdin => " < REQUEST",
        RequestBy::PathIn(_) | RequestBy::Parts(_) => "",
    };
    let reply = match (carrier.reply, carrier.exit_is_reply) {
        (ReplyBy::File, _) => "the reply is in a file",
        (_, false) => "the reply on stdout",
        (_, true) => "the reply on stdout, and in the exit code",
    };
    format!("  {:30} {reply}\n", format!("{name}{words}{request}"))
}

/// What a program reads from its environment by a carrier of its own, and where else its
/// settings are.
fn environment(program: &str, carrier: &Carrier) -> String {
    let mut lines = String::new();
    match &carrier.request {
        RequestBy::Files | RequestBy::Stdin => {}
        RequestBy::PathIn(name) => lines += &variable(name, "file of the request, in JSON"),
        RequestBy::Parts(parts) => {
            for part in &**parts {
                let key = &part.key;
                lines += &match &part.by {
                    PartBy::Variable(name) => variable(name, &format!("the request's {key}")),
                    PartBy::FileIn(name) => {
                        variable(name, &format!("file of the request's {key}, in JSON"))
                    }
                    PartBy::Arguments => String::new(),
                };
            }
        }
    }
    if let Settings::PathIn(name) = &carrier.settings {
        lines += &variable(name, "file of the settings");
    }
    if let Some(name) = &carrier.facts {
        lines += &variable(name, "file of the node's facts");
    }
    let mut text = String::new();
    if !lines.is_empty() {
        text += "\nEnvironment:\n";
        text += &lines;
    }
    if carrier.settings == Settings::OwnFile {
        text +=
            &format!("\nSettings: {program}.cfg in the current folder, else beside the program\n");
    }
    text
}

fn variable(name: &str, about: &str) -> String {
    format!("  {name:25} {about}\n")
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
