//! Files that are no DDL, or a strange one.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use choria_external_ddl::Ddl;
use choria_external_ddl::lint::lint_ruby;

use super::spellings::REFUSED;
#[cfg(unix)]
use crate::growth::ENOUGH;

#[test]
fn what_is_no_ddl_in_json_is_told_with_its_place() {
    let deep = "[".repeat(100_000);
    let deep_in_place = format!(
        "{{\n \"actions\": {}1{}}}",
        "[".repeat(126),
        "]".repeat(126)
    );
    let mut told = String::new();
    for (name, json) in [
        ("nothing", ""),
        ("no JSON", "metadata :name => 'x'"),
        ("cut", "{\n  \"metadata\": {\"name\": \"x\""),
        ("trailing comma", "{\r\n  \"actions\": [],\r\n}"),
        ("comment", "{\n  // why\n}"),
        ("byte order mark", "\u{feff}{}"),
        ("deep", &deep),
        ("deep in place", &deep_in_place),
        (
            "wrong types",
            "{\"metadata\": {\"name\": \"x\",\n  \"timeout\": 1.5}}",
        ),
        (
            "odd key",
            "{\"actions\": [{\"input\": {\"a b\": {\"\u{e9}\": 1, \"list\": [\"a\",\n\t2]}}}]}",
        ),
        ("without metadata", "{\"actions\": []}"),
        (
            "duplicate actions",
            "{\"metadata\": {\"name\": \"x\", \"provider\": \"external\", \"timeout\": 2},
              \"actions\": [{\"action\": \"a\"}, {\"action\": \"b\"}, {\"action\": \"a\"}]}",
        ),
        (
            "line ends of Windows",
            "{\r\n  \"metadata\": {\r\n    \"name\": 5\r\n  }\r\n}\r\n",
        ),
    ] {
        let verdict = match Ddl::from_json(json.as_bytes()) {
            Ok(ddl) => ddl.refused_by_server().unwrap_or("runs".into()),
            Err(error) => error.to_string(),
        };
        let _ = writeln!(told, "{name}: {verdict}");
    }
    insta::assert_snapshot!("json", told);
}

fn tell(told: &mut String, name: &str, ruby: &str) {
    let error = Ddl::from_ruby(ruby).expect_err(name);
    let _ = writeln!(told, "{name}: {error}");
}

/// Each variable within the one before.
fn wrapped(open: &str, close: &str) -> String {
    let wrapped: String = (0..40)
        .map(|at| format!("[{open}x{at}{close}].each do |x{}|\n", at + 1))
        .collect();
    let ends = "end\n".repeat(41);
    format!("metadata :name => 'x'\n[1].each do |x0|\n{wrapped}{ends}")
}

