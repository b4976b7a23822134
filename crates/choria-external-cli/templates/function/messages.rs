//! The messages of the function type, and what ties them together.

use choria_external::function_type;
use serde::{Deserialize, Serialize};

function_type! {
    /// Asks what is known of a subject.
    pub struct {{Type}} = "{{name}}";
    request: Request = "io.choria.choria.{{name}}.v1.external_request"
        in "schemas/io.choria.choria.{{name}}.v1.external_request.json";
    reply: Reply = "io.choria.choria.{{name}}.v1.external_reply"
        in "schemas/io.choria.choria.{{name}}.v1.external_reply.json";
    // Whatever goes wrong, a panic included, reaches the caller through this.
    failed: |failure| Reply {
        protocol: Protocol::Reply,
        answer: String::new(),
        error: failure.message().into(),
    };
}

/// The question.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// What is asked about.
    pub subject: String,
    /// How much is wanted.
    #[serde(default)]
    pub detail: Detail,
}

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// The first sentence.
    Brief,
    /// All of it.
    #[default]
    Full,
}

/// The answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    protocol: Protocol,
    /// The answer; empty where there is an error.
    pub answer: String,
    /// Why there is no answer; empty where there is one.
    pub error: String,
}

impl Reply {
    /// An answer.
    pub fn new(answer: impl Into<String>) -> Self {
        Self {
            protocol: Protocol::Reply,
            answer: answer.into(),
            error: String::new(),
        }
    }
}

/// The name of the reply, which is part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Protocol {
    #[serde(rename = "io.choria.choria.{{name}}.v1.external_reply")]
    Reply,
}
