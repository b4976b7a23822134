//! Every feature of a message on which we and the published schema differ, each
//! with its reason.

use choria_external_protocol::Name;
use serde_json::{Value, json};

use super::{ACTIVATION_REQUEST, DDL, DISCOVERY_REPLY, DISCOVERY_REQUEST, RPC_REPLY, RPC_REQUEST};

/// A feature of a message on which we and the published schema differ.
pub(super) struct Difference {
    pub(super) protocol: &'static str,
    /// What we say of a message that is good but for this.
    pub(super) we_take_it: bool,
    pub(super) what: &'static str,
    /// Why we are right; printed where a comparison fails.
    pub(super) why: &'static str,
    /// Rewrites the feature into one that both judge alike; without the feature
    /// it changes nothing.
    pub(super) rewrite: fn(&mut Value),
}

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        protocol: ACTIVATION_REQUEST,
        we_take_it: false,
        what: "a $schema that is no text",
        why: "the published schema wants the key and says nothing of its value; Choria sends a text",
        rewrite: |message| text_at(message, "/$schema"),
    },
    Difference {
        protocol: ACTIVATION_REQUEST,
        we_take_it: false,
        what: "a name that ends in a newline",
        why: "in Python the `$` of the published pattern also stands before a last newline; in Choria it does not",
        rewrite: |message| trim_newline_at(message, "/agent"),
    },
    Difference {
        protocol: RPC_REQUEST,
        we_take_it: false,
        what: "a $schema that is no text",
        why: "the published schema wants the key and says nothing of its value; Choria sends a text",
        rewrite: |message| text_at(message, "/$schema"),
    },
    Difference {
        protocol: RPC_REQUEST,
        we_take_it: false,
        what: "an agent that ends in a newline",
        why: "in Python the `$` of the published pattern also stands before a last newline; in Choria it does not",
        rewrite: |message| trim_newline_at(message, "/agent"),
    },
    Difference {
        protocol: RPC_REQUEST,
        we_take_it: false,
        what: "an action that ends in a newline",
        why: "in Python the `$` of the published pattern also stands before a last newline; in Choria it does not",
        rewrite: |message| trim_newline_at(message, "/action"),
    },
    Difference {
        protocol: RPC_REQUEST,
        we_take_it: true,
        what: "data that is null",
        why: "Choria passes on what the caller sent, null included",
        rewrite: |message| replace_null_at(message, "/data", json!({})),
    },
    Difference {
        protocol: RPC_REQUEST,
        we_take_it: false,
        what: "a ttl or msgtime beyond 64 bits with sign",
        why: "Choria's own are such numbers; the published schema has no limit",
        rewrite: |message| {
            for place in ["/ttl", "/msgtime"] {
                replace_at(
                    message,
                    place,
                    |value| value.is_u64() && !value.is_i64(),
                    json!(60),
                );
            }
        },
    },
    Difference {
        protocol: RPC_REPLY,
        we_take_it: true,
        what: "a status code of 6 to 255",
        why: "Choria passes it on, without a label",
        rewrite: |message| {
            let unlabelled =
                |value: &Value| value.as_u64().is_some_and(|code| (6..=255).contains(&code));
            replace_at(message, "/statuscode", unlabelled, json!(5));
        },
    },
    Difference {
        protocol: DISCOVERY_REQUEST,
        we_take_it: false,
        what: "federations that are no list of texts",
        why: "the published schema does not know the key; Choria sends a list of strings or null",
        rewrite: |message| {
            replace_at(
                message,
                "/federations",
                |value| !is_texts(value),
                json!(null),
            );
        },
    },
    Difference {
        protocol: DISCOVERY_REQUEST,
        we_take_it: false,
        what: "a $schema that is no text",
        why: "the published schema does not know the key; Choria sends a text",
        rewrite: |message| text_at(message, "/$schema"),
    },
    Difference {
        protocol: DISCOVERY_REQUEST,
        we_take_it: true,
        what: "compound expressions in objects and lists",
        why: "on the wire an expression is a list with one object; the published schema says text",
        rewrite: |message| {
            let Some(compound) = message
                .pointer_mut("/filter/compound")
                .and_then(Value::as_array_mut)
            else {
                return;
            };
            for form in compound {
                let one = |form: &Value| form["expr"].is_string();
                if one(form) || form.as_array().is_some_and(|list| list.iter().all(one)) {
                    *form = json!("true");
                }
            }
        },
    },
    Difference {
        protocol: DISCOVERY_REQUEST,
        we_take_it: true,
        what: "lists of a filter that are null or not there",
        why: "Choria's type for a filter writes a list that was never filled as null; other clients leave it out",
        rewrite: |message| {
            let Some(filter) = message.get_mut("filter").and_then(Value::as_object_mut) else {
                return;
            };
            for list in ["fact", "cf_class", "agent", "identity", "compound"] {
                if filter.get(list).is_none_or(Value::is_null) {
                    filter.insert(list.into(), json!([]));
                }
            }
        },
    },
    Difference {
        protocol: DISCOVERY_REQUEST,
        we_take_it: true,
        what: "a fact that is compared with an empty text",
        why: "a fact can be an empty text, and Choria passes such a filter on",
        rewrite: |message| {
            let facts = message
                .pointer_mut("/filter/fact")
                .and_then(Value::as_array_mut);
            for fact in facts.into_iter().flatten() {
                replace_at(fact, "/value", |value| value == "", json!("a"));
            }
        },
    },
    Difference {
        protocol: DISCOVERY_REQUEST,
        we_take_it: true,
        what: "options that are null",
        why: "a client without options sends null",
        rewrite: |message| replace_null_at(message, "/options", json!({})),
    },
    Difference {
        protocol: DISCOVERY_REQUEST,
        we_take_it: false,
        what: "an option that is no text",
        why: "the published schema says so too, but by a keyword that only has a meaning for lists",
        rewrite: |message| {
            let options = message.get_mut("options").and_then(Value::as_object_mut);
            for (_, option) in options
                .into_iter()
                .flatten()
                .filter(|(_, option)| !option.is_string())
            {
                *option = json!("a");
            }
        },
    },
    Difference {
        protocol: DISCOVERY_REPLY,
        we_take_it: true,
        what: "nodes that are null",
        why: "Choria finds no nodes in it; its own type for the reply writes an empty list so",
        rewrite: |message| replace_null_at(message, "/nodes", json!([])),
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "no metadata",
        why: "it crashes the server",
        rewrite: |ddl| insert_missing(ddl, "metadata", metadata()),
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "no actions",
        why: "an agent that can do nothing is a mistake",
        rewrite: |ddl| insert_missing(ddl, "actions", json!([])),
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "a $schema that is no text",
        why: "such a file does not load",
        rewrite: |ddl| text_at(ddl, "/$schema"),
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "a version of a star",
        why: "it tells no version from the next, so that no change is ever loaded",
        rewrite: |ddl| {
            replace_at(
                ddl,
                "/metadata/version",
                |version| version == "*",
                json!("1"),
            );
        },
    },
    Difference {
        protocol: DDL,
        we_take_it: true,
        what: "an input without the key optional",
        why: "it loads, as an input that is not optional, and agents in use have it",
        rewrite: |ddl| {
            each(ddl, "input", |_, input| {
                insert_missing(input, "optional", json!(false));
            });
        },
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "a maxlength that is no whole number",
        why: "such a file does not load; the published schema takes fractions, and anything beside another type",
        rewrite: |ddl| {
            each(ddl, "input", |_, input| {
                let whole =
                    |length: &Value| length.as_f64().is_some_and(|length| length.fract() == 0.0);
                replace_at(input, "/maxlength", |length| !whole(length), json!(10));
            });
        },
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "a validation that is no text",
        why: "such a file does not load; the published schema does not look at it beside another type",
        rewrite: |ddl| each(ddl, "input", |_, input| text_at(input, "/validation")),
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "a list that is no list of texts",
        why: "such a file does not load; the published schema does not look at it beside another type",
        rewrite: |ddl| {
            each(ddl, "input", |_, input| {
                replace_at(
                    input,
                    "/list",
                    |list| !list.is_array() || !is_texts(list),
                    json!(["a"]),
                );
            });
        },
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "an input without a name",
        why: "no request can give it",
        rewrite: |ddl| {
            for action in actions(ddl) {
                if let Some(inputs) = action.get_mut("input").and_then(Value::as_object_mut) {
                    inputs.remove("");
                }
            }
        },
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "a wrong output that is no object or has a name beyond a-z, 0-9 and _",
        why: "Choria takes any name; the published schema looks only at outputs with such names, and only at objects",
        rewrite: |ddl| {
            each(ddl, "output", |name, output| {
                if !output.is_object() || !name.is_empty() && !Name::is_valid(name) {
                    *output = json!({"description": "a", "display_as": "a"});
                }
            });
        },
    },
    Difference {
        protocol: DDL,
        we_take_it: false,
        what: "an aggregate without a function or an output",
        why: "an empty list of arguments crashes clients, and others sum up nothing; the published schema takes all",
        rewrite: |ddl| {
            for action in actions(ddl) {
                let aggregates = action.get_mut("aggregate").and_then(Value::as_array_mut);
                for aggregate in aggregates
                    .into_iter()
                    .flatten()
                    .filter(|aggregate| aggregate.is_object())
                {
                    let function = aggregate["function"].take();
                    // Beside a function that is no text both refuse.
                    let function = if function.is_null() || function == "" {
                        json!("summary")
                    } else {
                        function
                    };
                    *aggregate = json!({"function": function, "args": ["a"]});
                }
            }
        },
    },
];

