//! The program, called as a server calls it.

use choria_external::StatusCode;
use choria_external_host::log::Level;
use choria_external_host::{Harness, HostError};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_{{name}}");
// Cargo runs tests in the folder of the package.
const DDL: &str = "{{name}}.json";

#[test]
fn a_change_is_logged_and_kept() -> Result<(), HostError> {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let note = folder.path().join("note").display().to_string();
    let node = Harness::agent_with_ddl(PROGRAM, DDL)?
        .config("file", &note)?
        .caller("choria=alice.mcollective");

    node.call("set", &json!({"text": "hello"}))?
        .assert_ok()
        .assert_data(&json!({"changed": true}))
        .assert_logged(Level::Info, "choria=alice.mcollective")
        .assert_clean();
    node.call("get", &json!({}))?
        .assert_ok()
        .assert_data(&json!({"text": "hello"}))
        .assert_clean();
    Ok(())
}

#[test]
fn a_node_can_keep_its_note() -> Result<(), HostError> {
    let node = Harness::agent_with_ddl(PROGRAM, DDL)?.config("readonly", "yes")?;
    node.call("set", &json!({"text": "hello"}))?
        .assert_fails(StatusCode::ABORTED, "cannot be changed on this node");
    Ok(())
}
