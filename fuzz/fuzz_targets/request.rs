//! Messages: what is accepted is written and read again as it was, and a request
//! that is read in one go is the one that is read by way of its JSON.

#![no_main]

use std::fmt::Debug;

use choria_external_protocol::{
    Activation, DiscoveryFunction, FunctionType, MessageError, Rpc, read_json,
};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;

fuzz_target!(|bytes: &[u8]| {
    let json = read_json(bytes);
    if let Ok(theirs) = serde_json::from_slice::<serde_json::Value>(bytes) {
        assert_eq!(json.as_ref(), Ok(&theirs), "strict readers take it");
    }
    if let Ok(value) = &json {
        let text = serde_json::to_vec(value).expect("a value can be written");
        assert_eq!(read_json(&text).as_ref(), Ok(value));
    }
    message::<Activation>(bytes);
    message::<Rpc>(bytes);
    message::<DiscoveryFunction>(bytes);
});

/// Reads the bytes as the request and as the reply of a function type.
fn message<F>(bytes: &[u8])
where
    F: FunctionType<Request: Serialize + PartialEq + Debug, Reply: PartialEq + Debug>,
{
    let read = request::<F>(bytes);
    assert_eq!(F::read_request_text(bytes), read);
    match read {
        Ok(request) => {
            let text = serde_json::to_vec(&request).expect("a request can be written");
            assert_eq!(self::request::<F>(&text), Ok(request));
        }
        Err(error) => assert_ne!(error.to_string(), ""),
    }
    match F::read_reply(bytes) {
        Ok(reply) => {
            let text = F::write_reply(&reply)
                .expect("a reply that was read can be written")
                .bytes;
            assert_eq!(F::read_reply(&text), Ok(reply));
        }
        Err(error) => assert_ne!(error.to_string(), ""),
    }
}

fn request<F: FunctionType>(bytes: &[u8]) -> Result<F::Request, MessageError> {
    F::read_request(read_json(bytes)?)
}
