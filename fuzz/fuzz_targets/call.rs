//! An agent with every type of input: whatever the data of a call, the caller
//! gets a valid reply.
//!
//! The first line is the name of the action, what follows is the data.
//!
//! A panic in the project's own code counts as a crash here, also where
//! `Agent::call` would make a reply of it: the fuzzer's hook ends the process
//! before. The agent's own `panic` goes past that hook.

#![no_main]

use std::collections::{BTreeMap, HashMap};

use choria_external::protocol::{FunctionType as _, Rpc, read_json};
use choria_external::{
    Actions, Agent, Call, External as _, Failure, Hash, Input, List, Metadata, Output, Value,
    metadata,
};
use choria_external_fuzz::first_line;
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number};

#[derive(Default)]
struct Specimen;

#[derive(List)]
enum Size {
    Small,
    VeryLarge,
}

#[derive(Serialize, Deserialize)]
struct Limits {
    cpu: u8,
    #[serde(default)]
    note: String,
}

/// Makes one struct of inputs and the same of outputs.
macro_rules! mirrored {
    ($(#[doc = $doc:literal] $(#[input($($entry:tt)*)])? $name:ident: $type:ty,)*) => {
        /// Takes inputs of every type, and gives them back
        #[derive(Input)]
        struct Every {
            $(#[doc = $doc] $(#[input($($entry)*)])? $name: Option<$type>,)*
        }

        #[derive(Output)]
        struct Given {
            $(#[doc = $doc] $name: Option<$type>,)*
        }

        impl From<Every> for Given {
            fn from(every: Every) -> Self {
                Self { $($name: every.$name,)* }
            }
        }
    };
}

mirrored! {
    /// A text
    #[input(maxlength = 20)]
    text: String,
    /// A text for a shell
    #[input(maxlength = 20, validation = shellsafe)]
    shell: String,
    /// One word for a shell
    #[input(maxlength = 20, validation = shell_word)]
    word: String,
    /// A text of letters
    #[input(maxlength = 20, validation = "^[a-z]+$")]
    letters: String,
    /// An address
    #[input(maxlength = 50, validation = ipaddress)]
    ip: String,
    /// An IPv4 address
    #[input(maxlength = 50, validation = ipv4address)]
    ip4: String,
    /// An IPv6 address
    #[input(maxlength = 50, validation = ipv6address)]
    ip6: String,
    /// 8 bits
    int8: i8,
    /// 16 bits
    int16: i16,
    /// 32 bits
    int32: i32,
    /// 64 bits
    int64: i64,
    /// As many bits as an address
    int: isize,
    /// 8 bits without a sign
    uint8: u8,
    /// 16 bits without a sign
    uint16: u16,
    /// 32 bits without a sign
    uint32: u32,
    /// 64 bits without a sign
    uint64: u64,
    /// As many bits as an address, without a sign
    uint: usize,
    /// A float of 32 bits
    float32: f32,
    /// A float of 64 bits
    float64: f64,
    /// Any number
    number: Number,
    /// A truth
    truth: bool,
    /// One of a list
    size: Size,
    /// Whole numbers
    wholes: Vec<i64>,
    /// Any values
    values: Vec<Value>,
    /// Whole numbers by name
    sorted: BTreeMap<String, i64>,
    /// Texts by name
    texts: HashMap<String, String>,
    /// Any values by name
    map: Map<String, Value>,
    /// A struct
    limits: Hash<Limits>,
}

/// Takes inputs that must be there, and one with a default
#[derive(Input)]
struct Needed {
    /// A text
    #[input(maxlength = 20)]
    text: String,
    /// A whole number
    #[input(default = 1)]
    times: u8,
    /// One of a list
    size: Size,
}

#[derive(Output)]
struct Repeated {
    /// The text, repeated
    text: String,
    /// One of a list
    size: Size,
}

impl Agent for Specimen {
    const META: Metadata = metadata!(
        name = "specimen",
        description = "Takes inputs of every type",
        author = "Choria External for Rust authors",
        url = "https://choria.io",
        timeout = 10
    );

    fn actions(actions: &mut Actions<Self>) {
        actions.add("every", Self::every);
        actions.add("needed", Self::needed);
        actions.add("nothing", Self::nothing);
        actions.add("fail", Self::fail);
        actions.add("panic", Self::panic);
    }
}

impl Specimen {
    fn every(&self, _call: &Call, input: Every) -> Result<Given, Failure> {
        Ok(input.into())
    }

    fn needed(&self, _call: &Call, input: Needed) -> Result<Repeated, Failure> {
        Ok(Repeated {
            text: input.text.repeat(input.times.into()),
            size: input.size,
        })
    }

    fn nothing(&self, _call: &Call, (): ()) -> Result<(), Failure> {
        Ok(())
    }

    fn fail(&self, _call: &Call, input: Every) -> Result<(), Failure> {
        let text = input.text.unwrap_or_default();
        Err(match input.uint8 {
            // The codes below have constructors of their own.
            Some(code @ 6..) => Failure::with_code(code, text),
            _ => Failure::aborted(text),
        })
    }

    fn panic(&self, _call: &Call, input: Every) -> Result<(), Failure> {
        std::panic::resume_unwind(match input.text {
            Some(text) => Box::new(text),
            None => Box::new(1),
        })
    }
}

fuzz_target!(|bytes: &[u8]| {
    let (action, data) = first_line(bytes);
    let Ok(data) = read_json(data) else { return };

    let reply = Specimen.call(&action, data.clone());

    let written = Rpc::write_reply(&reply)
        .expect("every reply is a valid one")
        .bytes;
    assert_eq!(Rpc::read_reply(&written), Ok(reply.clone()));
    let ddl = Specimen::ddl().expect("an agent has a DDL");
    let Some(declared) = ddl.action(&action) else {
        let wanted = if data.is_object() || data.is_null() {
            2
        } else {
            4
        };
        assert_eq!(reply.statuscode, wanted);
        return;
    };
    if !reply.statuscode.is_ok() {
        assert_eq!(reply.data, Map::new());
        return;
    }
    // An agent takes nothing that its DDL refuses.
    let strict = declared.check_request_strictly(&data);
    assert_eq!(strict, Ok(Vec::new()), "the action took {data}");
    for name in [
        "text", "letters", "int64", "uint64", "number", "truth", "size", "values", "map",
    ] {
        let wanted = data.get(name).filter(|_| action == "every");
        if let Some(wanted) = wanted.filter(|wanted| !wanted.is_f64() || name == "number") {
            assert_eq!(reply.data.get(name), Some(wanted), "{name}");
        }
    }
});
