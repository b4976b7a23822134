//! In place of the language `expr`, where it is left out.

use crate::Node;
use crate::surprise::Told;

/// No expression can be read.
#[derive(Debug)]
pub(crate) enum Expression {}

impl Expression {
    pub(crate) fn new(_text: &str, _told: &Told) -> Result<Self, String> {
        Err("this program was built without compound filters: switch the feature `compound` of choria-external on".into())
    }

    pub(crate) fn mistake(&self) -> Option<String> {
        match *self {}
    }

    pub(crate) fn unknown_names(&self) -> &[String] {
        match *self {}
    }

    pub(crate) fn matches(&self, _node: &Node<'_>) -> Result<bool, String> {
        match *self {}
    }
}
