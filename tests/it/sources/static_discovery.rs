//! `examples/static-discovery`.

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use super::Asked;
use crate::readme::repository;

const ALL: [&str; 5] = [
    "web1.example.net",
    "web2.example.net",
    "db1.example.net",
    "db2.example.net",
    "backup1.example.net",
];

fn asked() -> Asked {
    Asked::new("static-discovery")
}

/// The option for files of the example.
fn example(files: &[&str]) -> String {
    let folder = repository().join("examples/static-discovery");
    let files = files
        .iter()
        .map(|file| folder.join(file).display().to_string());
    format!("file={}", files.collect::<Vec<_>>().join(","))
}

/// The first parts of the names that are found in the example.
fn in_example(arguments: &[&str]) -> String {
    let option = example(&["inventory.yaml"]);
    let arguments = [&["--option", &option], arguments].concat();
    short(&asked().found(&arguments))
}

fn short(names: &[String]) -> String {
    let names = names.iter().map(|name| name.split('.').next().unwrap());
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_filter_selects() {
    assert_eq!(
        asked().found(&["--option", &example(&["inventory.yaml"])]),
        ALL
    );
    for (arguments, found) in [
        (&["-F", "os.family=debian"][..], "web1 web2"),
        (&["-F", "os.release=/^1[12]/"], "web1 web2"),
        (&["-F", "ram>=64"], "db1 db2 backup1"),
        (&["-F", "country=de", "-F", "ram<100"], "web1 backup1"),
        (&["-F", "none=1"], ""),
        (&["-C", "apache"], "web1 web2"),
        (&["-C", "/^ROLE::/"], "web1 web2 db1 db2"),
        (&["-A", "package"], "db1 db2"),
        (&["-A", "choria_util"], "web1 web2 backup1"),
        (&["-I", "/^db/", "-I", "web1.example.net"], "web1 db1 db2"),
        (&["-W", "postgresql ram>200"], "db2"),
        (&["-S", "fact('ram') > 16 and with('apache')"], "web2"),
        (&["-S", "not with('apache')", "-F", "country=mt"], "db2"),
        (&["-T", "de_collective"], "web1"),
        (&["-T", "other"], ""),
        (&["--agent", "package"], "db1 db2"),
    ] {
        assert_eq!(in_example(arguments), found, "{arguments:?}");
    }
}

#[test]
fn groups_are_filters_with_a_name() {
    assert_eq!(in_example(&["-I", "group:web"]), "web1 web2");
    assert_eq!(in_example(&["-I", "group:big"]), "db1 db2 backup1");
    assert_eq!(
        in_example(&["-I", "group:big", "-I", "group:web"])
            .split(' ')
            .count(),
        5
    );
    // As with Choria, the collective does not matter.
    assert_eq!(in_example(&["-I", "group:web", "-T", "other"]), "web1 web2");

    let option = example(&["inventory.yaml"]);
    let wrong = |arguments: &[&str]| {
        let arguments = [&["--option", &option], arguments].concat();
        asked().ask(&arguments).unwrap_err()
    };
    assert_eq!(
        wrong(&["-I", "group:none"]),
        "there is no group none, there are big, web"
    );
    for with in [
        ["-I", "web1.example.net"],
        ["-F", "ram=16"],
        ["-C", "apache"],
        ["-A", "package"],
        ["-S", "true"],
    ] {
        assert_eq!(
            wrong(&[&["-I", "group:web"], &with[..]].concat()),
            "groups cannot be combined with other filters"
        );
    }
}

#[test]
fn files_are_stacked() {
    let option = example(&["inventory.yaml", "inventory-lab.toml"]);
    let found =
        |arguments: &[&str]| short(&asked().found(&[&["--option", &option], arguments].concat()));
    assert_eq!(found(&[]), "web1 web2 db1 db2 backup1 lab1");
    assert_eq!(found(&["-C", "lab"]), "backup1 lab1");
    assert_eq!(found(&["-F", "country=fr"]), "backup1 lab1");
    // Its own fact is the later file's, the others stay.
    assert_eq!(
        found(&["-F", "ram=96", "-F", "os.family=FreeBSD"]),
        "backup1"
    );
    assert_eq!(found(&["-A", "backup"]), "backup1");
    // The collectives of the first file go for the nodes it names.
    assert_eq!(found(&["-T", "lab_collective"]), "lab1");
    assert_eq!(found(&["-I", "group:big"]), "db1 db2 backup1");
}

#[test]
fn an_empty_inventory_has_no_nodes() {
    let asked = asked();
    for (name, text) in [("i.json", "{}"), ("i.yml", "nodes: []"), ("i.toml", "")] {
        let option = format!("file={}", asked.file(name, text));
        assert!(asked.found(&["--option", &option]).is_empty());
    }
    let option = format!(
        "file={}",
        asked.file("one.json", r#"{"nodes": [{"name": "a"}]}"#)
    );
    assert_eq!(
        asked
            .ask(&["--option", &option, "-I", "group:g"])
            .unwrap_err(),
        "there is no group g: the inventory has no groups"
    );
}

#[test]
fn broken_filters_are_told() {
    let option = example(&["inventory.yaml"]);
    let wrong = |arguments: &[&str]| {
        let arguments = [&["--option", &option], arguments].concat();
        asked().ask(&arguments).unwrap_err()
    };
    let regex = wrong(&["-C", "/(/"]);
    assert!(
        regex.starts_with("no node can match the filter: cf_class[0]: "),
        "{regex}"
    );
    let compound = wrong(&["-S", "with('a'"]);
    assert!(
        compound.starts_with("no node can match the filter: compound[0]: "),
        "{compound}"
    );

    let asked = asked();
    let group = "nodes: [{name: a}]\ngroups: [{name: g, filter: {facts: ['a=/(/']}}]";
    let option = format!("file={}", asked.file("i.yaml", group));
    let wrong = asked
        .ask(&["--option", &option, "-I", "group:g"])
        .unwrap_err();
    assert!(
        wrong.starts_with("no node can match the filter of the group g: fact[0]"),
        "{wrong}"
    );
}

#[test]
fn options_are_checked() {
    let asked = asked();
    let wrong = |option: &str| asked.ask(&["--option", option]).unwrap_err();
    assert_eq!(
        asked.ask(&[]).unwrap_err(),
        "the option file is missing: give it as file=.. (with choria: --do file=..)"
    );
    assert_eq!(wrong("file="), "the option file is empty: expected file=..");
    assert_eq!(wrong("fil=/x"), "unknown option fil; expected file");
    let list = format!("file={},nodes.yaml", asked.file("i.json", "{}"));
    assert_eq!(
        wrong(&list),
        "the option file={folder}/i.json,nodes.yaml: expected absolute paths, with commas between them, got \
         \"nodes.yaml\": Choria starts discovery sources in the folder for temporary files, not in yours"
    );
    assert_eq!(
        wrong("file=/no/such/nodes.yaml"),
        "/no/such/nodes.yaml: No such file or directory (os error 2)"
    );
    // A comma is always between two paths.
    assert!(wrong("file=/a,b.yaml").contains(", got \"b.yaml\": "));
}

/// What has no end, or never begins, is not read.
#[test]
fn only_files_are_read() {
    let asked = asked();
    let path = |name: &str| asked.folder.path().join(name);
    let wrong = |name: &str| {
        let option = format!("file={}", path(name).display());
        asked.ask(&["--option", &option]).unwrap_err()
    };
    let _socket = UnixListener::bind(path("socket.yaml")).unwrap();
    symlink("/dev/zero", path("zero.json")).unwrap();
    symlink("/dev/zero", path("zero")).unwrap();
    std::fs::create_dir(path("folder.toml")).unwrap();
    let no_file = "expected a file, got a device, a pipe or a socket";
    for (name, reason) in [
        ("socket.yaml", no_file),
        ("zero.json", no_file),
        ("folder.toml", "expected a file, got a folder"),
        (
            "zero",
            "expected a file whose name ends in .yaml, .yml, .json or .toml",
        ),
    ] {
        assert_eq!(wrong(name), format!("{{folder}}/{name}: {reason}"));
    }
    // A link to a file is as good as the file.
    let file = asked.file("nodes.json", r#"{"nodes": [{"name": "a"}]}"#);
    symlink(&file, path("link.json")).unwrap();
    let option = format!("file={}", path("link.json").display());
    assert_eq!(asked.found(&["--option", &option]), ["a"]);
}

/// What is wrong, in YAML, JSON and TOML.
const WRONG: [[&str; 3]; 14] = [
    // No text of the format.
    [
        "nodes: [\n  {name: a",
        "{\"nodes\": [\n{]}",
        "nodes = [\n{ name = }]",
    ],
    // Not an object, not a list.
    ["- a\n- b", "\n [1]", "a"],
    ["nodes:\n  a: {}", "{\"nodes\":\n {}}", "[nodes]\na = 1"],
    [
        "nodes:\n- a\n- name: b",
        "{\"nodes\": [\n\"a\"]}",
        "nodes = [\n\"a\"]",
    ],
    // Keys that nobody knows.
    ["node: []", "{\n\"node\": []}", "\nnode = []"],
    [
        "nodes:\n- name: a\n  fact:\n    b: 1",
        "{\"nodes\": [{\"name\": \"a\",\n\"fact\":\n{}}]}",
        "[[nodes]]\nname = \"a\"\n[nodes.fact]\nb = 1",
    ],
    // Keys that occur twice, in facts too.
    [
        "nodes:\n- name: a\n  facts:\n    b: 1\n    b: 2",
        "{\"nodes\": [{\"name\": \"a\", \"facts\": {\"b\": {\"c\": 1,\n\"c\": 2}}}]}",
        "[[nodes]]\nname = \"a\"\n[nodes.facts]\nb = 1\nb = 2",
    ],
    // Names.
    [
        "nodes:\n- name: a\n- facts: {}",
        "{\"nodes\": [{}]}",
        "[[nodes]]\n[[nodes]]",
    ],
    [
        "nodes:\n- name: ''",
        "{\"nodes\": [{\"name\": \"\"}]}",
        "[[nodes]]\nname = \"\"",
    ],
    [
        "nodes:\n- name: 1.10",
        "{\"nodes\": [{\"name\": null}]}",
        "[[nodes]]\nname = 1",
    ],
    [
        "nodes:\n- name: a\n- name: b\n- name: a",
        "{\"nodes\": [{\"name\": \"a\"},\n{\"name\": \"a\"}]}",
        "[[nodes]]\nname = \"a\"\n[[nodes]]\nname = \"a\"",
    ],
    // Values.
    [
        "nodes:\n- name: a\n  facts: text",
        "{\"nodes\": [{\"name\": \"a\", \"facts\":\n[]}]}",
        "[[nodes]]\nname = \"a\"\nfacts = 1",
    ],
    [
        "nodes:\n- name: a\n  classes:\n  - b\n  - {}",
        "{\"agents\": [true]}",
        "collectives = [\n\"a\",\n\"\"]",
    ],
    // Groups.
    [
        "groups:\n- name: a\n  filter:\n    facts:\n    - country",
        "{\"groups\": [{\"name\": \"a\"},\n{\"name\": \"a\"}]}",
        "[[groups]]\nname = \"a\"\n[groups.filter]\nclass = []",
    ],
];

#[test]
fn wrong_inventories_say_where() {
    let asked = asked();
    let mut told = String::new();
    for texts in WRONG {
        for (format, text) in ["yaml", "json", "toml"].into_iter().zip(texts) {
            let file = asked.file(&format!("i.{format}"), text);
            let reason = asked
                .ask(&["--option", &format!("file={file}")])
                .unwrap_err();
            writeln!(told, "{text}\n    {reason}\n").unwrap();
        }
    }
    insta::assert_snapshot!(told);
}

/// More than is read by hand: many nodes with many facts.
#[test]
fn a_hundred_thousand_nodes() {
    let facts: String = (0..10)
        .map(|fact| format!(",\"fact{fact}\":\"value {fact}\""))
        .collect();
    let mut text = String::from("{\"nodes\":[");
    for node in 0..100_000 {
        let comma = if node == 0 { "" } else { "," };
        writeln!(
            text,
            "{comma}{{\"name\":\"node{node}\",\"facts\":{{\"number\":{node}{facts}}}}}"
        )
        .unwrap();
    }
    text += "]}";
    let asked = asked();
    let option = format!("file={}", asked.file("large.json", &text));
    let found = asked.found(&["--option", &option, "-F", "number>=99998"]);
    assert_eq!(found, ["node99998", "node99999"]);
}
