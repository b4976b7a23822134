//! A program that serves the function type: it answers from its settings.

use std::process::ExitCode;

use choria_external::{Context, Failure, Metadata, metadata};

use {{name}}::{Answers, Detail, Request, Serves};

/// Knows what its settings say: `subject = answer`.
#[derive(Default)]
struct Settings;

impl Answers for Settings {
    const META: Metadata = metadata!(); // from Cargo.toml

    fn answer(&self, context: &Context, request: &Request) -> Result<String, Failure> {
        let subject = &request.subject;
        let Some(answer) = context.config().get(subject) else {
            return Err(Failure::aborted(format_args!(
                "nothing is known of {subject}"
            )));
        };
        Ok(match request.detail {
            Detail::Brief => answer.split_inclusive('.').next().unwrap_or(answer),
            Detail::Full => answer,
        }
        .to_owned())
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Serves<Settings>>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use choria_external::protocol::schema::misplaced_keywords;
    use choria_external::protocol::{FunctionType, registry};
    use choria_external::service::{CallInfo, Request, Service as _};
    use choria_external::{Config, InProcess, Value, json};

    type Type = {{name}}::{{Type}};

    const SETTINGS: &str = "parrot = A bird. It talks.";

    /// Answer and error of the reply to a request in this process.
    fn ask(mut request: Value) -> (String, String) {
        let service = InProcess::new(Serves(Settings)).with_config(Config::from_text(SETTINGS));
        request["protocol"] = Type::REQUEST.protocol().into();
        let answer = service.answer(Request::Message(request), CallInfo::local());
        let reply = answer.json().unwrap();
        assert_eq!(reply["protocol"], Type::REPLY.protocol());
        let text = |key: &str| reply[key].as_str().unwrap().to_owned();
        (text("answer"), text("error"))
    }

    #[test]
    fn answers_as_much_as_is_wanted() {
        let (full, _) = ask(json!({"subject": "parrot"}));
        assert_eq!(full, "A bird. It talks.");
        let (brief, _) = ask(json!({"subject": "parrot", "detail": "brief"}));
        assert_eq!(brief, "A bird.");
    }

    #[test]
    fn says_what_it_does_not_know() {
        let (answer, error) = ask(json!({"subject": "owl"}));
        assert_eq!((&*answer, &*error), ("", "nothing is known of owl"));
    }

    #[test]
    fn says_what_is_wrong_with_a_request() {
        for (request, wrong) in [
            (json!({}), "$.subject: expected this key, got none"),
            (
                json!({"subject": ""}),
                "$.subject: expected a string that is not empty, got \"\"",
            ),
            (
                json!({"subject": "parrot", "detail": "all"}),
                "$.detail: expected \"brief\" or \"full\", got \"all\"",
            ),
        ] {
            let (answer, error) = ask(request);
            assert_eq!(answer, "");
            assert!(error.ends_with(wrong), "{error}");
        }
    }

    #[test]
    fn the_schemas_avoid_what_their_compiler_gets_wrong() {
        for message in [Type::REQUEST, Type::REPLY] {
            let schema: Value = serde_json::from_str(message.schema()).unwrap();
            assert!(misplaced_keywords(&schema).is_empty());
        }
    }

    #[test]
    fn the_function_type_is_registered() {
        let registry = registry().unwrap();
        let this = registry.get(Type::REQUEST.protocol()).unwrap();
        assert_eq!(this.name(), "{{name}}");
    }
}
