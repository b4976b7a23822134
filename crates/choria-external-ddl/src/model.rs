//! The DDL as Rust types.
//!
//! The parts that come from an author's types at compile time borrow their
//! texts and lists (`Cow::Borrowed` in constants); those that are read from a
//! file own them.

use std::borrow::Cow;

use crate::Extra;

type Text = Cow<'static, str>;

/// An agent's DDL.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ddl {
    /// About the agent as a whole.
    pub metadata: Metadata,
    /// What it can do.
    pub actions: Vec<Action>,
    /// Keys that Choria does not know.
    pub extra: Extra,
}

impl Ddl {
    /// The action of this name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }
}

/// About an agent as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Name of the agent, of its DDL file and of its program.
    pub name: Text,
    /// What it is for, in a sentence.
    pub description: Text,
    /// The maintainer.
    pub author: Text,
    /// The licence it is under, such as `Apache-2.0`.
    pub license: Text,
    /// Its version: `x`, `x.y` or `x.y.z`.
    pub version: Text,
    /// A page with more information.
    pub url: Text,
    /// Seconds an action may take before the server kills it; at least 2.
    pub timeout: i64,
    /// The provider that runs it: `external` for programs of their own.
    pub provider: Text,
    /// Whether it is a service: of all nodes that have it, one answers.
    pub service: bool,
    /// Keys that Choria does not know.
    pub extra: Extra,
}

/// One thing an agent can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Its name: one or more of `a-z`, `0-9` and `_`.
    pub name: Text,
    /// What it does, in a sentence.
    pub description: Text,
    /// Which replies a client shows.
    pub display: Display,
    /// What it takes.
    pub inputs: Cow<'static, [Input]>,
    /// What it gives.
    pub outputs: Cow<'static, [Output]>,
    /// What clients sum up over the replies of all nodes.
    pub aggregates: Cow<'static, [Aggregate]>,
    /// Keys that Choria does not know.
    pub extra: Extra,
}

impl Action {
    /// The input of this name.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }
}

/// Which replies a client shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Display {
    /// All.
    Always,
    /// Those with status code 0.
    Ok,
    /// Those with another status code; what clients do without a word of the
    /// DDL.
    #[default]
    Failed,
    /// None at all.
    None,
    /// A word that clients do not know, as the DDL has it; they show none.
    Other(Text),
}

impl Display {
    /// The word in the DDL.
    pub fn text(&self) -> &str {
        match self {
            Self::Always => "always",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::None => "none",
            Self::Other(text) => text,
        }
    }

    /// What clients make of a word in the DDL.
    pub fn from_text(text: impl Into<Text>) -> Self {
        let text = text.into();
        match &*text {
            "always" => Self::Always,
            "ok" => Self::Ok,
            "failed" | "" => Self::Failed,
            "none" => Self::None,
            _ => Self::Other(text),
        }
    }
}

/// One input of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name: one or more of `a-z`, `0-9` and `_`.
    pub name: Text,
    /// What a user interface asks for.
    pub prompt: Text,
    /// What it is, in a sentence.
    pub description: Text,
    /// What values it takes.
    pub kind: Type,
    /// Whether a request can lack it.
    pub optional: bool,
    /// What the client fills in where the user gave nothing, as JSON text. A
    /// text that is not JSON stands for itself, as a JSON string.
    pub default: Option<Text>,
    /// The values to choose from, for [`Type::List`].
    pub list: Cow<'static, [Text]>,
    /// Bytes a [`Type::String`] can have. With `None` or 0, which are the same
    /// to Choria, there is no limit, and the server skips the validation too:
    /// it accepts any string. Below 0 it takes none.
    pub maxlength: Option<i64>,
    /// The rule for a [`Type::String`].
    pub validation: Validation,
    /// Keys that Choria does not know.
    pub extra: Extra,
}

/// One output of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name: one or more of `a-z`, `0-9` and `_`.
    pub name: Text,
    /// What it is, in a sentence.
    pub description: Text,
    /// The label that clients print.
    pub display_as: Text,
    /// What values it has, if stated.
    pub kind: Option<Type>,
    /// What the server fills in where a reply lacks it, as JSON text. A text
    /// that is not JSON stands for itself, as a JSON string.
    pub default: Option<Text>,
    /// Keys that Choria does not know.
    pub extra: Extra,
}

