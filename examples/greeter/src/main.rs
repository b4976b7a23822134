//! One implementation of the function type: a polite greeter.

use std::process::ExitCode;

use choria_external::{Context, Failure, Metadata, metadata};
use greeter::{Greeter, GreetingRequest, Greets, Language};

/// Greets politely, and not everyone.
#[derive(Default)]
struct Polite;

impl Greeter for Polite {
    const META: Metadata = metadata!();

    fn greet(&self, context: &Context, request: &GreetingRequest) -> Result<String, Failure> {
        if context.config().get("not") == Some(&request.name) {
            return Err(Failure::aborted(format_args!(
                "{} is not greeted here",
                request.name
            )));
        }
        Ok(match request.language {
            Language::En => format!("Good day, {}.", request.name),
            Language::De => format!("Guten Tag, {}.", request.name),
        })
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Greets<Polite>>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use choria_external::protocol::schema::misplaced_keywords;
    use choria_external::protocol::{FunctionType as _, registry};
    use choria_external::service::{CallInfo, Request, Service as _};
    use choria_external::{Config, InProcess, Value, json};
    use greeter::Greeting;

    const PROTOCOL: &str = "io.choria.choria.example.v1.external_request";

    /// Greeting and error of a reply.
    fn greet(config: &str, mut message: Value) -> (String, String) {
        let service = InProcess::new(Greets(Polite)).with_config(Config::from_text(config));
        message["protocol"] = PROTOCOL.into();
        let answer = service.answer(Request::Message(message), CallInfo::local());
        let reply = answer.json().unwrap();
        assert_eq!(reply["protocol"], Greeting::REPLY.protocol());
        let text = |key: &str| reply[key].as_str().unwrap().to_owned();
        (text("greeting"), text("error"))
    }

    #[test]
    fn greets_in_two_languages() {
        let (greeting, _) = greet("", json!({"name": "Ann"}));
        assert_eq!(greeting, "Good day, Ann.");
        let (greeting, _) = greet("", json!({"name": "Ann", "language": "de"}));
        assert_eq!(greeting, "Guten Tag, Ann.");
    }

    #[test]
    fn does_not_greet_everyone() {
        let reply = greet("not = Ann", json!({"name": "Ann"}));
        assert_eq!(reply, (String::new(), "Ann is not greeted here".into()));
    }

    #[test]
    fn says_what_is_wrong_with_a_request() {
        for (message, wrong) in [
            (json!({}), "$.name: expected this key, got none"),
            (
                json!({"name": ""}),
                "$.name: expected a string that is not empty, got \"\"",
            ),
            (
                json!({"name": "Ann", "language": "fr"}),
                "$.language: expected \"de\" or \"en\", got \"fr\"",
            ),
        ] {
            assert_eq!(
                greet("", message).1,
                format!("not a valid {PROTOCOL}: {wrong}")
            );
        }
    }

    #[test]
    fn its_schemas_avoid_what_the_generator_gets_wrong() {
        for kind in [Greeting::REQUEST, Greeting::REPLY] {
            let schema: Value = serde_json::from_str(kind.schema()).unwrap();
            assert!(misplaced_keywords(&schema).is_empty());
        }
    }

    #[test]
    fn is_registered_beside_the_others() {
        let registry = registry().unwrap();
        assert_eq!(registry.get(PROTOCOL).unwrap().name(), "greeting");
        assert_eq!(registry.iter().count(), 4);
    }
}
