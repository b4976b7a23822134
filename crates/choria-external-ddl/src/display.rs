//! Replies as `choria req` shows them: Choria's package `replyfmt`, without
//! colours.
//!
//! ```
//! use choria_external_ddl::{Ddl, display::{Reply, Show}};
//!
//! let ddl = Ddl::from_json(
//!     br#"{"actions": [{"action": "status", "display": "always",
//!         "output": {"state": {"display_as": "State"}}}]}"#,
//! )?;
//! let reply = Reply { sender: "web1", code: 0, message: "OK", data: r#"{"state":"on"}"# };
//! let text = reply.to_console(&ddl.actions[0], Show::AsDdlSays);
//! assert_eq!(text.lines().last(), Some(""));
//! assert!(text.contains("   State: on\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One thing is not as in Choria: an output whose name has a dot, or another
//! sign that means something in a gjson path, is shown with its value. Choria
//! takes the name for a path, and finds nothing.

use crate::{Action, Display, Output};

mod raw;
mod table;

use raw::Raw;
pub use table::{names, names_json, table};

/// The reply of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The node's identity.
    pub sender: &'a str,
    /// The status code: 0 for success, 1 to 5 for the failures that Choria
    /// knows.
    pub code: u8,
    /// The status message.
    pub message: &'a str,
    /// The data, as JSON text. One that is not JSON, or nested deeper than 127
    /// levels, has no outputs.
    pub data: &'a str,
}

/// Which replies to show: the option `--display`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Those that the action's DDL says.
    #[default]
    AsDdlSays,
    /// Those with status code 0.
    Ok,
    /// Those with another one.
    Failed,
    /// All.
    All,
    /// None.
    None,
}

impl Show {
    fn takes(self, reply: &Reply<'_>, action: &Action) -> bool {
        let (ok, failed) = (reply.code == 0, reply.code > 0);
        match self {
            Self::AsDdlSays => match &action.display {
                Display::Always => true,
                Display::Ok => ok,
                Display::Failed => failed,
                Display::None | Display::Other(_) => false,
            },
            Self::Ok => ok,
            Self::Failed => failed,
            Self::All => true,
            Self::None => false,
        }
    }
}

impl Reply<'_> {
    /// What `choria req` prints of this reply: who sent it, and the outputs by
    /// their labels, or why it failed. Empty where it is not to be shown.
    ///
    /// The option `--silent` changes nothing here: it leaves out what comes
    /// after the replies.
    pub fn to_console(&self, action: &Action, show: Show) -> String {
        if !show.takes(self, action) {
            return String::new();
        }
        let body = if self.code > 0 {
            format!("    {}\n\n", self.message)
        } else {
            self.outputs(action)
        };
        self.header() + &body
    }

    /// What `choria req --verbose` prints of this reply: who sent it, and its
    /// data as JSON. Empty where it is not to be shown.
    pub fn to_console_verbose(&self, action: &Action, show: Show) -> String {
        if !show.takes(self, action) {
            return String::new();
        }
        let data = match Raw::parse(self.data) {
            Some(data) => data.indented("   ", "   "),
            None => self.data.to_owned(),
        };
        format!("{}   {data}\n", self.header())
    }

    fn header(&self) -> String {
        // Choria has no word for the codes above 5.
        let status = match self.code {
            1 => "Request Aborted",
            2 => "Unknown Action",
            3 => "Missing Request Data",
            4 => "Invalid Request Data",
            5 => "Unknown Request Status",
            _ => "",
        };
        format!("{:<40} {status}\n\n", self.sender)
    }

    /// The outputs by their labels, in the order of their names. One that is
    /// missing and has a default is there, but its value is not: as in Choria.
    fn outputs(&self, action: &Action) -> String {
        let data = Raw::parse(self.data);
        let Some(members) = data.as_ref().and_then(Raw::members) else {
            return "\n".into();
        };
        let given = members.iter().map(|(name, value)| (&**name, Some(value)));
        let missing = |output: &&Output| {
            output.default.is_some() && members.iter().all(|(name, _)| *name != output.name)
        };
        let defaults = action.outputs.iter().filter(missing);
        let defaults = defaults.map(|output| (&*output.name, None));
        let mut outputs: Vec<_> = given.chain(defaults).collect();
        // Of a name that is there twice the first counts.
        outputs.sort_by_key(|(name, _)| *name);
        outputs.dedup_by_key(|(name, _)| *name);

        let labels = || outputs.iter().map(|(name, _)| label(action, name));
        // In bytes; what is filled up to it are characters.
        let width = labels().map(str::len).max().unwrap_or(0) + 3;
        let mut text = String::new();
        for (label, (_, value)) in labels().zip(&outputs) {
            let value = value.map_or(String::new(), |value| match value {
                Raw::Plain(_) => value.text(),
                _ => value.pretty(&" ".repeat(width + 2), "  ", 80),
            });
            text += &format!("{label:>width$}: {}\n", value.trim());
        }
        text.push('\n');
        text
    }
}

/// How an output is called: by its label if the DDL has the output, even if
/// the label is empty.
fn label<'a>(action: &'a Action, name: &'a str) -> &'a str {
    let output = action.outputs.iter().find(|output| output.name == name);
    output.map_or(name, |output| &output.display_as)
}
