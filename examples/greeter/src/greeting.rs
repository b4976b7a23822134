//! The function type: two messages, tied together.

use choria_external::{Failure, function_type};
use serde::{Deserialize, Serialize};

function_type! {
    /// Asks for a greeting.
    pub struct Greeting = "greeting";
    request: GreetingRequest = "io.choria.choria.example.v1.external_request"
        in "schemas/io.choria.choria.example.v1.external_request.json";
    reply: GreetingReply = "io.choria.choria.example.v1.external_reply"
        in "schemas/io.choria.choria.example.v1.external_reply.json";
    failed: |failure| GreetingReply {
        protocol: Reply::Reply,
        greeting: String::new(),
        error: failure.message().into(),
    };
    failure: |reply| (!reply.error.is_empty()).then(|| Failure::aborted(&reply.error));
}

/// Who is greeted, and how.
#[derive(Clone, Debug, Deserialize)]
pub struct GreetingRequest {
    /// Who is greeted.
    pub name: String,
    /// In which language.
    #[serde(default)]
    pub language: Language,
}

/// The languages greetings come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// German.
    De,
    /// English.
    #[default]
    En,
}

/// The greeting, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GreetingReply {
    protocol: Reply,
    /// The greeting; empty where there is an error.
    pub greeting: String,
    /// Why there is no greeting; empty where there is one.
    pub error: String,
}

impl GreetingReply {
    /// A greeting.
    pub fn new(greeting: impl Into<String>) -> Self {
        Self {
            protocol: Reply::Reply,
            greeting: greeting.into(),
            error: String::new(),
        }
    }
}

/// The name of the reply, which is part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Reply {
    #[serde(rename = "io.choria.choria.example.v1.external_reply")]
    Reply,
}
