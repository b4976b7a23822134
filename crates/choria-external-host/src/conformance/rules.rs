//! Every rule, as data, in the order in which the cases are made. The severity
//! is that of the worst which a case can find.

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

/// One line for code, severity, title and case, one for why, one for how to
/// mend it.
macro_rules! rules {
    ($($name:ident = $code:literal $severity:ident $title:literal $module:ident::$judge:ident, $why:literal, $mend:literal;)*) => {
        $(
            pub(super) static $name: Rule = Rule::new($code, Severity::$severity, $title, $why, $mend);
        )*

        /// All rules of [`Conformance`](crate::Conformance), in the order of
        /// their codes.
        pub static CONFORMANCE_RULES: &[&Rule] = &[$(&$name),*];

        pub(super) static ENTRIES: &[Entry] = &[$(Entry {
            rule: &$name,
            judge: $module::$judge,
            every_start: is_every_start(stringify!($module)),
        }),*];
    };
}

const fn is_every_start(module: &str) -> bool {
    matches!(module.as_bytes(), b"every_start")
}

rules! {
    NAMES = "C001" Error "names" files::names,
        "A server looks for NAME.json and beside it for a program NAME, where NAME is metadata.name: others it does not find.",
        "Give the program, its DDL and metadata.name the same name.";
    PERMISSIONS = "C002" Error "permissions" files::permissions,
        "A server cannot start a file that is not executable, and runs what anyone else who may write to it puts there.",
        "Let all read the program and its DDL, execute the program, and only the owner write: chmod 755 and chmod 644.";
    DDL = "C003" Error "DDL" files::ddl,
        "A server does not load an agent without a good DDL, or checks less than it seems to say.",
        "Mend what choria-external ddl lint shows.";
    RUBY_DDL = "C004" Note "Ruby DDL" files::ruby,
        "The Ruby client mco knows an agent by its NAME.ddl; choria and the servers need only the JSON.",
        "Write it by choria-external ddl convert, if somebody uses mco.";
    ACTIVATION = "C005" Error "activation" requests::activation,
        "An agent that does not answer within 2 s with exit status 0 and {\"activate\": true} is not active until the server restarts.",
        "Answer the protocol io.choria.mcorpc.external.v1.activation_request, which only CHORIA_EXTERNAL_PROTOCOL tells, at once.";
    NO_FACTS = "C006" Error "activation without facts" requests::no_facts,
        "At the activation the facts file has no bytes: a program that wants JSON there fails, and is never active.",
        "Read an empty facts file as {}, or read facts only where they are needed.";
    UNKNOWN_ACTION = "C007" Error "unknown action" requests::unknown_action,
        "A server passes on an action that its DDL has and the program has not, as after half an update: the caller must see a failure.",
        "Reply with statuscode 2, UnknownAction, and end with exit status 0.";
    MISSING_INPUT = "C008" Error "missing input" requests::missing_input,
        "Servers check requests, but tests, other callers and servers with another DDL do not: an action must not run on half its inputs.",
        "Check each input before the action does anything; reply with statuscode 3, MissingData.";
    WRONG_INPUT = "C009" Error "wrong input" requests::wrong_input,
        "Servers check requests, but tests, other callers and servers with another DDL do not: an action must not run on inputs of other types.",
        "Check each input before the action does anything; reply with statuscode 4, InvalidData.";
    NULL_DATA = "C010" Error "null data" requests::null_data,
        "Clients may send null in place of inputs, and servers pass it on.",
        "Read null as {}.";
    ODD_UNICODE = "C011" Error "odd Unicode" requests::odd_unicode,
        "Servers pass texts on as they are, lone surrogates and \\u0000 too, which strict readers of JSON refuse: the caller gets no reply.",
        "Read lone surrogates as U+FFFD; refuse what cannot be used with statuscode 4.";
    LARGE_INTEGERS = "C012" Error "large numbers" requests::large_numbers,
        "Servers pass the texts of numbers on: integers beyond 2^53 and beyond 64 bits reach the agent.",
        "Read integers as such, and refuse those that do not fit with statuscode 4.";
    EQUAL_KEYS = "C013" Error "equal keys" requests::equal_keys,
        "Servers pass on a key that stands twice, and have checked the last: the reply must not be lost.",
        "Let the last of equal keys count.";
    DEEP_NESTING = "C014" Error "deep nesting" requests::deep_nesting,
        "A server reads 10,000 levels of JSON and passes them on: a reader that overflows its stack loses the reply.",
        "Read JSON with a limit on its depth, and reply with statuscode 4 beyond it.";
    LARGE_REQUEST = "C015" Error "1 MiB of data" requests::large_request,
        "A network carries about 1 MiB a message: so much an agent must read.",
        "Read the whole request file, without a fixed room for it.";
    NAMED_CALL = "C016" Error "the named call" named::call,
        "What the author says is a good call must reach the caller as it was meant.",
        "Look at the call with choria-external run.";
    PROCESS_RESULTS = "C017" Error "process_results" named::process_results,
        "Clients may add a boolean process_results that no DDL declares, and servers pass it on.",
        "Pass over the input process_results.";
    UNDECLARED_INPUT = "C018" Warning "undeclared input" named::undeclared_input,
        "Servers refuse inputs that the DDL does not declare; an agent that does not hides slips in their names from other callers.",
        "Refuse what is not declared, process_results aside, with statuscode 4.";
    UNSAFE_TEXT = "C019" Error "text its validation refuses" named::unsafe_text,
        "Without a maxlength above 0 servers skip the validation: a;rm -rf / passes shellsafe and reaches the program.",
        "Check the validation again in the agent, and give each text a maxlength; reply with statuscode 4.";
    ODD_CONFIG = "C020" Error "odd configuration files" surroundings::odd_config,
        "CHORIA_EXTERNAL_CONFIG names a file that need not exist, and people write what they like there: that must not cost the reply.",
        "Without a file take the defaults; pass over lines without =; reply with statuscode 1 where the file cannot be read.";
    CONFIG_PLACES = "C021" Error "places of the configuration" surroundings::config_places,
        "The server names plugin.d/NAME; Puppet writes plugin.d/NAME.cfg: an agent that reads the named file alone has no settings.",
        "Look for that file, then that path with .cfg behind it, then NAME.cfg in that path as a folder.";
    NO_HOME = "C022" Error "no HOME" surroundings::no_home,
        "Servers give a program no HOME, and no LANG or TMPDIR.",
        "Do without it, or take a default.";
    EMPTY_PATH = "C023" Warning "empty PATH" surroundings::empty_path,
        "Servers pass on their own PATH, which is empty or short where a service manager sets none.",
        "Name programs by their whole path, that of the interpreter in the #! line too.";
    EXIT_STATUS = "C024" Error "exit status 0" every_start::exit_status,
        "A server ignores the reply of a program that ends with another exit status or by a signal.",
        "Catch every error and panic, write the reply, end with 0.";
    WHOLE_REPLY = "C025" Error "whole replies" every_start::whole_reply,
        "Of a reply file that is empty, cut or no JSON the caller sees only that it could not be decoded.",
        "Write one JSON object in one go, at the end of every path through the program.";
    THREE_KEYS = "C026" Error "all three keys" every_start::three_keys,
        "Without data that is an object the caller loses code and message; without statuscode a failure is a success; without statusmsg it reads OK.",
        "Write statuscode, statusmsg and data in every reply, data an object.";
    LONG_LINE = "C027" Error "no line of 64 KiB" every_start::long_line,
        "A line of 65,536 bytes or more ends the server's reading for good, and the program blocks until it is killed.",
        "Cut what you print into shorter lines.";
    LOST_LOG = "C028" Warning "log at the end" last_words::lost_log,
        "A server closes its end of the output as soon as the program has ended: what was printed last is often not logged.",
        "Before the end wait, for a short time at the most, until the output is read: until FIONREAD on 1 and 2 gives 0.";
    TIME_LIMIT = "C029" Error "end within the limit" every_start::time_limit,
        "A program that takes longer than its limit is killed, and the caller gets no reply at all.",
        "Refuse at once what must be refused; give what takes long a limit of its own below the DDL's timeout.";
    LEFT_BEHIND = "C030" Error "nothing left running" every_start::left_behind,
        "What a program leaves running lives on under the server, one more with each call.",
        "Wait for the processes you start, and end them where the call ends.";
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
