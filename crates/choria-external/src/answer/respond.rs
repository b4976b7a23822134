//! From a message to the response.

use choria_external_protocol::{MessageError, read_json};
use choria_external_service::unserved;
use serde_json::Value;

use super::external::{Begun, External, Functions, Message, Own, Served};
use super::response::Response;
use crate::Failure;
use crate::author::context::Context;

/// What says which request it is.
pub(crate) enum Protocol {
    /// The environment.
    Given(String),
    /// The message; without a word of it, the last argument.
    InMessage(Option<String>),
}

/// Why a program that serves no function type has no reply.
pub(crate) const SERVES_NOTHING: &str = "this program serves no function type";

/// The response to a message. An error only where the program serves nothing.
pub(crate) fn respond<T: External>(
    functions: &Functions<T>,
    own: Own<'_, T>,
    protocol: Protocol,
    message: Result<Message, Failure>,
    context: Result<Context, Failure>,
    begun: Begun<'_>,
) -> Result<Response, String> {
    let main = functions.main().ok_or(SERVES_NOTHING)?;
    // Who knows what is asked, and can answer, need not look into it first.
    if let Protocol::Given(name) = &protocol
        && let Some(served) = functions.find(name)
        && context.is_ok()
    {
        return Ok(answer_by(served, own, message, context, begun));
    }
    let message = message.and_then(|message| match message {
        Message::Json(message) => Ok(message),
        Message::Text(text) => {
            read_json(&text).map_err(|error| Failure::invalid_data(MessageError::from(error)))
        }
    });
    Ok(match serves(functions, protocol, message.as_ref().ok()) {
        Ok(served) => answer_by(served, own, message.map(Message::Json), context, begun),
        // What the message is comes after whether it is one at all.
        Err(failure) => main.fail(message.err().unwrap_or(failure)),
    })
}

fn answer_by<T>(
    served: &Served<T>,
    own: Own<'_, T>,
    message: Result<Message, Failure>,
    context: Result<Context, Failure>,
    begun: Begun<'_>,
) -> Response {
    match (message, context) {
        (Ok(message), Ok(context)) => served.respond(own, context, message, begun),
        (Err(failure), _) | (_, Err(failure)) => served.fail(failure),
    }
}

/// The function type that answers.
fn serves<'a, T: External>(
    functions: &'a Functions<T>,
    protocol: Protocol,
    message: Option<&Value>,
) -> Result<&'a Served<T>, Failure> {
    let protocol = match protocol {
        Protocol::Given(name) => Some(name),
        Protocol::InMessage(fallback) => {
            let own = message.and_then(|message| message.get("protocol")?.as_str());
            own.map(Into::into).or(fallback)
        }
    };
    let served = protocol.as_ref().and_then(|name| functions.find(name));
    served.ok_or_else(|| {
        let all = functions.iter().map(|served| served.request.protocol());
        unserved(protocol.as_deref(), all)
    })
}
