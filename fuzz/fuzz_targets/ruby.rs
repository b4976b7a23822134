//! DDLs in Ruby: whatever is read can be written and read again as it was, and
//! nothing takes long.

#![no_main]

use choria_external_ddl::Ddl;
use choria_external_fuzz::sayable_in_ruby;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let ddl = match Ddl::from_ruby(text) {
        Ok(ddl) => ddl,
        Err(error) => {
            assert!(error.line > 0 && error.column > 0, "{error}");
            return;
        }
    };
    let ruby = ddl.to_ruby();
    let sayable = sayable_in_ruby(ddl.clone());
    assert_eq!(Ddl::from_ruby(&ruby), Ok(sayable), "{ruby}");
    let json = ddl.to_json();
    assert_eq!(Ddl::from_json(json.as_bytes()), Ok(ddl), "{json}");
});
