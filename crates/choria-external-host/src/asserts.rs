//! What tests say of an outcome. A failure shows the whole of it.

use std::fmt::Write as _;

use choria_external_protocol::StatusCode;
use serde_json::Value;

use crate::compare::{Compare, differences};
use crate::discovered::DiscoveryOutcome;
use crate::log::{Level, LogLine};
use crate::outcome::Outcome;
use crate::reply::PublishedReply;

/// Each takes the outcome and gives it back, for the next.
impl Outcome {
    /// Asserts that the caller gets a reply with status 0.
    ///
    /// # Panics
    /// Panics if it does not. The message shows the whole outcome of the call.
    #[track_caller]
    pub fn assert_ok(&self) -> &Self {
        match &self.reply {
            Some(reply) if reply.statuscode.is_ok() => self,
            Some(reply) => self.fail(&format!("the status is {}, expected 0", reply.statuscode)),
            None => self.fail("the caller gets no reply, expected one with status 0"),
        }
    }

    /// Asserts that the caller gets a reply with this status, whose message contains
    /// `text`.
    ///
    /// # Panics
    /// Panics if it does not. The message shows the whole outcome of the call.
    #[track_caller]
    pub fn assert_fails(&self, code: StatusCode, text: &str) -> &Self {
        match &self.reply {
            Some(reply) if reply.statuscode != code => self.fail(&format!(
                "the status is {}, expected {code}",
                reply.statuscode
            )),
            Some(reply) if !reply.statusmsg.contains(text) => self.fail(&format!(
                "the message is {:?}, expected one with {text:?}",
                reply.statusmsg
            )),
            Some(_) => self,
            None => self.fail(&format!(
                "the caller gets no reply, expected one with status {code}"
            )),
        }
    }

    /// Asserts that the caller gets no reply, for a reason that contains `text`.
    ///
    /// # Panics
    /// Panics if there is a reply, or another reason. The message shows the whole outcome
    /// of the call.
    #[track_caller]
    pub fn assert_no_reply(&self, text: &str) -> &Self {
        let reason = self.reason.as_deref().unwrap_or_default();
        if self.reply.is_some() {
            return self.fail("the caller gets a reply, expected none");
        }
        if !reason.contains(text) {
            return self.fail(&format!(
                "the reason is {reason:?}, expected one with {text:?}"
            ));
        }
        self
    }

    /// Asserts that the reply's data is equal to this, key by key; numbers are compared by
    /// value.
    ///
    /// # Panics
    /// Panics if it differs. The message shows each place, and the whole outcome of the
    /// call.
    #[track_caller]
    pub fn assert_data(&self, wanted: &Value) -> &Self {
        self.compare_data(Compare::Equal, wanted)
    }

    /// Asserts that the reply's data contains this: objects may have more keys.
    ///
    /// # Panics
    /// Panics if something is missing or differs. The message shows each place, and the
    /// whole outcome of the call.
    #[track_caller]
    pub fn assert_data_has(&self, wanted: &Value) -> &Self {
        self.compare_data(Compare::Subset, wanted)
    }

    #[track_caller]
    fn compare_data(&self, how: Compare, wanted: &Value) -> &Self {
        let Some(reply) = &self.reply else {
            return self.fail("the caller gets no reply, and so no data");
        };
        let found = differences(how, wanted, &reply.data);
        if !found.is_empty() {
            return self.fail(&format!(
                "the data is not as expected: {}",
                found.join("; ")
            ));
        }
        self
    }

    /// Asserts that a line of the log at this level contains `text`.
    ///
    /// # Panics
    /// Panics if no line does. The message shows the whole outcome of the call.
    #[track_caller]
    pub fn assert_logged(&self, level: Level, text: &str) -> &Self {
        if !self.lines(level).iter().any(|line| line.contains(text)) {
            return self.fail(&format!("no {} line of the log has {text:?}", level.name()));
        }
        self
    }

    /// Asserts that nothing went wrong besides the reply: the program left nothing
    /// running, the caller gets the intended reply, the server logs everything that was
    /// printed, and there are no warnings.
    ///
    /// # Panics
    /// Panics if something did. The message says what, and shows the whole outcome of the
    /// call.
    #[track_caller]
    pub fn assert_clean(&self) -> &Self {
        let wrong = self.unclean();
        if !wrong.is_empty() {
            return self.fail(&wrong.join("; "));
        }
        self
    }

    #[track_caller]
    fn fail(&self, what: &str) -> &Self {
        panic!("{what}\n{}", self.told());
    }

    /// The whole outcome of the call, as lines.
    fn told(&self) -> String {
        let mut text = String::new();
        match (&self.reply, &self.reason) {
            (Some(reply), _) => text += &told_reply(reply),
            (None, Some(reason)) => text = format!("no reply: {reason}\n"),
            (None, None) => text += "no reply\n",
        }
        for difference in self.intended.iter().flat_map(|reply| &reply.differences) {
            let _ = writeln!(text, "the agent meant something else: {difference}");
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "warning: {warning}");
        }
        let (activation, action) = self.log_by_start();
        text + &told_lines("log of the activation", activation) + &told_log(action)
    }
}

fn told_reply(reply: &PublishedReply) -> String {
    let data = serde_json::to_string_pretty(&reply.data).unwrap_or_default();
    format!(
        "reply: status {}, {:?}, data {data}\n",
        reply.statuscode, reply.statusmsg
    )
}

fn told_log(lines: &[LogLine]) -> String {
    told_lines("log", lines)
}

fn told_lines(what: &str, lines: &[LogLine]) -> String {
    let escape = |text: &str| text.escape_debug().to_string();
    let lines = lines.iter();
    lines
        .map(|line| format!("{what}: {}\n", line.shown(escape)))
        .collect()
}

/// Each takes what was discovered and gives it back, for the next.
impl DiscoveryOutcome {
    /// Asserts that exactly these nodes were found, in any order.
    ///
    /// # Panics
    /// Panics if others were found, or the discovery failed. The message lists the missing
    /// and the unexpected nodes.
    #[track_caller]
    pub fn assert_nodes(&self, wanted: &[&str]) -> &Self {
        let nodes = match &self.nodes {
            Ok(nodes) => nodes,
            Err(reason) => panic!("the discovery failed: {reason}\n{}", told_log(&self.log)),
        };
        let without = |these: &mut dyn Iterator<Item = &str>, those: &[&str]| {
            let only: Vec<&str> = these.filter(|node| !those.contains(node)).collect();
            only.join(", ")
        };
        let found: Vec<&str> = nodes.iter().map(String::as_str).collect();
        let missing = without(&mut wanted.iter().copied(), &found);
        let more = without(&mut found.iter().copied(), wanted);
        assert!(
            missing.is_empty() && more.is_empty(),
            "found {} nodes, expected {}; missing: {missing}; unexpected: {more}\n{}",
            found.len(),
            wanted.len(),
            told_log(&self.log)
        );
        self
    }

    /// Asserts that the discovery failed, with a message of the client that contains
    /// `text`.
    ///
    /// # Panics
    /// Panics if it did not fail, or with another message.
    #[track_caller]
    pub fn assert_fails(&self, text: &str) -> &Self {
        match &self.nodes {
            Err(error) if error.to_string().contains(text) => self,
            Err(error) => panic!(
                "the reason is {:?}, expected one with {text:?}",
                error.to_string()
            ),
            Ok(nodes) => panic!(
                "found {} nodes, expected a failure with {text:?}",
                nodes.len()
            ),
        }
    }
}