fn replace_at(message: &mut Value, place: &str, odd: impl Fn(&Value) -> bool, plain: Value) {
    if let Some(value) = message.pointer_mut(place).filter(|value| odd(value)) {
        *value = plain;
    }
}

fn replace_null_at(message: &mut Value, place: &str, plain: Value) {
    replace_at(message, place, Value::is_null, plain);
}

fn text_at(message: &mut Value, place: &str) {
    replace_at(message, place, |value| !value.is_string(), json!("a"));
}

fn trim_newline_at(message: &mut Value, place: &str) {
    let odd = |value: &Value| {
        let name = value.as_str().and_then(|name| name.strip_suffix('\n'));
        name.is_some_and(|name| name.is_empty() || Name::is_valid(name))
    };
    replace_at(message, place, odd, json!("a"));
}

fn is_texts(value: &Value) -> bool {
    value
        .as_array()
        .is_none_or(|list| list.iter().all(Value::is_string))
        && (value.is_array() || value.is_null())
}

fn insert_missing(message: &mut Value, key: &str, value: Value) {
    if let Some(object) = message.as_object_mut() {
        object.entry(key).or_insert(value);
    }
}

fn metadata() -> Value {
    json!({
        "name": "a", "description": "a", "author": "a", "license": "a", "version": "1", "url": "a", "timeout": 2,
    })
}

fn actions(ddl: &mut Value) -> impl Iterator<Item = &mut Value> {
    ddl.get_mut("actions")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// Every input or output of a DDL, with its name.
fn each(ddl: &mut Value, inputs_or_outputs: &str, change: impl Fn(&str, &mut Value)) {
    for action in actions(ddl) {
        let all = action
            .get_mut(inputs_or_outputs)
            .and_then(Value::as_object_mut);
        for (name, one) in all.into_iter().flatten() {
            change(name, one);
        }
    }
}
