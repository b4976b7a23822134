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
    use choria_external::protocol::{FunctionType as _, MessageError, registry};
    use choria_external::{Config, json};
    use greeter::{Greeting, GreetingReply};
    use std::time::Duration;

    fn greet(config: &str, message: serde_json::Value) -> Result<String, String> {
        let context = Context::new(Duration::from_secs(10)).with_config(Config::from_text(config));
        let request = Greeting::read_request(message).map_err(|error| error.to_string())?;
        Polite
            .greet(&context, &request)
            .map_err(|failure| failure.message().into())
    }

    const PROTOCOL: &str = "io.choria.choria.example.v1.external_request";

    #[test]
    fn greets_in_two_languages() {
        assert_eq!(
            greet("", json!({"protocol": PROTOCOL, "name": "Ann"})),
            Ok("Good day, Ann.".into())
        );
        assert_eq!(
            greet(
                "",
                json!({"protocol": PROTOCOL, "name": "Ann", "language": "de"})
            ),
            Ok("Guten Tag, Ann.".into())
        );
    }

    #[test]
    fn does_not_greet_everyone() {
        assert_eq!(
            greet("not = Ann", json!({"protocol": PROTOCOL, "name": "Ann"})),
            Err("Ann is not greeted here".into())
        );
    }

    #[test]
    fn says_what_is_wrong_with_a_request() {
        assert_eq!(
            greet("", json!({"protocol": PROTOCOL, "name": ""})),
            Err(format!(
                "not a valid {PROTOCOL}: $.name: wanted a text that is not empty, got \"\""
            ))
        );
        assert_eq!(
            greet(
                "",
                json!({"protocol": PROTOCOL, "name": "Ann", "language": "fr"})
            ),
            Err(format!(
                "not a valid {PROTOCOL}: $.language: wanted \"de\" or \"en\", got \"fr\""
            ))
        );
    }

    #[test]
    fn is_registered_beside_the_others() {
        let registry = registry().unwrap();
        assert_eq!(registry.get(PROTOCOL).unwrap().name(), "greeting");
        assert_eq!(registry.iter().count(), 4);
    }

    #[test]
    fn every_failure_is_a_reply_of_this_type() {
        let failed = Greeting::failed(&Failure::aborted("no voice"));
        let bytes = Greeting::write_reply(&failed).unwrap();
        assert_eq!(Greeting::read_reply(&bytes), Ok(failed));
        assert!(matches!(
            Greeting::read_reply(b"{}"),
            Err(MessageError::Schema { .. })
        ));
        assert_eq!(GreetingReply::new("hi").error, "");
    }
}
