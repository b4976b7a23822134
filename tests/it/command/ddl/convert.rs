//! `ddl convert`: what is written, where, and what is told of it.

use choria_external_protocol::is_hidden;

use super::*;

#[test]
fn convert_writes_the_other_form_and_nothing_over_another_file() {
    let here = parrot();
    let path = |name: &str| here.path().join(name);
    let there = |name: &str| fs::read_to_string(path(name)).unwrap();
    let ruby = there("parrot.ddl");
    assert_eq!(text(&ddl(&here, "convert parrot.json").stdout), ruby);
    let json = Ddl::from_ruby(&ruby).unwrap().to_json();
    assert_eq!(text(&ddl(&here, "convert parrot.ddl").stdout), json);
    // Its own form, laid out anew.
    let own = Ddl::from_json(GOOD.as_bytes()).unwrap().to_json();
    assert_eq!(
        text(&ddl(&here, "convert parrot.json --to json").stdout),
        own
    );

    let shown = runs(
        &here,
        &[
            "convert parrot.json --output parrot.ddl",
            "convert parrot.json --output new.ddl",
            "convert parrot.json --output new.json",
            "convert parrot.json parrot.ddl",
            "convert parrot.json parrot.ddl --output -",
            "convert parrot.json missing.json parrot.ddl --output out --to json",
            "convert parrot.json --output out/deep/new.ddl",
        ],
    );
    insta::assert_snapshot!("forms", shown);
    assert_eq!(there("parrot.ddl"), ruby);
    assert_eq!(there("new.ddl"), ruby);
    assert_eq!(there("new.json"), own);
    assert_eq!(there("out/parrot.json"), own);

    fs::write(path("new.ddl"), "mine").unwrap();
    assert!(
        !ddl(&here, "convert parrot.json -o new.ddl")
            .status
            .success()
    );
    assert_eq!(there("new.ddl"), "mine");
    assert!(
        ddl(&here, "convert parrot.json -o new.ddl --force")
            .status
            .success()
    );
    assert_eq!(there("new.ddl"), ruby);

    // From standard input the agent says what the file is called.
    let output = ddl_of(&here, "convert - --output named/", GOOD.as_bytes());
    assert_eq!(seen(here.path(), &output), "exit code 0\n");
    assert_eq!(there("named/parrot.ddl"), ruby);
    let outside = GOOD.replace(r#""parrot""#, r#""../parrot""#);
    let output = ddl_of(&here, "convert - --output named/", outside.as_bytes());
    insta::assert_snapshot!(seen(here.path(), &output), @r#"
    exit code 2
    --- stderr
    error: stdin: the agent's name "../parrot" is not a valid file name: give one with --output FILE
    "#);
}

/// Of all that a DDL's texts can hold, a terminal or an editor sees nothing that
/// it would hide, or that would turn other text around.
#[test]
fn nothing_hidden_is_written_or_printed() {
    let hidden = |text: &str| text.replace("Says", "a\u{202e}b\u{200b}c\u{ad}d\u{e0041}");
    let json = hidden(GOOD).replace("\"parrot\"", "\"par\u{2066}rot\"");
    let here = folder(&[("old.json", GOOD), ("hidden.json", &json)]);
    let seen = |text: &str| {
        let found = text.chars().find(|c| is_hidden(*c) && *c != '\n');
        assert_eq!(found, None, "{text}");
    };
    let out = |arguments: &str| {
        let output = ddl(&here, arguments);
        seen(&text(&output.stdout));
        seen(&text(&output.stderr));
        text(&output.stdout)
    };
    let ruby = out("convert hidden.json");
    assert!(
        ruby.contains(r"a\u{202e}b\u{200b}c\u{ad}d\u{e0041}"),
        "{ruby}"
    );
    let wanted = Ddl::from_json(json.as_bytes()).unwrap();
    assert_eq!(Ddl::from_ruby(&ruby).as_ref(), Ok(&wanted));
    fs::write(here.path().join("hidden.ddl"), ruby).unwrap();
    let again = out("convert hidden.ddl");
    assert!(
        again.contains(r"a\u202eb\u200bc\u00add\udb40\udc41"),
        "{again}"
    );
    assert_eq!(Ddl::from_json(again.as_bytes()), Ok(wanted));
    out("doc hidden.json");
    out("lint hidden.json");
    out("diff old.json hidden.json");
    out("validate hidden.json echo message=\u{202e}");
}

/// A DDL that says in other words, or not at all, what Ruby's form has to have.
const OWN_WAY: &str = r#"{
  "$schema": "https://example.net/agent.json",
  "metadata": {"Name": "parrot", "version": "1.0.0", "version": "1.2.3", "timeout": 10, "team": "birds"},
  "actions": [{
    "action": "echo",
    "description": null,
    "input": {"message": {"type": "String", "prompt": "\ud800", "default": null, "maxlength": 9}},
    "output": {"said": {"default": null, "type": ""}},
    "aggregate": [{"function": "summary", "args": {}}, {"function": "average", "args": ["said"], "by": 1}]
  }],
  "colour": "green"
}
"#;

#[test]
fn every_loss_and_addition_is_told_with_its_path() {
    let here = folder(&[
        ("own.json", OWN_WAY),
        (
            "short.ddl",
            "metadata :name => 'parrot', :timeout => 5 * 2, :url => nil # why\naction 'echo' do\n  input :message, :type => :Integer, :default => nil\nend\n",
        ),
    ]);
    let latin: Vec<u8> = GOOD
        .replacen("Says", "\u{1}", 1)
        .bytes()
        .map(|byte| if byte == 1 { 0xe9 } else { byte })
        .collect();
    fs::write(here.path().join("latin.json"), latin).unwrap();
    let shown = runs(
        &here,
        &[
            "convert own.json --output own.ddl",
            "convert own.ddl --output again.json",
            "convert own.json --to json --output own/",
            "convert short.ddl --output short.json",
            "convert latin.json --output latin.ddl",
        ],
    );
    insta::assert_snapshot!("losses", shown);
    let again = fs::read_to_string(here.path().join("again.json")).unwrap();
    assert_eq!(again.matches("\"default\": null").count(), 2, "{again}");
}

#[test]
fn the_ending_of_the_output_says_the_form_in_any_case() {
    let here = parrot();
    let shown = runs(
        &here,
        &[
            "convert parrot.json --output parrot.txt",
            "convert parrot.json --output parrot",
            "convert parrot.json --output parrot.txt --to ruby",
            "convert parrot.json --output NEW.DDL",
            "convert parrot.json --output NEW.JSON",
            "convert parrot.json missing.json --output pages.txt",
        ],
    );
    insta::assert_snapshot!("endings", shown);
    let there = |name: &str| fs::read_to_string(here.path().join(name)).unwrap();
    assert_eq!(there("parrot.txt"), there("parrot.ddl"));
    assert_eq!(there("NEW.DDL"), there("parrot.ddl"));
    assert!(there("NEW.JSON").starts_with('{'));
    assert_eq!(there("pages.txt/parrot.ddl"), there("parrot.ddl"));
    assert!(!here.path().join("parrot").exists());
}

/// The names in a folder.
fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
#[cfg(unix)]
fn a_file_that_is_written_over_is_the_old_or_the_new_one() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let here = parrot();
    let path = |name: &str| here.path().join(name);
    let there = |name: &str| fs::read_to_string(path(name)).unwrap();
    let mode = |name: &str| fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
    let ruby = there("parrot.ddl");
    fs::write(path("old.ddl"), "mine").unwrap();
    fs::set_permissions(path("old.ddl"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("old.ddl", path("link.ddl")).unwrap();
    let before = names(&here);

    // No more than a block of 512 bytes can be written.
    let limited = |output: &str| {
        let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" ddl convert parrot.json --force --output \"$1\"";
        Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_command"), output])
            .current_dir(here.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    insta::assert_snapshot!(seen(here.path(), &limited("link.ddl")), @"
    exit code 2
    --- stderr
    error: could not write link.ddl: File too large (os error 27)
    ");
    assert_eq!(limited("new.ddl").status.code(), Some(2));
    assert_eq!(there("old.ddl"), "mine");
    assert_eq!(names(&here), before, "nothing half written is left");

    let output = ddl(&here, "convert parrot.json --force --output link.ddl");
    assert_eq!(seen(here.path(), &output), "exit code 0\n");
    assert_eq!((there("old.ddl"), mode("old.ddl")), (ruby.clone(), 0o640));
    assert!(fs::symlink_metadata(path("link.ddl")).unwrap().is_symlink());
    assert_eq!(names(&here), before);

    // A new file is like any other.
    let output = ddl(&here, "convert parrot.json --output new.ddl");
    assert_eq!(seen(here.path(), &output), "exit code 0\n");
    assert_eq!(there("new.ddl"), ruby);
    fs::write(path("any"), "").unwrap();
    assert_eq!(mode("new.ddl"), mode("any"));

    // What is no file is written into.
    let output = ddl(
        &here,
        "convert parrot.json --to ruby --force --output /dev/stdout",
    );
    assert_eq!(text(&output.stdout), ruby);
}

/// `MCollective` has a `.ddl` for each kind of plugin.
#[test]
fn only_the_ddl_of_agents_is_converted() {
    let about = "metadata :name => 'x', :description => 'd', :author => 'a', :license => 'l', :version => '1',\n  :url => 'u', :timeout => 1\n";
    let here = folder(&[]);
    for (file, more) in [
        (
            "data/fstat_data.ddl",
            "dataquery :description => 'd' do\nend\n",
        ),
        (
            "discovery/mc.ddl",
            "discovery do\n  capabilities [:facts]\nend\n",
        ),
        ("validator/length_validator.ddl", ""),
        ("aggregate/average.ddl", "usage 'u'\n"),
        ("connector/nats.ddl", "requires :mcollective => '2.6.0'\n"),
        ("bare.ddl", ""),
        (
            "aggregate/agent.ddl",
            "action 'a', :description => 'd' do\nend\n",
        ),
    ] {
        let path = here.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{about}{more}")).unwrap();
    }
    fs::write(
        here.path().join("bare.json"),
        r#"{"metadata": {"name": "x"}, "actions": []}"#,
    )
    .unwrap();
    let shown = runs(
        &here,
        &[
            "convert data/fstat_data.ddl discovery/mc.ddl validator/length_validator.ddl aggregate/average.ddl connector/nats.ddl --output out/",
            "convert bare.ddl --output bare_out.json",
            "convert bare.json --output bare_out.ddl",
            "convert aggregate/agent.ddl --output agent_out.json",
            "lint validator/length_validator.ddl",
            "lint data/fstat_data.ddl",
        ],
    );
    insta::assert_snapshot!("plugins", shown);
}
