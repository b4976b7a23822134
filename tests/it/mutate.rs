//! Turns good messages into thousands of odd ones, the same ones in every run.

use serde_json::{Value, json};

/// A source of numbers that depend on nothing but the seed (splitmix64).
pub(crate) struct Mutator {
    state: u64,
}

/// One odd message, and the seed that makes it again.
pub(crate) struct Odd {
    pub(crate) seed: u64,
    pub(crate) message: Value,
}

/// So many odd messages, made from these good ones in turn.
pub(crate) fn odd_messages(good: &[Value], count: u64) -> impl Iterator<Item = Odd> {
    (0..count).zip(good.iter().cycle()).map(|(seed, good)| Odd {
        seed,
        message: Mutator::new(seed).mutate(good),
    })
}

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The message with one to three changes, mostly one: a message that is
    /// wrong in one place alone tells most.
    pub(crate) fn mutate(&mut self, good: &Value) -> Value {
        let mut message = good.clone();
        let changes = [1, 1, 1, 2, 3][self.below(5)];
        for _ in 0..changes {
            let mut places = Vec::new();
            collect_places(&message, String::new(), &mut places);
            let place = &places[self.below(places.len())];
            self.change(&mut message, place);
        }
        message
    }

    fn change(&mut self, message: &mut Value, place: &str) {
        if self.below(4) == 0 && remove(message, place) {
            return;
        }
        let Some(there) = message.pointer_mut(place) else {
            return;
        };
        let odd = self.odd_value();
        let key = ["extra", "", "UP", "nl\n", "expr", "type"][self.below(6)];
        match (self.below(3), &mut *there) {
            (0, Value::Object(object)) => {
                let renamed = object.keys().nth(self.below(object.len() + 1)).cloned();
                let value = renamed.and_then(|name| object.remove(&name)).unwrap_or(odd);
                object.insert(key.into(), value);
            }
            (0, Value::Array(list)) => list.push(odd),
            (0, Value::String(text)) => {
                *text = match self.below(4) {
                    0 => format!("{text}\n"),
                    1 => text.to_uppercase(),
                    2 => format!("{text}-{text}"),
                    _ => String::new(),
                }
            }
            (0, Value::Number(number)) => {
                *there = match number.as_i64() {
                    Some(whole) if self.below(2) == 0 => json!(whole.saturating_add(1)),
                    Some(whole) => json!(whole.saturating_sub(1)),
                    None => json!(number.as_f64().map(|number| number * 2.0)),
                }
            }
            (1, _) => {
                let inner = there.take();
                *there = match self.below(3) {
                    0 => json!([inner]),
                    1 => json!([[inner]]),
                    _ => json!({ "expr": inner }),
                }
            }
            _ => *there = odd,
        }
    }

    fn odd_value(&mut self) -> Value {
        let odd = [
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(0.5),
            json!(1.0),
            json!(1.5),
            json!(2),
            json!(5),
            json!(6),
            json!(60.0),
            json!(255),
            json!(256),
            json!(i64::MIN),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1e300),
            json!(""),
            json!("a"),
            json!("UPPER"),
            json!("newline\n"),
            json!("string"),
            json!("list"),
            json!("=~"),
            json!("1.2.3"),
            json!("*"),
            json!([]),
            json!([null]),
            json!(["a", "b"]),
            json!([1]),
            json!([["a"]]),
            json!([{"expr": "a"}]),
            json!({}),
            json!({"a": "b"}),
            json!({"a": 1}),
            json!({"expr": null}),
        ];
        odd[self.below(odd.len())].clone()
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        usize::try_from(bits % limit as u64).unwrap()
    }
}

/// JSON Pointers of a value and of all that is in it.
fn collect_places(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let step = key.replace('~', "~0").replace('/', "~1");
                collect_places(value, format!("{place}/{step}"), places);
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                collect_places(value, format!("{place}/{at}"), places);
            }
        }
        _ => {}
    }
    places.push(place);
}

/// Removes a value from the object or list that it is in; false for the whole
/// message.
fn remove(message: &mut Value, place: &str) -> bool {
    let Some((parent, step)) = place.rsplit_once('/') else {
        return false;
    };
    match message.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            let key = step.replace("~1", "/").replace("~0", "~");
            object.remove(&key).is_some()
        }
        Some(Value::Array(list)) => step.parse().is_ok_and(|at: usize| {
            list.remove(at);
            true
        }),
        _ => false,
    }
}
