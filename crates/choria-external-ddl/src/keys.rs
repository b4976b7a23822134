//! The keys that Choria knows in the objects of a DDL.

pub(crate) const METADATA: &[&str] = &[
    "name",
    "description",
    "author",
    "license",
    "version",
    "url",
    "timeout",
    "provider",
    "service",
];

pub(crate) const ACTION: &[&str] = &[
    "action",
    "description",
    "display",
    "input",
    "output",
    "aggregate",
];

pub(crate) const INPUT: &[&str] = &[
    "prompt",
    "description",
    "type",
    "optional",
    "default",
    "validation",
    "maxlength",
    "list",
];

pub(crate) const OUTPUT: &[&str] = &["description", "display_as", "default", "type"];
