//! What a server asks.

use std::process::{Command, Output};

use crate::programs::built;

fn answering(arguments: &[&str]) -> Output {
    Command::new(built("answering"))
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// 10,000 requests by 8 threads, of which some fail, panic and are cancelled.
#[cfg(target_os = "linux")]
#[test]
fn answering_changes_nothing_that_a_process_shares() {
    let output = answering(&[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_server_that_hides_secrets_in_panics_shows_none() {
    let told = stderr(&answering(&["hide"]));
    assert!(!told.contains("hunter2"), "{told}");
    assert!(
        told.contains(r#"answer: action 'panic' panicked: Some("***") None None"#),
        "{told}"
    );
    // Panics outside of calls go where they went before.
    assert!(told.contains("\noutside of a call\n"), "{told}");
}

#[test]
fn a_secret_that_hides_itself_is_hidden_from_any_hook() {
    let told = stderr(&answering(&["secret"]));
    // Rust's own hook, and the answer.
    assert_eq!(told.matches("None Some(***) None").count(), 2, "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}
