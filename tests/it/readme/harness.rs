use choria_external_host::Harness;
use choria_external_host::log::Level;
use serde_json::json;

pub(crate) fn parrots_repeat() -> Result<(), Box<dyn std::error::Error>> {
    let parrot = Harness::agent("agents/parrot")?
        .facts(&json!({"role": "web"}))?
        .config("log_level", "debug")?;
    let outcome = parrot.call("echo", &json!({"message": "hello"}))?;
    outcome
        .assert_ok()
        .assert_data_has(&json!({"message": "hello"}))
        .assert_clean();
    outcome.assert_logged(Level::Info, "repeated");
    Ok(())
}
