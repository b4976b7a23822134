//! Every rule, as data, in the order in which the cases are made. The severity
//! is the worst that a case can find.

use choria_external_ddl::lint::{Rule, Severity};

use super::probe::{Halt, Probe};
use super::{Verdict, every_start, files, last_words, named, requests, surroundings};

/// A rule and the case that judges it.
pub(super) struct Entry {
    pub(super) rule: &'static Rule,
    pub(super) judge: fn(&mut Probe) -> Result<Verdict, Halt>,
    /// Whether it looks at what all cases before it started.
    pub(super) every_start: bool,
}

/// For each rule a line with its code, severity, title and case, one with the
/// reason for it, and one with how to keep it.
macro_rules! rules {
    ($($name:ident = $code:literal $severity:ident $title:literal $module:ident::$judge:ident, $why:literal, $mend:literal;)*) => {
        $(
            pub(super) static $name: Rule = Rule::new($code, Severity::$severity, $title, $why, $mend);
        )*

        /// All rules of [`Conformance`](super::Conformance), in the order of
        /// their codes. The last one is for programs that are not agents.
        pub static CONFORMANCE_RULES: &[&Rule] = &[$(&$name,)* &VALID_REPLY];

        pub(super) static ENTRIES: &[Entry] = &[$(Entry {
            rule: &$name,
            judge: $module::$judge,
            every_start: is_every_start(stringify!($module)),
        }),*];
    };
}

/// Judged by [`Conformance::check_function`](super::Conformance::check_function) alone.
pub(super) static VALID_REPLY: Rule = Rule::new(
    "C031",
    Severity::Error,
    "valid replies",
    "A program of a function type other than an agent's owes a reply that keeps the schema of the type to every request, also to one that is not \
     JSON or breaks its schema: the caller of any other reply does not learn what is wrong.",
    "Check the request before anything is done with it, and write the type's own reply for a failure.",
);

const fn is_every_start(module: &str) -> bool {
    matches!(module.as_bytes(), b"every_start")
}

