//! Function types whose programs are not started with three files: one for each way in
//! which a carrier brings a request, and takes a reply.

use std::borrow::Cow;
use std::time::Duration;

use choria_external::protocol::{
    Carrier, EncodedReply, Part, PartBy, ReplyBy, RequestBy, Settings,
};
use choria_external::{Value, function_type, json};
use serde::{Deserialize, Serialize};

function_type! {
    /// Asks for the state of something, in the way of a check.
    pub struct Gauge = "gauge";
    request: GaugeRequest = "io.choria.tests.gauge.v1.request"
        in "schemas/io.choria.tests.gauge.v1.request.json";
    reply: GaugeReply = "io.choria.tests.gauge.v1.reply"
        in "schemas/io.choria.tests.gauge.v1.reply.json";
    failed: |failure| GaugeReply { status: 3, text: failure.message().into() };
    carrier: Carrier {
        request: RequestBy::Parts(Cow::Borrowed(&[
            Part::new("name", PartBy::Variable(Cow::Borrowed("GAUGE_NAME"))),
            Part::new("data", PartBy::FileIn(Cow::Borrowed("GAUGE_DATA"))),
            Part::new("words", PartBy::Arguments),
        ])),
        is_named: false,
        settings: Settings::OwnFile,
        facts: None,
        reply: ReplyBy::Streams,
        exit_is_reply: true,
        unsent: 3,
        limit: Some(Duration::from_secs(1)),
        ..Carrier::FILES
    };
    encode: |reply| EncodedReply { bytes: reply.text.clone().into(), exit: reply.status };
}

/// What is measured, and how.
#[derive(Deserialize)]
pub struct GaugeRequest {
    /// What is measured.
    pub name: String,
    #[serde(default)]
    /// More about it.
    pub data: Value,
    /// The arguments of the program.
    pub words: Vec<String>,
}

/// The state, from 0 to 3.
#[derive(Serialize, Deserialize)]
pub struct GaugeReply {
    /// The exit code.
    pub status: u8,
    /// What is printed.
    pub text: String,
}

function_type! {
    /// Asks what is known of a node, by the two streams alone.
    pub struct Clerk = "clerk";
    request: ClerkRequest = "io.choria.tests.clerk.v1.request"
        in "schemas/io.choria.tests.clerk.v1.request.json";
    reply: ClerkReply = "io.choria.tests.clerk.v1.reply"
        in "schemas/io.choria.tests.clerk.v1.reply.json";
    failed: |failure| ClerkReply { told: json!({}), error: failure.message().into() };
    carrier: Carrier {
        request: RequestBy::Stdin,
        is_named: false,
        own_arguments: true,
        settings: Settings::PathIn(Cow::Borrowed("CLERK_SETTINGS")),
        facts: Some(Cow::Borrowed("CLERK_FACTS")),
        reply: ReplyBy::Stdout,
        limit: Some(Duration::from_secs(2)),
        ..Carrier::FILES
    };
}

/// Which node.
#[derive(Deserialize)]
pub struct ClerkRequest {
    /// Its name.
    pub node: String,
}

/// What is known of it.
#[derive(Serialize, Deserialize)]
pub struct ClerkReply {
    /// What is known; an empty object after a failure.
    pub told: Value,
    /// Why nothing is; empty if something is.
    pub error: String,
}

function_type! {
    /// Has a parcel brought, in the way of a task in a queue.
    pub struct Courier = "courier";
    request: CourierRequest = "io.choria.tests.courier.v1.request"
        in "schemas/io.choria.tests.courier.v1.request.json";
    reply: CourierReply = "io.choria.tests.courier.v1.reply"
        in "schemas/io.choria.tests.courier.v1.reply.json";
    failed: |failure| CourierReply { receipt: failure.message().into(), is_delivered: false };
    carrier: Carrier {
        request: RequestBy::PathIn(Cow::Borrowed("COURIER_TASK")),
        is_named: false,
        settings: Settings::Nowhere,
        facts: None,
        reply: ReplyBy::Streams,
        exit_is_reply: true,
        ..Carrier::FILES
    };
    encode: |reply| EncodedReply {
        bytes: reply.receipt.clone().into(),
        exit: u8::from(!reply.is_delivered),
    };
}

/// What is brought.
#[derive(Deserialize)]
pub struct CourierRequest {
    /// Its name.
    pub parcel: String,
}

/// Whether it was, and what the receiver says.
#[derive(Serialize, Deserialize)]
pub struct CourierReply {
    /// What the receiver says.
    pub receipt: String,
    /// Whether it was.
    pub is_delivered: bool,
}
