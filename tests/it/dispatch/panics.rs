//! Panics in every part of an author's code.

use super::*;

#[test]
fn wherever_the_authors_code_panics_there_is_a_reply() {
    for place in ["deserialize", "handler", "serialize", "drop", "payload"] {
        let request = json!({"protocol": "io.choria.tests.fragile.v1.request", "panics": place});
        let ended = Start::new(
            "fragile",
            "io.choria.tests.fragile.v1.request",
            request.to_string().as_bytes(),
        )
        .run();
        let error = ended.reply()["error"].as_str().unwrap().to_owned();
        assert!(error.starts_with("fragile panicked: "), "{place}: {error}");
    }
}

#[test]
fn where_even_the_failed_reply_panics_the_exit_code_says_so() {
    let request = json!({"protocol": "io.choria.tests.fragile.v1.request", "panics": "failed"});
    let ended = Start::new(
        "fragile",
        "io.choria.tests.fragile.v1.request",
        request.to_string().as_bytes(),
    )
    .run();
    assert_eq!((ended.exit, ended.reply.as_str()), (Some(1), ""));
    assert!(
        ended.stderr.contains(
            "fragile: no reply can be sent: the reply to a failure panicked: failed, on top of: "
        ),
        "{ended:?}"
    );
}