rules! {
    NAMES = "C001" Error "names" files::names,
        "A server looks for NAME.json, and beside it for a program NAME, where NAME is metadata.name: it does not find other names.",
        "Give the program, its DDL and metadata.name the same name.";
    PERMISSIONS = "C002" Error "permissions" files::permissions,
        "A server cannot start a file that is not executable; and if others can write to it, the server runs what they put there.",
        "Let everybody read the program and its DDL and execute the program, and only the owner write: chmod 755 and chmod 644.";
    DDL = "C003" Error "DDL" files::ddl,
        "A server does not load an agent without a valid DDL, or checks less than the DDL seems to say.",
        "Fix what choria-external ddl lint reports.";
    RUBY_DDL = "C004" Note "Ruby DDL" files::ruby,
        "The Ruby client mco finds an agent by its NAME.ddl; choria and the servers need only the JSON form.",
        "If somebody uses mco, write it with choria-external ddl convert.";
    ACTIVATION = "C005" Error "activation" requests::activation,
        "An agent that does not answer within 2 s, with exit status 0 and {\"activate\": true}, is not active until the server restarts.",
        "If CHORIA_EXTERNAL_PROTOCOL is io.choria.mcorpc.external.v1.activation_request, reply {\"activate\": true} at once.";
    NO_FACTS = "C006" Error "activation without facts" requests::no_facts,
        "During the activation the facts file is empty: a program that expects JSON there fails, and never becomes active.",
        "Read an empty facts file as {}, or read the facts only where they are needed.";
    UNKNOWN_ACTION = "C007" Error "unknown action" requests::unknown_action,
        "A server can pass on an action that the DDL has and the program does not, as after half an update: the caller must see a failure.",
        "Reply with statuscode 2, UnknownAction, and end with exit status 0.";
    MISSING_INPUT = "C008" Error "missing input" requests::missing_input,
        "Servers check requests, but tests, other callers and servers with another DDL do not: an action must not run without its inputs.",
        "Check each input before the action does anything; reply with statuscode 3, MissingData.";
    WRONG_INPUT = "C009" Error "wrong input" requests::wrong_input,
        "Servers check requests, but tests, other callers and servers with another DDL do not: an action must not run with inputs of the wrong type.",
        "Check each input before the action does anything; reply with statuscode 4, InvalidData.";
    NULL_DATA = "C010" Error "null data" requests::null_data,
        "Clients can send null instead of the inputs, and servers pass it on.",
        "Read null as {}.";
    ODD_UNICODE = "C011" Error "odd Unicode" requests::odd_unicode,
        "Servers pass strings on unchanged, including lone surrogates and \\u0000, which strict JSON readers refuse: the caller gets no reply.",
        "Read lone surrogates as U+FFFD; refuse strings that cannot be used with statuscode 4.";
    LARGE_INTEGERS = "C012" Error "large numbers" requests::large_numbers,
        "Servers pass numbers on as they are written: integers beyond 2^53, and beyond 64 bits, reach the agent.",
        "Read integers exactly, and refuse those that do not fit with statuscode 4.";
    EQUAL_KEYS = "C013" Error "equal keys" requests::equal_keys,
        "Servers pass on an object that has a key twice, after checking the last value: the reply must not be lost.",
        "Let the last of equal keys count.";
    DEEP_NESTING = "C014" Error "deep nesting" requests::deep_nesting,
        "A server reads 10,000 levels of JSON and passes them on: a reader that overflows its stack loses the reply.",
        "Read JSON with a limit on its depth, and refuse deeper JSON with statuscode 4.";
    LARGE_REQUEST = "C015" Error "1 MiB of data" requests::large_request,
        "A network carries messages of about 1 MiB: an agent must be able to read one.",
        "Read the whole request file, not only as much as a buffer of fixed size holds.";
    NAMED_CALL = "C016" Error "the named call" named::call,
        "The reply to a call that the author names as harmless and correct must be one of success, and reach the caller as it was meant.",
        "Make the call with choria-external run, which shows the reply and the log.";
    PROCESS_RESULTS = "C017" Error "process_results" named::process_results,
        "Clients can add a boolean process_results, which no DDL declares, and servers pass it on.",
        "Ignore the input process_results.";
    UNDECLARED_INPUT = "C018" Warning "undeclared input" named::undeclared_input,
        "Servers refuse inputs that the DDL does not declare; an agent that accepts them hides misspelt names from other callers.",
        "Refuse undeclared inputs, except process_results, with statuscode 4.";
    UNSAFE_STRING = "C019" Error "string its validation refuses" named::unsafe_text,
        "Without a maxlength above 0 servers skip the validation: a;rm -rf / passes shellsafe and reaches the program.",
        "Check the validation again in the agent, and give each string a maxlength; reply with statuscode 4.";
    ODD_CONFIG = "C020" Error "odd configuration files" surroundings::odd_config,
        "CHORIA_EXTERNAL_CONFIG names a file that need not exist, and people write it by hand: no content of it must cost the reply.",
        "Without a file use the defaults; ignore lines without =; if the file cannot be read, reply with statuscode 1.";
    CONFIG_PLACES = "C021" Error "places of the configuration" surroundings::config_places,
        "The server names plugin.d/NAME, but Puppet writes plugin.d/NAME.cfg: an agent that reads only the named file has no settings.",
        "Look for that file, then for that path with .cfg appended, then for NAME.cfg in a folder at that path.";
    NO_HOME = "C022" Error "no HOME" surroundings::no_home,
        "Servers do not set HOME, LANG or TMPDIR.",
        "Do without them, or use a default.";
    EMPTY_PATH = "C023" Warning "empty PATH" surroundings::empty_path,
        "Servers pass on their own PATH, which is empty or short if a service manager sets none.",
        "Name programs by their whole path, also the interpreter in the #! line.";
    EXIT_STATUS = "C024" Error "exit status 0" every_start::exit_status,
        "A server ignores the reply of a program that ends with another exit status or by a signal.",
        "Catch every error and panic, write the reply, and end with 0.";
    WHOLE_REPLY = "C025" Error "whole replies" every_start::whole_reply,
        "If a reply file is empty, cut or not JSON, the caller sees only that it could not be decoded.",
        "Write one JSON object in one go, at the end of every path through the program.";
    THREE_KEYS = "C026" Error "all three keys" every_start::three_keys,
        "If data is not an object, the caller gets neither code nor message; without statuscode a failure is a success; without statusmsg it reads OK.",
        "Write statuscode, statusmsg and data in every reply, and make data an object.";
    LONG_LINE = "C027" Error "no line of 64 KiB" every_start::long_line,
        "After a line of 65,536 bytes or more the server stops reading, and the program blocks until it is killed.",
        "Print shorter lines.";
    LOST_LOG = "C028" Warning "log at the end" last_words::lost_log,
        "A server closes its end of the output as soon as the program has ended: what was printed last is often not logged.",
        "Before the program ends, wait until its output is read, for a second at most: until FIONREAD on 1 and 2 gives 0.";
    TIME_LIMIT = "C029" Error "end within the limit" every_start::time_limit,
        "A program that takes longer than its limit is killed, and the caller gets no reply at all.",
        "Refuse at once what must be refused; give slow work a limit of its own, shorter than the DDL's timeout.";
    LEFT_BEHIND = "C030" Error "nothing left running" every_start::left_behind,
        "A process that a program leaves running lives on under the server, one more with each call.",
        "Wait for the processes that you start, and end them when the call ends.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_count_up_and_texts_are_sentences() {
        for (rule, number) in CONFORMANCE_RULES.iter().zip(1..) {
            assert_eq!(rule.code, format!("C{number:03}"));
            for sentence in [rule.why, rule.mend] {
                assert!(sentence.ends_with('.'), "{}: {sentence}", rule.code);
            }
        }
        let every_start = ENTRIES.iter().filter(|entry| entry.every_start);
        assert_eq!(every_start.count(), 6);
    }
}
