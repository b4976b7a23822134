//! The Ruby form of a DDL: the file `NAME.ddl` of older clients.
//!
//! | module | what it holds |
//! |---|---|
//! | `lex` | text to tokens, which are in `token` |
//! | `parse` | tokens to statements and values, which are in `tree` |
//! | `run`, `made` | statements to the nodes that the JSON form has, too |
//! | `value`, `object`, `scope`, `pattern` | expressions to values; variables; what `sub` looks for |
//! | `text` | the strings and names of Ruby, to read and to write |
//! | `write` | a DDL to text |
//!
//! A `.ddl` is a program. What is read here is the small part of Ruby that
//! agents' files are written in, never more: nothing in a file can run anything,
//! take long, or fill the memory.

mod lex;
mod made;
mod object;
mod parse;
mod pattern;
mod run;
mod scope;
mod text;
mod token;
mod tree;
mod value;
mod write;

use std::fmt;

use crate::Ddl;
use crate::WrongValue;
use crate::json::{Node, Place};
use crate::read::Reader;

/// No `.ddl` that is read is larger, in bytes. Real ones have some ten thousand;
/// while it is read, each byte can take some 150 bytes of memory.
const LARGEST: usize = 8 << 20;

type Read<T> = Result<T, RubyError>;

/// Something of a program that is read, and is not as it looks.
// Only the lint asks for its place and its kind.
#[cfg_attr(not(feature = "lint"), allow(dead_code))]
pub(crate) struct Note {
    pub(crate) at: Place,
    /// Its JSON path.
    pub(crate) path: String,
    pub(crate) kind: NoteKind,
    /// What there is, in a few words.
    pub(crate) what: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoteKind {
    /// It is given again: what was there before is gone, or is added to.
    GivenAgain,
    /// It is no boolean, and Ruby takes it for one.
    NotBoolean,
    /// A function without `aggregate`, which means nothing.
    NoAggregate,
}

/// Is told what is odd.
pub(crate) type Notes<'a> = &'a mut dyn FnMut(Note);

/// The words of a DDL.
const WORDS: [&str; 9] = [
    "metadata",
    "requires",
    "usage",
    "action",
    "display",
    "input",
    "output",
    "summarize",
    "aggregate",
];

/// Reads a program and runs it: what it makes is what the JSON form has, too,
/// with places of the program.
pub(crate) fn nodes(text: &str, notes: Notes<'_>) -> Read<Node> {
    if text.len() > LARGEST {
        let what = format!(
            "this text is larger than {} MiB, more than any DDL in Ruby",
            LARGEST >> 20
        );
        return Err(RubyError::new(Place { line: 1, column: 1 }, what));
    }
    let program = parse::program(lex::tokens(text)?)?;
    run::run(&program, text.len(), notes)
}

/// The text of a file. Ruby wants it to be UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Read<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let valid = valid.strip_prefix('\u{feff}').unwrap_or(&valid);
        let last = valid.rsplit('\n').next().unwrap_or_default();
        let at = Place {
            line: valid.matches('\n').count() + 1,
            column: last.chars().count() + 1,
        };
        RubyError::new(at, "not UTF-8: save the file as UTF-8")
    })
}

/// The DDL that is in the nodes of a program.
pub(crate) fn ddl(root: &Node) -> Result<Ddl, WrongValue> {
    let reader = Reader { of_file: false };
    Ok(reader.ddl(root)?)
}

/// Why a text is not a DDL in Ruby that can be read here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RubyError {
    /// Line of the text, from 1.
    pub line: usize,
    /// Character of that line, from 1.
    pub column: usize,
    /// What is there, and what could be.
    pub what: String,
}

impl RubyError {
    fn new(at: Place, what: impl Into<String>) -> Self {
        Self {
            line: at.line,
            column: at.column,
            what: what.into(),
        }
    }
}

impl fmt::Display for RubyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} column {}: {}",
            self.line, self.column, self.what
        )
    }
}

impl std::error::Error for RubyError {}