/// How clients sum up one output over all nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aggregate {
    /// The function: `summary`, `boolean_summary`, `average` or `chart`.
    /// Clients skip all others.
    pub function: Text,
    /// The output it is over: its first argument. Empty where the DDL names
    /// none.
    pub output: Text,
    /// The arguments after the output, as JSON texts. Clients know one, a hash
    /// with the key `format` or, for `boolean_summary`, `true` and `false`.
    pub options: Cow<'static, [Text]>,
    /// Keys that Choria does not know, and `args` where it does not start with
    /// the name of an output: clients skip that.
    pub extra: Extra,
}

/// The type of an input or output.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// A number without a fraction (3.0 too).
    Integer,
    /// Any number; whole ones too.
    Float,
    /// Any number.
    Number,
    /// true or false.
    Boolean,
    /// Text.
    String,
    /// One of a list of strings.
    List,
    /// A JSON object.
    Hash,
    /// A JSON array.
    Array,
    /// A type that Choria does not know, as the DDL has it: no value fits.
    /// The one exception is `int`, an integer to servers and unknown to
    /// clients.
    Other(Text),
}

impl Type {
    /// The word in the DDL; for a known type the one in lower case.
    pub fn text(&self) -> &str {
        match self {
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::List => "list",
            Self::Hash => "hash",
            Self::Array => "array",
            Self::Other(text) => text,
        }
    }

    /// What Choria makes of a word in the DDL; it compares in lower case.
    pub fn from_text(text: impl Into<Text>) -> Self {
        let text = text.into();
        match text.to_lowercase().as_str() {
            "integer" => Self::Integer,
            "float" => Self::Float,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "string" => Self::String,
            "list" => Self::List,
            "hash" => Self::Hash,
            "array" => Self::Array,
            _ => Self::Other(text),
        }
    }
}

/// The rule a [`Type::String`] input must keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// None.
    #[default]
    None,
    /// None of `` ` `` `$` `;` `|` `&&` `>` `<`.
    ///
    /// This is Choria's rule, and **does not make a string safe for a shell**: a
    /// newline, NUL, `&`, quotes, `\`, `*`, `~`, blanks and a leading `-` pass.
    Shellsafe,
    /// One word of a shell command, safe as it is: [`is_shell_word`](crate::is_shell_word).
    ///
    /// It is this crate's rule; in a DDL stands the regular expression
    /// [`Validation::SHELL_WORD`], which servers apply as such. No regex engine is
    /// needed to check it here.
    ShellWord,
    /// An IPv4 or IPv6 address.
    IpAddress,
    /// An IPv4 address.
    Ipv4Address,
    /// An IPv6 address.
    Ipv6Address,
    /// Text that this regular expression of the RE2 syntax finds something in.
    Regex(Text),
    /// A name that no Choria knows: it warns, and takes anything.
    Unknown(Text),
}

impl Validation {
    /// What a DDL has for [`Validation::ShellWord`].
    pub const SHELL_WORD: &str = r"\A[A-Za-z0-9_./][A-Za-z0-9_@%+=:,./-]*\z";

    /// The text in the DDL; empty for none.
    pub fn text(&self) -> &str {
        match self {
            Self::None => "",
            Self::Shellsafe => "shellsafe",
            Self::ShellWord => Self::SHELL_WORD,
            Self::IpAddress => "ipaddress",
            Self::Ipv4Address => "ipv4address",
            Self::Ipv6Address => "ipv6address",
            Self::Regex(text) | Self::Unknown(text) => text,
        }
    }

    /// What Choria makes of a text in the DDL: a name if it starts with a
    /// lowercase letter, else a regular expression.
    pub fn from_text(text: impl Into<Text>) -> Self {
        let text = text.into();
        match &*text {
            "" => Self::None,
            "shellsafe" => Self::Shellsafe,
            Self::SHELL_WORD => Self::ShellWord,
            "ipaddress" => Self::IpAddress,
            "ipv4address" => Self::Ipv4Address,
            "ipv6address" => Self::Ipv6Address,
            other if other.starts_with(|c: char| c.is_ascii_lowercase()) => Self::Unknown(text),
            _ => Self::Regex(text),
        }
    }
}
