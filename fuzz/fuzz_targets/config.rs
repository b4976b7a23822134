//! Settings: no key and no value is empty, and what was read can be written as
//! a file that reads the same.

#![no_main]

use choria_external::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let config = Config::from_text(&text);
    let mut written = String::new();
    for (key, value) in config.iter() {
        assert!(!key.is_empty(), "an empty key with the value {value:?}");
        assert!(!value.is_empty(), "an empty value of the key {key:?}");
        assert_eq!(config.get(key), Some(value));
        // Only that it does not panic.
        let _ = config.parse::<u32>(key);
        written += &format!("{key}={value}\n");
    }
    assert_eq!(config.get(""), None);
    let again = Config::from_text(&written);
    assert!(
        again.iter().eq(config.iter()),
        "{config:?} became {again:?}"
    );
});
