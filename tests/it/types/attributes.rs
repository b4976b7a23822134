//! What stands in attributes, in the DDL and in calls.

use std::collections::BTreeMap;

use choria_external::{
    Actions, Agent, Call, External as _, Failure, Hash, Input, List, Metadata, Output, Value, json,
    metadata,
};
use insta::assert_snapshot;
use serde::{Deserialize, Serialize};

#[derive(Default)]
struct Library;

#[derive(List)]
enum Shelf {
    Novels,
    #[list(name = "old maps")]
    Maps,
}

#[derive(Serialize, Deserialize)]
struct Limits {
    most: u32,
}

/// Looks for books
#[derive(Input)]
struct Search {
    /// Where to look
    shelves: Vec<Shelf>,
    /// Where to look first
    #[input(default = ["novels", "old maps"])]
    first: Vec<Shelf>,
    /// How far
    #[input(default = {"most": 10})]
    limits: Hash<Limits>,
    /// What to look for
    #[input(default = {})]
    words: BTreeMap<String, i64>,
    /// By which address
    #[input(maxlength = 40, validation = ipaddress, default = "::1")]
    address: String,
    /// At most as many letters
    #[input(maxlength = 3, validation = "^[a-z]+$", default = "abc")]
    letters: String,
}

#[derive(Output)]
struct Found {
    /// Shelves, as they came
    #[output(default = [])]
    shelves: Vec<Shelf>,
    /// All of the rest
    #[output(default = {"a": [1, -2.5]})]
    rest: Value,
    /// How many
    #[output(default = -1, aggregate(average, format = "%.1f books"))]
    books: i16,
    /// Whether any
    #[output(default = false, aggregate(boolean_summary, true = "some \"books\"", false = "none", format = "%s: %d"))]
    any: bool,
    /// The best shelf
    #[output(default = "old maps", aggregate(summary))]
    best: Option<Shelf>,
    /// How many a shelf
    #[output(aggregate(chart))]
    each: f32,
}

impl Agent for Library {
    const META: Metadata = metadata!(name = "library");

    fn actions(actions: &mut Actions<Self>) {
        actions.add("search", Self::search);
    }
}

impl Library {
    fn search(&self, _call: &Call, input: Search) -> Result<Found, Failure> {
        let first: Vec<_> = input.first.iter().map(List::as_text).collect();
        Ok(Found {
            rest: json!([
                first,
                input.limits.most,
                input.words,
                input.address,
                input.letters
            ]),
            books: 1,
            any: true,
            best: input.shelves.first().map(|_| Shelf::Maps),
            shelves: input.shelves,
            each: 0.5,
        })
    }
}

#[test]
fn the_ddl_has_all_of_them() {
    let ddl: Value = serde_json::from_str(&Library::ddl().unwrap().to_json()).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&ddl["actions"]).unwrap());
}

#[test]
fn a_list_can_be_in_an_array() {
    let reply = Library.call("search", json!({"shelves": ["old maps", "novels"]}));
    assert_eq!(
        Value::from(reply.data),
        json!({
            "shelves": ["old maps", "novels"],
            "rest": [["novels", "old maps"], 10, {}, "::1", "abc"],
            "books": 1,
            "any": true,
            "best": "old maps",
            "each": 0.5,
        })
    );
    let reply = Library.call("search", json!({"shelves": ["novels", "maps"]}));
    assert_eq!(
        (reply.statuscode.as_u8(), reply.statusmsg.as_str()),
        (
            4,
            "validation failed for input 'shelves': is wrong at [1]: should be one of novels, old maps"
        )
    );
}

/// As another library would re-export ours, and make types for its users.
mod renamed {
    pub(super) use choria_external as runtime;

    macro_rules! inputs {
        ($name:ident, $kind:ty, $default:literal) => {
            /// Takes one input
            #[derive($crate::types::attributes::renamed::runtime::Input)]
            #[input(crate = $crate::types::attributes::renamed::runtime)]
            pub(super) struct $name {
                /// The input
                #[input(default = $default, maxlength = 9, validation = shellsafe)]
                pub(super) input: $kind,
            }
        };
    }
    pub(super) use inputs;
}

renamed::inputs!(Made, Option<String>, "a");

#[test]
fn a_macro_can_make_inputs_by_another_name_of_the_crate() {
    assert_eq!(Made::INPUTS[0].default.as_deref(), Some("\"a\""));
    assert_eq!(Made { input: None }.input, None);
}