#[test]
fn what_is_no_ddl_in_ruby_is_told_with_its_place() {
    let start = "metadata :name => 'x'\n";
    let deep = format!("{start}requires :a => {}", "[".repeat(100_000));
    let blocks = format!("{start}{}", "['a'].each do |x|\n".repeat(100));
    let methods = format!("{start}usage 'a'{}", ".to_s".repeat(100_000));
    let joined = format!("{start}usage {}", "\"#{".repeat(100_000));
    let items = "'a',".repeat(100);
    let loops: String = (0..4)
        .map(|at| format!("[{items}].each do |x{at}|\n"))
        .collect();
    let loops = format!("{start}{loops}{}", "end\n".repeat(4));
    let doubled: String = (0..40)
        .map(|at| format!("[\"#{{x{at}}}#{{x{at}}}\"].each do |x{}|\n", at + 1))
        .collect();
    let doubled = format!(
        "{start}['aa'].each do |x0|\n{doubled}{}",
        "end\n".repeat(41)
    );
    let mut told = String::new();
    for (name, ruby) in [
        ("nothing", ""),
        ("JSON", "{\"metadata\": {}}"),
        ("text", "This is no DDL."),
        ("without metadata", "action 'a' do\nend\n"),
        (
            "twice a metadata without a comma",
            "metadata :name => 'x'\n  :timeout => 1\n",
        ),
        ("constant", "metadata :name => ENV['X']\n"),
        ("call", "metadata :name => `id`\n"),
        ("system", "metadata :name => 'x'\nsystem 'true'\n"),
        (
            "system in a text",
            "metadata :name => \"#{system('true')}\"\n",
        ),
        ("class", "class MCollective\nend\n"),
        ("heredoc", "usage <<-END\ntext\nEND\n"),
        ("words", "x = %w[a b]\n"),
        ("wrong type", "metadata :name => 'x', :timeout => '10'\n"),
        (
            "input outside",
            "metadata :name => 'x'\ninput :x, :prompt => 'p'\n",
        ),
        (
            "metadata inside",
            "action 'a' do\n  metadata :name => 'x'\nend\n",
        ),
        (
            "aggregate outside",
            "action 'a' do\n  aggregate summary(:x)\nend\n",
        ),
        (
            "no end",
            "metadata :name => 'x'\naction 'a' do\n  display :ok\n",
        ),
        ("no quote", "metadata :name => \"x\n"),
        ("no value", "metadata :name =>\n"),
        (
            "two displays in one",
            "action 'a' do\n  display :ok, :failed\nend\n",
        ),
        ("block without a name", "['a'].each do\nend\n"),
        ("braces", "['a'].each { |x| usage x }\n"),
        ("unknown variable", "['a'].each do |x|\n  usage y\nend\n"),
        ("other method", "usage 'a'.reverse\n"),
        ("other pattern", "usage 'a'.sub(/[a-z]+/, 'b')\n"),
        ("octal", "metadata :timeout => 010\n"),
        ("large", "metadata :timeout => 99999999999 * 99999999999\n"),
        (
            "display as property",
            "action 'a', :display => :ok do\nend\n",
        ),
        (
            "symbol key missing",
            "action 'a' do\n  input :x, 'prompt'\nend\n",
        ),
        (
            "place behind what is wide",
            "# \u{1f600}\r\nmetadata :name => \"\u{e9}\u{e9}\", :x => ?\r\n",
        ),
        ("byte order mark", "\u{feff}metadata x\n"),
        ("deep", &deep),
        ("deep blocks", &blocks),
        ("long chain", &methods),
        ("deep texts", &joined),
        ("loops in loops", &loops),
        ("texts that double", &doubled),
        ("deep by variables", &wrapped("[", "]")),
        ("deep by hashes", &wrapped("{:k => ", "}")),
    ] {
        tell(&mut told, name, ruby);
    }
    for (name, ruby) in REFUSED {
        tell(&mut told, name, ruby);
    }
    insta::assert_snapshot!("ruby", told);
}

