//! An agent for tests: what is secret, and what is too much for a reply.

use std::collections::BTreeMap;
use std::process::ExitCode;

use choria_external::{
    Actions, Agent, Call, Failure, Hash, Input, List, Metadata, Output, Secret, Value, metadata,
};
use serde::{Deserialize, Serialize};

#[derive(Default)]
struct Vault;

/// What the action does once it has read its inputs
#[derive(List, Clone, Copy)]
enum Then {
    Ok,
    Fail,
    FailTrimmed,
    Panic,
    PanicInThread,
}

#[derive(Deserialize, Debug)]
struct Key {
    bits: Secret<u16>,
}

/// Opens the vault
#[derive(Input, Debug)]
struct Open {
    /// What to do then
    #[input(default = "ok")]
    then: Then,
    /// The password
    #[input(maxlength = 12, validation = shellsafe, secret)]
    password: Option<String>,
    /// The address it is for
    #[input(maxlength = 12, validation = ipaddress)]
    address: Option<Secret<String>>,
    /// A number
    pin: Option<Secret<u16>>,
    /// Many of them
    #[input(secret)]
    pins: Option<Vec<u16>>,
    /// One with a name
    #[input(secret)]
    named: Option<BTreeMap<String, u16>>,
    /// One of a struct
    key: Option<Hash<Key>>,
}

impl std::fmt::Debug for Then {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_text())
    }
}

/// Reads a setting as a secret
#[derive(Input)]
struct Setting {
    /// Its key
    #[input(maxlength = 100)]
    key: String,
}

#[derive(Output)]
struct Text {
    /// A text
    text: String,
}

/// Gives a text back so often
#[derive(Input)]
struct Fill {
    /// The text
    #[input(maxlength = 10)]
    text: String,
    /// How often
    count: usize,
    /// Whether as the text of a failure
    #[input(default = false)]
    fail: bool,
}

/// Takes a text of any size
#[derive(Input)]
struct Take {
    /// The text
    #[input(maxlength = 1_000_000_000)]
    text: Option<String>,
    /// Or values
    values: Option<Vec<Value>>,
}

#[derive(Output)]
struct Taken {
    /// How much it was
    length: usize,
}

#[derive(Output)]
struct Long {
    /// Rounded by the server
    rounded: u64,
    /// Sent whole
    #[output(as_text)]
    whole: u128,
    /// Sent whole, if at all
    #[output(as_text, display_as = "Perhaps", default = "0")]
    perhaps: Option<i64>,
    /// A short one
    #[output(as_text)]
    short: u8,
    /// Rounded deep within
    deep: Value,
}

#[derive(Serialize)]
struct Ratio {
    value: f64,
}

#[derive(Output)]
struct Ratios {
    /// One of them is none
    ratios: Vec<Ratio>,
}

impl Agent for Vault {
    const META: Metadata = metadata!(name = "vault", timeout = 120);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("open", Self::open);
        actions.add("setting", Self::setting);
        actions.add("fill", Self::fill);
        actions.add("take", Self::take);
        actions.add("long", Self::long).about("Gives long integers");
        actions.add("ratios", Self::ratios).about("Divides by zero");
    }
}

impl Vault {
    fn open(&self, _call: &Call, input: Open) -> Result<Text, Failure> {
        let password = input.password.clone().unwrap_or_default();
        match input.then {
            Then::Ok => {}
            Then::Fail => {
                return Err(Failure::aborted(format_args!("{password} is refused"))
                    .log(format_args!("refused: {:?}", input.password)));
            }
            Then::FailTrimmed => {
                let password = password.trim();
                return Err(Failure::aborted(format_args!("{password} is refused"))
                    .log(format_args!("refused: {password:?}")));
            }
            Then::Panic => panic!("{password} is too much"),
            Then::PanicInThread => {
                let side = std::thread::spawn(move || panic!("{password} is too much"));
                return side
                    .join()
                    .map_err(|_| Failure::aborted("the thread is gone"));
            }
        }
        let many = input.pins.map(|pins| pins.len());
        let named = input.named.map(|named| named.len());
        let text = format!(
            "{:?} {:?} {many:?} {named:?} {:?}",
            input.address, input.pin, input.key
        );
        let bits = input.key.map(|key| *key.0.bits.expose());
        Ok(Text {
            text: format!("{text} {bits:?}"),
        })
    }

    fn setting(&self, call: &Call, input: Setting) -> Result<Text, Failure> {
        let secret = call.config().secret(&input.key);
        // Asked twice, told once.
        let again = call.config().secret(&input.key);
        let length = again.map(|secret| secret.into_inner().len());
        Ok(Text {
            text: format!("{secret:?} {length:?}"),
        })
    }

    fn fill(&self, _call: &Call, input: Fill) -> Result<Text, Failure> {
        let text = input.text.repeat(input.count);
        if input.fail {
            return Err(Failure::aborted(text));
        }
        Ok(Text { text })
    }

    fn take(&self, _call: &Call, input: Take) -> Result<Taken, Failure> {
        let text = input.text.map_or(0, |text| text.len());
        let values = input.values.map_or(0, |values| values.len());
        Ok(Taken {
            length: text + values,
        })
    }

    fn long(&self, _call: &Call, (): ()) -> Result<Long, Failure> {
        Ok(Long {
            rounded: u64::MAX,
            whole: u128::MAX,
            perhaps: None,
            short: 7,
            deep: choria_external::json!({"data": {"size": [1, -9_007_199_254_740_993_i64]}}),
        })
    }

    fn ratios(&self, _call: &Call, (): ()) -> Result<Ratios, Failure> {
        let ratio = |value| Ratio { value };
        Ok(Ratios {
            ratios: vec![ratio(1.0), ratio(f64::NAN)],
        })
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Vault>()
}
