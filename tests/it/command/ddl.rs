//! DDLs under `ddl`.

use std::io::Write as _;

use choria_external_ddl::Ddl;
use choria_external_ddl::lint::{lint, lint_ruby};

use super::*;
use crate::lint::GOOD;
use crate::readme::repository;

mod convert;
mod files;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// With a DDL in both forms.
fn parrot() -> TempDir {
    let ruby = Ddl::from_json(GOOD.as_bytes()).unwrap().to_ruby();
    folder(&[("parrot.json", GOOD), ("parrot.ddl", &ruby)])
}

/// A DDL with an error, a warning and a note.
fn bad() -> String {
    GOOD.replace(r#""timeout": 10"#, r#""timeout": 1, "colour": "green""#)
        .replace(r#""%.1f times""#, r#""%s times""#)
}

/// `ddl` with these arguments, as one text.
fn ddl(folder: &TempDir, arguments: &str) -> Output {
    ddl_of(folder, arguments, b"")
}

/// The same, with this on standard input.
fn ddl_of(folder: &TempDir, arguments: &str, stdin: &[u8]) -> Output {
    let arguments: Vec<_> = ["ddl"].into_iter().chain(arguments.split(' ')).collect();
    let mut command = command(folder.path(), &arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // It can end before it has read all.
    let _ = input.write_all(stdin);
    drop(input);
    child.wait_with_output().unwrap()
}

/// Each run with its command line, below each other.
fn runs(folder: &TempDir, lines: &[&str]) -> String {
    let shown = |line: &&str| {
        format!(
            "$ ddl {line}\n{}\n",
            seen(folder.path(), &ddl(folder, line))
        )
    };
    lines.iter().map(shown).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn lint_tells_what_it_finds_and_ends_with_its_worst() {
    let here = parrot();
    let warning = GOOD.replace(r#""%.1f times""#, r#""%s times""#);
    fs::write(here.path().join("warning.json"), &warning).unwrap();
    fs::write(here.path().join("bad.json"), bad()).unwrap();
    let ruby = Ddl::from_json(bad().as_bytes()).unwrap().to_ruby();
    fs::write(here.path().join("bad.ddl"), ruby).unwrap();
    let shown = runs(
        &here,
        &[
            "lint parrot.json parrot.ddl",
            "lint warning.json",
            "lint --strict warning.json",
            "lint bad.json parrot.json bad.ddl",
            "lint parrot.json --against parrot.ddl",
            "lint warning.json --against parrot.json",
            "lint bad.json missing.json",
        ],
    );
    insta::assert_snapshot!("lint", shown);
}

#[test]
fn lint_speaks_json_and_sarif() {
    let here = parrot();
    fs::write(here.path().join("bad.json"), bad()).unwrap();
    let ruby = Ddl::from_json(bad().as_bytes()).unwrap().to_ruby();
    fs::write(here.path().join("bad.ddl"), &ruby).unwrap();
    let lint_as = |format: &str, files: &str| -> (Option<i32>, Value) {
        let output = ddl(&here, &format!("lint --format {format} {files}"));
        (
            output.status.code(),
            serde_json::from_slice(&output.stdout).unwrap(),
        )
    };

    let of_bad = lint(&bad()).to_json("bad.json");
    assert_eq!(lint_as("json", "bad.json"), (Some(1), of_bad.clone()));
    assert_eq!(lint_as("json", "parrot.json"), (Some(0), json!([])));
    let (code, both) = lint_as("json", "bad.json bad.ddl");
    assert_eq!(code, Some(1));
    let both = both.as_array().unwrap();
    let (of_json, of_ruby) = both.split_at(of_bad.as_array().unwrap().len());
    assert_eq!(json!(of_json), of_bad);
    assert_eq!(
        json!(of_ruby),
        lint_ruby(ruby.as_bytes()).to_json("bad.ddl")
    );

    assert_eq!(
        lint_as("sarif", "bad.json"),
        (Some(1), lint(&bad()).to_sarif(Some(Path::new("bad.json"))))
    );
    let (_, log) = lint_as("sarif", "bad.json bad.ddl");
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let results = runs[0]["results"].as_array().unwrap();
    assert_eq!(results.len(), both.len());
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"].is_object(), "{result}");
    }
}

#[test]
fn what_lint_cannot_read_is_in_json_and_sarif_too() {
    let here = folder(&[("broken.ddl", "metadata :name => 'x'\n  :timeout => 1\n")]);
    fs::create_dir(here.path().join("agents")).unwrap();
    let mut told = runs(&here, &["lint --format json broken.ddl missing.ddl agents"]);
    let run = |files: &str, stdin: &[u8]| {
        let output = ddl_of(&here, &format!("lint --format sarif {files}"), stdin);
        let log: Value = serde_json::from_slice(&output.stdout).unwrap();
        let run = &log["runs"][0];
        format!(
            "$ ddl lint --format sarif {files}\nexit code {}\n{:#}\n{:#}\n",
            output.status.code().unwrap(),
            run["invocations"],
            run["results"],
        )
    };
    told += &run("broken.ddl missing.ddl agents", b"");
    told += &run("-", b"usage ?");
    told += &run("- -", br#"{"metadata": 1}"#);
    insta::assert_snapshot!("lint_unread", told);

    let file = here.path().canonicalize().unwrap().join("broken.ddl");
    let log = run(&file.display().to_string(), b"");
    assert!(
        log.contains(&format!("\"uri\": \"file://{}\"", file.display())),
        "{log}"
    );
}

#[test]
fn convert_tells_what_ruby_has_no_place_for() {
    let unknown = GOOD.replacen('{', r#"{"colour": "green","#, 1);
    let here = folder(&[("parrot.json", &unknown)]);
    let output = ddl(&here, "convert parrot.json --output parrot.ddl");
    insta::assert_snapshot!("convert_lost", seen(here.path(), &output));
}

#[test]
fn validate_answers_as_the_server() {
    let here = parrot();
    let path = here.path();
    fs::write(
        path.join("request.json"),
        r#"{"message": "hi", "times": 2}"#,
    )
    .unwrap();
    fs::write(path.join("broken.json"), "{\"message\": \n hi}").unwrap();
    fs::write(path.join("empty.json"), "\r\n").unwrap();
    fs::write(path.join("marked.json"), "\u{feff}{}").unwrap();
    fs::write(path.join("deep.json"), "[".repeat(500)).unwrap();
    fs::write(path.join("latin.json"), b"{\"message\":\"\xe9\"}").unwrap();
    let odd = GOOD.replace(r#""validation": "^[^$;]*$""#, r#""validation": "nobody""#);
    fs::write(path.join("odd.json"), odd).unwrap();
    let ruby = GOOD.replace(r#""provider": "external""#, r#""provider": "ruby""#);
    fs::write(path.join("ruby.json"), ruby).unwrap();
    let shown = runs(
        &here,
        &[
            "validate parrot.json echo message=hi",
            "validate parrot.ddl echo Message=hi times=3 voice=high",
            "validate parrot.json echo",
            "validate parrot.json echo message=$HOME",
            "validate parrot.json echo message=hi times=three",
            "validate parrot.json echo message=hi colour=green",
            "validate parrot.json echo message=hi MESSAGE=ho",
            "validate parrot.json stop",
            r#"validate parrot.json echo --data {"message":"hi","times":1}"#,
            r#"validate parrot.json echo --data {"message":"hi"}"#,
            r#"validate parrot.json echo --data {"message":"a;b","times":1}"#,
            "validate parrot.json echo --data [1]",
            "validate parrot.json echo --data null",
            "validate parrot.json echo --data @request.json",
            "validate parrot.json echo --data @missing.json",
            "validate parrot.json echo --data @broken.json",
            "validate parrot.json echo --data message",
            "validate parrot.json echo --data @empty.json",
            "validate parrot.json echo --data @marked.json",
            "validate parrot.json echo --data @deep.json",
            "validate parrot.json echo --data @latin.json",
            r#"validate parrot.json echo --data {"message":"hi"#,
            "validate parrot.json stop --data {]",
            "validate parrot.json echo --data {} message=hi",
            "validate parrot.json fly",
            "validate odd.json echo message=hi",
            "validate ruby.json echo message=hi",
        ],
    );
    insta::assert_snapshot!("validate", shown);
    let output = ddl_of(
        &here,
        "validate parrot.json echo --data -",
        br#"{"message": 1}"#,
    );
    insta::assert_snapshot!(seen(path, &output), @"
    exit code 1
    --- stdout
    parrot#echo: Request Aborted, code 1: Validation failed: validation failed for input 'message': is not a string
    ");
}

#[test]
fn nothing_that_is_shown_moves_the_cursor() {
    let here = parrot();
    let output = ddl(&here, "validate parrot.json \u{1b}[31m");
    insta::assert_snapshot!(seen(here.path(), &output), @r"
    exit code 2
    --- stderr
    error: parrot.json has no action \u{1b}[31m; expected echo, stop
    ");
    let output = ddl(&here, "validate parrot.json echo message=\u{9b}31m");
    insta::assert_snapshot!(seen(here.path(), &output), @r#"
    exit code 0
    --- stdout
    parrot#echo: valid: {"message":"\u{9b}31m","times":1,"voice":"low"}
    "#);
    fs::write(
        here.path().join("new.json"),
        GOOD.replace("1.2.3", "\\u001b[31m"),
    )
    .unwrap();
    let output = ddl(&here, "diff parrot.json new.json");
    insta::assert_snapshot!(seen(here.path(), &output), @r"
    exit code 1
    --- stdout
    Only the version changed: it is \u{1b}[31m, was 1.2.3.
    ");
}

#[test]
fn diff_tells_what_changed() {
    let here = parrot();
    let put = |name: &str, text: &str| fs::write(here.path().join(name), text).unwrap();
    let fewer = GOOD.replace(r#""maxlength": 120"#, r#""maxlength": 20"#);
    put("fewer.json", &fewer);
    put("risen.json", &fewer.replace("1.2.3", "2.0.0"));
    put("version.json", &GOOD.replace("1.2.3", "1.2.4"));
    put(
        "words.json",
        &GOOD.replace("Says the message", "Repeats it"),
    );
    let shown = runs(
        &here,
        &[
            "diff parrot.json parrot.ddl",
            "diff parrot.json fewer.json",
            "diff parrot.json risen.json",
            "diff parrot.json version.json",
            "diff parrot.json words.json",
            "diff parrot.json risen.json --format json",
            "diff parrot.json parrot.ddl --format json",
            "diff missing.json parrot.json",
        ],
    );
    insta::assert_snapshot!("diff", shown);
}

#[test]
fn doc_writes_pages() {
    let here = parrot();
    let page = Ddl::from_json(GOOD.as_bytes()).unwrap().to_markdown();
    assert_eq!(text(&ddl(&here, "doc parrot.ddl").stdout), page);
    assert_eq!(text(&ddl_of(&here, "doc -", GOOD.as_bytes()).stdout), page);
    let output = ddl(&here, "doc parrot.json --output pages/");
    assert_eq!(seen(here.path(), &output), "exit code 0\n");
    let written = fs::read_to_string(here.path().join("pages/parrot.md")).unwrap();
    assert_eq!(written, page);
    insta::assert_snapshot!(seen(here.path(), &ddl(&here, "doc parrot.json -o pages")), @"
    exit code 2
    --- stderr
    error: pages/parrot.md already exists and was left unchanged: --force overwrites it
    ");
    insta::assert_snapshot!(seen(here.path(), &ddl(&here, "doc parrot.json parrot.ddl -o new")), @"
    exit code 2
    --- stderr
    error: could not write new/parrot.md: it was written from another file of that name just now, use two folders
    ");
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let fewer = GOOD.replace(r#""maxlength": 120"#, r#""maxlength": 20"#);
    let here = folder(&[("old.json", GOOD), ("parrot.json", &fewer)]);
    let data = r#"{"message": "$HOME"}"#;
    let validate = ["ddl", "validate", "parrot.json", "echo", "--data", data];
    let validated = text(&run(here.path(), &validate).stdout);
    let changed = text(&ddl(&here, "diff old.json parrot.json").stdout);
    let shown = format!(
        "```console\n\
         $ choria-external ddl validate parrot.json echo --data '{data}'\n{validated}\
         $ choria-external ddl diff old.json parrot.json\n{changed}```\n"
    );
    assert!(readme.contains(&shown), "{shown}");
}