#[test]
#[allow(clippy::too_many_lines)] // A list of cases.
fn a_small_ddl_that_makes_much_is_refused_at_once() {
    let lists = |items: &str, depth: usize, inner: &str| {
        let heads: String = (0..depth)
            .map(|at| format!("[{items}].each do |x{at}|\n"))
            .collect();
        format!("{heads}{inner}{}", "end\n".repeat(depth))
    };
    let doubling: String = (0..40)
        .map(|at| format!("[[x{at}, x{at}]].each do |x{}|\n", at + 1))
        .collect();
    let keys: String = (0..40)
        .map(|at| format!("[{{:a => x{at}, :b => x{at}}}].each do |x{}|\n", at + 1))
        .collect();
    let inputs: String = (0..6000)
        .map(|at| format!("input :i{at}, :default => x0\n"))
        .collect();
    let ones = "1,".repeat(100);
    let many = "1,".repeat(100_000);
    let long = "x".repeat(500_000);
    for (name, ruby) in [
        (
            "lists that double",
            format!("[[1]].each do |x0|\n{doubling}{}", "end\n".repeat(41)),
        ),
        (
            "hashes that double",
            format!("[1].each do |x0|\n{keys}{}", "end\n".repeat(41)),
        ),
        (
            "copies of a long text",
            lists(
                &format!("['{long}']"),
                1,
                &format!("action 'a' do\n{inputs}end\n"),
            ),
        ),
        (
            "empty loops",
            format!("[{ones}].each do |y|\n{}end\n", lists(&many, 1, "")),
        ),
        ("loops within loops", lists(&ones, 5, "")),
        ("actions in loops", lists(&ones, 4, "action 'a' do\nend\n")),
        (
            "joined texts",
            lists(
                "'aaaaaaaaaaaaaaaaaaaa'",
                1,
                &lists(&ones, 3, "usage \"#{x0}#{x0}#{x0}\"\n"),
            ),
        ),
        (
            "methods",
            lists(&ones, 4, "usage 'a'.upcase.downcase.sub(/a/, 'b')\n"),
        ),
        (
            "lists with a long string between",
            lists(&ones, 2, &format!("usage [{ones}1].join('{long}')\n")),
        ),
        (
            "a long string in place of each character",
            lists(&ones, 1, &format!("usage '{long}'.gsub('x', '{long}')\n")),
        ),
        (
            "variables that double",
            format!("x = 'aa'\n{}", "x = x + x\n".repeat(60)),
        ),
        (
            "methods in methods",
            format!(
                "def m0\nend\n{}m6\n",
                (1..7)
                    .map(|at| format!("def m{at}\n{}end\n", format!("m{}\n", at - 1).repeat(30)))
                    .collect::<String>()
            ),
        ),
        (
            "a function with a long name",
            format!(
                "action 'a' do\nsummarize do\n{}end\nend\n",
                lists(&ones, 2, &format!("aggregate {long}(:a)\n"))
            ),
        ),
        (
            "a variable with a long name",
            lists(
                &ones,
                2,
                &format!("['a'].each do |{long}|\nusage {long}\nend\n"),
            ),
        ),
    ] {
        let ruby = format!("metadata :name => 'x'\n{ruby}");
        let began = Instant::now();
        let error = Ddl::from_ruby(&ruby).expect_err(name);
        println!("{name}: {:?}", began.elapsed());
        assert!(
            error
                .what
                .starts_with("this file makes far more than is written in it"),
            "{name}: {error}"
        );
        // Far more than it takes, for a busy machine.
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{name}: {:?}",
            began.elapsed()
        );
    }
}

/// The same thing over and over, numbered.
#[cfg(unix)]
type Shape = fn(usize) -> String;

/// How much longer it takes to read and judge sixteen times as much.
#[cfg(unix)]
fn growth(text: impl Fn(usize) -> String) -> f64 {
    crate::growth::of(&text, |ruby| {
        let _ = Ddl::from_ruby(ruby);
        lint_ruby(ruby.as_bytes());
    })
}