impl Ddl {
    /// Reads a file in the Ruby form of a DDL, as [`Ddl::from_ruby`] does.
    ///
    /// # Errors
    /// Returns [`RubyError`], also if the file is not UTF-8.
    pub fn from_ruby_bytes(bytes: &[u8]) -> Result<Self, RubyError> {
        Self::from_ruby(utf8(bytes)?)
    }

    /// Reads the Ruby form of a DDL, the file `NAME.ddl`.
    ///
    /// It understands what the files of agents are made of:
    ///
    /// - `metadata`, `requires`, `usage`, `action .. do`, `display`, `input`,
    ///   `output`, and `aggregate` within `summarize do`, with their arguments
    ///   in parentheses or without;
    /// - texts in single and double quotes, `%q(..)`, `%Q(..)`, `%(..)` and heredocs,
    ///   with their escapes and `#{..}`, also one behind the other; symbols; whole
    ///   numbers, floats, `true`, `false`, `nil`; lists, `%w[..]` and `%i[..]`, and
    ///   hashes in both spellings;
    /// - `+` between strings, whole numbers or lists, `*` between whole numbers,
    ///   parentheses;
    /// - `[..].each do |x|` or `{ |x|` over a list; `if` and `unless`, also behind a
    ///   statement, with `else` and `elsif`, `==`, `!=`, `!`, `&&`, `||`, `and`, `or`,
    ///   `not`, and `respond_to?(:summarize)`, which is true;
    /// - `name = value` of variables and constants, and methods of the file's own,
    ///   `def name(parameters) .. end`, whose lines are statements or a value;
    /// - of methods `capitalize`, `upcase`, `downcase`, `strip`, `chomp`, `to_s`,
    ///   `to_sym`, `freeze`, `include?`, `empty?`, `nil?`, `join`, `merge`, `tr`, and
    ///   `sub` and `gsub` with a string or a pattern that is a plain one, perhaps with
    ///   `^` or `$`;
    /// - comments, `=begin` to `=end`, and `__END__`.
    ///
    /// Anything else is an error, and so are a text of more than 8 MiB, a file whose
    /// loops and variables make far more than is written in it, and a key that is one
    /// of Choria's but for capitals: Ruby tells `:Timeout` from `:timeout`.
    ///
    /// What is read is what the JSON form of the same words would give; `requires` and
    /// `usage`, which that has no place for, are kept in [`Ddl::extra`]. What is
    /// given twice is read as clients in Ruby do: of metadata, usage, a display, an
    /// input or an output the last counts, an action that comes again is added to the
    /// first of its name and keeps the description of that, and a format behind an
    /// aggregate's function is kept as a key of the aggregate that means nothing. Only
    /// `:a` and `"a"` are one name here, for they are one in JSON.
    /// Where JSON has a boolean, everything but `false` and `nil` is true, as in Ruby.
    /// `lint::lint_ruby` reports all that.
    ///
    /// Only the files of agents are read: those of data and discovery plugins are an
    /// error, and those of other kinds, which have metadata only, are an agent without
    /// actions.
    ///
    /// ```
    /// use choria_external_ddl::Ddl;
    ///
    /// let ddl = Ddl::from_ruby(r##"
    ///     metadata name: "service", timeout: 10 * 6
    ///     ["start", "stop"].each do |act|
    ///       action act, :description => "#{act.capitalize} what the host serves" do
    ///         display :always
    ///       end
    ///     end
    /// "##)?;
    /// assert_eq!(ddl.metadata.timeout, 60);
    /// assert_eq!(ddl.actions[1].description, "Stop what the host serves");
    ///
    /// let error = Ddl::from_ruby("metadata :name => ENV['X']").unwrap_err();
    /// assert_eq!((error.line, error.column), (1, 19));
    /// # Ok::<(), choria_external_ddl::RubyError>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`RubyError`], which says which place is not understood, or is not what a
    /// DDL has there.
    pub fn from_ruby(text: &str) -> Result<Self, RubyError> {
        ddl(&nodes(text, &mut |_| ())?).map_err(|wrong| {
            let WrongValue {
                line,
                column,
                wanted,
                found,
                ..
            } = wrong;
            let what = format!("expected {wanted}, got {found}");
            RubyError::new(Place { line, column }, what)
        })
    }
}
