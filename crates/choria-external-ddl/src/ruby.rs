//! The Ruby form of a DDL: the file `NAME.ddl` of older clients.
//!
//! | module | what it holds |
//! |---|---|
//! | `token` | text to tokens |
//! | `parse`, `expression` | tokens to statements and what they are made of |
//! | `run`, `value` | statements and values to the nodes that the JSON form has, too |
//! | `text` | the texts and names of Ruby, to read and to write |
//! | `write` | a DDL to text |
//!
//! A `.ddl` is a program. What is read here is the small part of Ruby that
//! agents' files are written in, never more: nothing in a file can run anything,
//! take long, or fill the memory.

mod expression;
mod parse;
mod run;
mod text;
mod token;
mod value;
mod write;

use std::fmt;

use crate::Ddl;
use crate::json::{Node, Place};
use crate::read::Reader;

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
    /// Reads the Ruby form of a DDL, the file `NAME.ddl`.
    ///
    /// It understands what the files of agents are made of:
    ///
    /// - `metadata`, `requires`, `usage`, `action .. do`, `display`, `input`,
    ///   `output`, and `aggregate` within `summarize do`, with their arguments
    ///   in parentheses or without;
    /// - texts in single and double quotes, `#{..}` in the latter, symbols,
    ///   whole numbers and their products, floats, `true`, `false`, `nil`, lists,
    ///   and hashes in both spellings;
    /// - `[..].each do |x|` over a list, `if` and `unless` with `==` or `!=`, `else`
    ///   and `elsif`;
    /// - of methods `capitalize`, `upcase`, `downcase`, `to_s`, `to_sym`, and `sub`
    ///   with a pattern that is a plain text, perhaps with `^` or `$`.
    ///
    /// Anything else is an error, and so is a file whose loops and variables make
    /// far more than is written in it. What is read is what the JSON form of the same
    /// words would give; `requires` and `usage`, which that has no place for, are
    /// kept in [`Ddl::extra`].
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
    /// assert_eq!((error.line, error.column), (1, 22));
    /// # Ok::<(), choria_external_ddl::RubyError>(())
    /// ```
    ///
    /// # Errors
    /// [`RubyError`] says which place is not understood, or is not what a DDL
    /// has there.
    pub fn from_ruby(text: &str) -> Result<Self, RubyError> {
        let node = node(text)?;
        let reader = Reader { of_file: false };
        reader.ddl(&node).map_err(|wrong| {
            RubyError::new(
                wrong.at,
                format!("wanted {}, got {}", wrong.wanted, wrong.found),
            )
        })
    }
}

/// What a text says, as the JSON form would.
pub(crate) fn node(text: &str) -> Result<Node, RubyError> {
    let tokens = token::tokens(text)?;
    let program = parse::program(tokens)?;
    run::run(&program, text.len())
}
