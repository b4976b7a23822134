//! Every rule, as data.

use super::{Rule, Severity};

/// One line for code, severity and title, one for why, one for how to mend it.
macro_rules! rules {
    ($($(#[$note:meta])* $name:ident = $code:literal $severity:ident $title:literal, $why:literal, $mend:literal;)*) => {
        $(
            $(#[$note])*
            pub(super) static $name: Rule = Rule {
                code: $code,
                severity: Severity::$severity,
                title: $title,
                why: $why,
                mend: $mend,
            };
        )*

        /// All rules, in the order of their codes.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    NOT_JSON = "D001" Error "not readable as JSON",
        "Choria loads only JSON, and nothing else in this DDL could be checked.",
        "Correct the text at this place.";
    WRONG_TYPE = "D002" Error "a value of the wrong type",
        "Choria does not load a DDL that has a value of the wrong type.",
        "Write a value of the expected type, or leave the key out.";
    DUPLICATE_KEY = "D003" Warning "a key twice in one object",
        "If a key is given twice, Choria silently uses the last value and ignores the others.",
        "Keep one of them.";
    NULL_ACTION = "D004" Error "an action that is null",
        "Choria loads it and crashes as soon as it looks for an action.",
        "Describe the action, or take the null out of the list.";
    SAME_ACTION = "D005" Error "two actions of one name",
        "A server that loads two actions of one name crashes.",
        "Rename one of them, or remove it.";
    ACTION_NAME = "D006" Warning "an action whose name is not a-z, 0-9 and _",
        "Servers load and run it, but Choria's published schema refuses it, and so do tools that check a DDL by that.",
        "Give it a name of a-z, 0-9 and _; callers then have to use that name.";
    RESERVED = "D007" Error "a name that Choria keeps for itself",
        "A server never loads an external agent with this name, because a built-in agent has it.",
        "Choose another name.";
    VERSION = "D008" Error "a version that is not x, x.y or x.y.z",
        "Choria's schema refuses it, except for a * at the end, and tools cannot tell which of two versions is newer.",
        "Write one to three numbers with points between them, such as 1.2.3.";
    TIMEOUT = "D009" Error "a timeout below 2 seconds",
        "Choria's schema refuses it, and it leaves an action no time to end.",
        "Give the seconds that the slowest action may take, at least 2.";
    MISSING = "D010" Error "something required that is missing",
        "Choria's schema requires it, and tools that use the schema refuse the file.",
        "Write it.";
    PROVIDER = "D011" Warning "a provider that servers do not have",
        "A server ignores agents with a provider that it does not know.",
        "Write external for a program of your own.";
    INPUT_CASE = "D012" Error "an input that the command line cannot give",
        "Clients make every name lower case before they look for it, and end it at the first = or :.",
        "Name it with a-z, 0-9 and _ only.";
    DROPPED_INPUT = "D013" Error "an input that never arrives",
        "Servers drop process_results from each request before they look at the inputs.",
        "Give the input another name.";
    INPUT_TYPE = "D014" Error "an input of a type that Choria does not have",
        "No value matches it, or only some parts of Choria accept it; Choria's schema refuses it.",
        "Write string, list, boolean, integer, float, number, hash or array.";
    UNCHECKED = "D015" Error "a validator that is never applied",
        "Without a maxlength above 0 a server skips the validator too, and accepts any string.",
        "Set maxlength to the most bytes that make sense.";
    NO_VALIDATION = "D016" Note "a string that can be anything",
        "An empty validation lets every string through, up to maxlength.",
        "Give a regular expression for what makes sense, if the agent does not check the string itself; see D042 on shells.";
    NEGATIVE_LENGTH = "D017" Error "a maxlength below 0",
        "No string is short enough, so a request with this input never passes.",
        "Set maxlength to the most bytes that make sense.";
    UNKNOWN_VALIDATOR = "D018" Warning "a validator that Choria does not know",
        "A validation that starts with a lowercase letter names a validator; if Choria does not know it, it accepts any string.",
        "Name shellsafe, ipaddress, ipv4address or ipv6address, or start a regular expression with ^.";
    BAD_REGEX = "D019" Error "a regular expression that Choria cannot read",
        "If the regular expression is invalid, no string passes.",
        "Write it in the syntax RE2: no look-around, no back references.";
    EMPTY_LIST = "D020" Error "a list with nothing to choose from",
        "No value passes.",
        "List the values to choose from.";
    INPUT_DEFAULT = "D021" Error "a default that the server refuses",
        "Clients fill in the default, and the server refuses it like any other value.",
        "Write a default that the input's own rules accept, or none.";
    OPTIONAL = "D022" Warning "an input that does not say whether it is optional",
        "Choria takes it as required, and its schema refuses it.",
        "Write optional with true or false.";
    OUTPUT_LABEL = "D023" Warning "an output without a label",
        "Clients print the label before the value, and if it is empty, nothing says what the value is.",
        "Write display_as.";
    OUTPUT_DESCRIPTION = "D024" Note "an output without a description",
        "It tells users what the value means; Choria's schema requires it.",
        "Write description.";
    OUTPUT_NAME = "D025" Warning "an output whose value clients do not find",
        "Clients read the name as a path into the reply, where characters such as . and * have a special meaning.",
        "Name it with a-z, 0-9 and _ only.";
    OUTPUT_TYPE = "D026" Error "an output of a type that Choria does not have",
        "Choria's schema refuses it.",
        "Write string, list, boolean, integer, float, number, hash or array, or leave the type out.";
    OUTPUT_DEFAULT = "D027" Warning "a default of another type than its output",
        "A reply without the output gets a value of a type that its readers do not expect.",
        "Write a default of the output's type, or change the type.";
    DISPLAY = "D028" Error "a display that Choria does not know",
        "Clients show no reply at all if they do not know the word, and Choria's schema refuses it.",
        "Write ok, failed or always.";
    AGGREGATE_ARGS = "D029" Error "an aggregate without arguments",
        "It crashes the client with the first reply.",
        "Write args with the name of an output first.";
    AGGREGATE_OUTPUT = "D030" Warning "an aggregate over no output of its action",
        "If replies do not have it, clients print nothing or an empty summary.",
        "Name an output of this action first in args.";
    AGGREGATE_FUNCTION = "D031" Warning "an aggregate that Choria does not have",
        "Clients silently leave it out.",
        "Write summary, boolean_summary, average or chart.";
    AGGREGATE_TWICE = "D032" Warning "two aggregates over one output",
        "Clients use only the last aggregate over an output.",
        "Keep one of them.";
    AGGREGATE_FORMAT = "D033" Warning "a format that does not fit its values",
        "Clients print a format error instead of the value.",
        "Use %s and then %d for a summary, %f for an average.";
    UNKNOWN_KEY = "D034" Note "a key that Choria does not know",
        "Choria ignores it, even if it is a misspelt key that it knows.",
        "Correct the name, or leave it out.";
    SAME_VERSION = "D035" Error "a DDL that changed and kept its version",
        "A running server reloads a DDL only if its version has changed, and otherwise keeps the old one until it restarts.",
        "Raise the version.";
    LOWER_VERSION = "D036" Warning "a version lower than before",
        "Tools that install the newest version keep the old one.",
        "Give it a higher version than before.";
    OTHER_TYPE = "D037" Warning "a rule that is not for the type of its input",
        "Servers use validation and maxlength only for a string, and list only for a list.",
        "Change the type, or leave the rule out.";
    NOT_RUBY = "D038" Error "not a DDL in Ruby",
        "A DDL that cannot be read can neither be checked nor converted to the JSON form, which servers load.",
        "Correct the text at this place: only the plain statements of a DDL are read, not Ruby in general.";
    GIVEN_AGAIN = "D039" Warning "something that is given twice",
        "Clients in Ruby silently use the last of two, and merge two actions of one name.",
        "Keep one of them, or give it a name of its own.";
    NO_ACTION = "D040" Warning "an agent without any action",
        "Servers load it, but it has nothing to call.",
        "Describe its actions; the .ddl of a validator, aggregate or connector plugin of MCollective has none, and is not that of an agent.";
    AGENT_NAME = "D041" Error "an agent whose name is not a-z, 0-9 and _",
        "The name is a part of the subjects that requests are sent to; Choria's schemas of DDLs and of requests refuse any other.",
        "Give it a name of a-z, 0-9 and _, that of its program and of its DDL file, too.";
    SHELLSAFE = "D042" Note "a validator that does not guard a shell",
        "Choria's shellsafe lets a newline, NUL, &, quotes, backslash, *, ~, blanks and a leading - through.",
        "Start programs without a shell, each string as an argument of its own; where a shell must get it, use the regular expression \\A[A-Za-z0-9_./][A-Za-z0-9_@%+=:,./-]*\\z, which is shell_word in an agent in Rust.";
    NOT_BOOLEAN = "D043" Warning "a value that is not a boolean",
        "In Ruby everything except false and nil is true, even :false and 0; the JSON form has only true and false.",
        "Write true or false.";
    NO_AGGREGATE = "D044" Warning "a function without aggregate",
        "Clients in Ruby ignore a function without aggregate, so nothing is summed up.",
        "Write aggregate before it, within summarize, or leave it out.";
    INPUT_NAME = "D045" Warning "an input whose name is not a-z, 0-9 and _",
        "Servers and clients take it, but Choria's published schema refuses it, and so do tools that check a DDL by that.",
        "Name it with a-z, 0-9 and _; callers then have to use that name.";
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn codes_count_up_and_texts_are_sentences() {
        for (rule, number) in RULES.iter().zip(1..) {
            assert_eq!(rule.code, format!("D{number:03}"));
            for sentence in [rule.why, rule.mend] {
                assert!(sentence.ends_with('.'), "{}: {sentence}", rule.code);
                assert!(
                    sentence.starts_with(char::is_uppercase),
                    "{}: {sentence}",
                    rule.code
                );
            }
        }
    }
}