/// Each of these is the same thing over and over, of which sixteen times as much
/// takes some sixteen times as long; 256 times where each of them looks at all
/// others.
#[test]
#[cfg(unix)]
#[allow(clippy::too_many_lines)] // A list of cases.
fn the_time_to_read_grows_as_the_text_does() {
    let many = |one: Shape, count: usize| (0..count).map(one).collect::<String>();
    let shapes: [(&str, &str, Shape, &str); 23] = [
        ("numbers", "requires :a => [", |_| "1,".into(), "]"),
        ("words", "requires :a => %w[", |_| "a ".into(), "]"),
        ("texts side by side", "usage ", |_| "'' ".into(), ""),
        ("sums", "usage ", |_| "'a'+".into(), "''"),
        ("code in a text", "usage \"", |_| "#{1}".into(), "\""),
        ("a text in a line", "usage '", |_| "aaaa".into(), "'"),
        ("lines", "", |_| "\n".into(), ""),
        ("comments", "", |_| "# a\n".into(), ""),
        ("long comments", "", |_| "=begin\n=end\n".into(), ""),
        (
            "heredocs without an end",
            "requires :a => [",
            |_| "<<A,".into(),
            "]\n",
        ),
        (
            "a heredoc of many lines",
            "usage <<~A\n",
            |_| "  a\n".into(),
            "A\n",
        ),
        ("keys", "metadata :a => 1", |at| format!(",:a{at} => 1"), ""),
        ("metadata", "", |_| "metadata :name => 'x'\n".into(), ""),
        ("variables", "", |at| format!("x{at} = 1\n"), ""),
        ("one variable", "", |_| "x = 1\n".into(), ""),
        ("constants", "", |at| format!("X{at} = 1\n"), ""),
        ("methods", "", |at| format!("def x{at}\nend\n"), ""),
        ("calls", "def x\nend\n", |_| "x\n".into(), ""),
        (
            "conditions",
            "",
            |_| "usage 'a' if true && !false\n".into(),
            "",
        ),
        ("actions", "", |at| format!("action :a{at} do\nend\n"), ""),
        ("one action", "", |_| "action 'a' do\nend\n".into(), ""),
        (
            "inputs",
            "action 'a' do\n",
            |at| format!("input :i{at}, :a => 1\n"),
            "end\n",
        ),
        (
            "aggregates",
            "action 'a' do\nsummarize do\n",
            |at| format!("aggregate summary(:x{at})\n"),
            "end\nend\n",
        ),
    ];
    for (name, before, one, after) in shapes {
        let text = |count| format!("metadata :name => 'x'\n{before}{}{after}", many(one, count));
        let growth = growth(text);
        assert!(growth < ENOUGH, "{name}: {growth}");
    }
    // A body for each of many heredocs of one line.
    let growth = growth(|count| {
        let (wanted, bodies) = ("<<A,".repeat(count), "a\nA\n".repeat(count));
        format!("metadata :name => 'x'\nrequires :a => [{wanted}]\n{bodies}")
    });
    assert!(growth < ENOUGH, "heredocs: {growth}");
}

#[test]
fn a_large_ddl_takes_bounded_time() {
    let began = Instant::now();
    let action = |at: usize| {
        let entry = |name: String| {
            format!("\"{name}\": {{\"type\": \"string\", \"description\": \"\u{e9}\", \"x\": [1]}}")
        };
        let entries: Vec<_> = (0..50).map(|input| entry(format!("i{input}"))).collect();
        format!(
            "{{\"action\": \"a{at}\", \"input\": {{{}}}}}",
            entries.join(",")
        )
    };
    let actions: Vec<_> = (0..1500).map(action).collect();
    let unknown: Vec<_> = (0..50_000).map(|at| format!("\"k{at}\": {at}")).collect();
    // All in one line, many keys in one object, and many of one name.
    let json = format!(
        "{{{}, \"metadata\": {{{}\"name\": \"x\", \"provider\": \"external\", \"timeout\": 5}}, \"actions\": [{}]}}",
        unknown.join(","),
        "\"url\": \"u\",".repeat(20_000),
        actions.join(","),
    );
    assert!(json.len() > 5_000_000, "{}", json.len());
    let ddl = Ddl::from_json(json.as_bytes()).unwrap();
    assert_eq!(ddl.refused_by_server(), None);
    assert_eq!(ddl.extra.iter().count(), 50_000);
    assert_eq!(Ddl::from_json(ddl.to_json().as_bytes()).unwrap(), ddl);

    let mut less = ddl;
    less.actions.truncate(700);
    let ruby = less.to_ruby();
    assert!(ruby.len() > 5_000_000, "{}", ruby.len());
    assert_eq!(Ddl::from_ruby(&ruby).unwrap().actions, less.actions);
    assert!(
        began.elapsed() < Duration::from_mins(5),
        "{:?}",
        began.elapsed()
    );
}
