//! The source, in process, on databases of its own.

use std::time::Duration;

use choria_external::filter::{Comparison, FactFilter, Filter};
use choria_external::{Discovery as _, Failure, Query};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::Sql;

/// All, and time enough for a machine that stalls.
fn local() -> Query {
    Query::local().with_timeout(Duration::from_hours(1))
}

/// A database with one table.
fn database() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nodes.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE nodes (name, os, ram, facts, classes, agents);
             INSERT INTO nodes VALUES
                ('a', 'Debian', 16, '{\"os\": \"x\", \"deep\": {\"er\": 1}}', '[\"apache\"]', NULL),
                ('b', 'RedHat', 1.5, NULL, 'apache, nginx', 'rpcutil,package'),
                ('c', NULL, NULL, '{}', NULL, '');",
        )
        .unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

/// The answer to a query on that database, with the folder's name left out.
fn ask(sql: &str, query: Query) -> Result<Vec<String>, String> {
    let (folder, path) = database();
    let found = Sql.discover(&query.with_options(&[("database", &*path), ("query", sql)]));
    let folder = folder.path().to_str().unwrap();
    found.map_err(|failure| failure.message().replace(folder, "{folder}"))
}

fn wrong(sql: &str) -> String {
    ask(sql, local()).unwrap_err()
}

fn fact(fact: &str, operator: Comparison, value: &str) -> Query {
    local().with_filter(Filter {
        fact: vec![FactFilter {
            fact: fact.into(),
            operator,
            value: value.into(),
        }],
        ..Filter::default()
    })
}

fn demo(query: Query) -> Result<Vec<String>, Failure> {
    Sql.discover(&query.with_options(&[("demo", "yes")]))
}

#[test]
fn columns_are_facts() {
    let all = "SELECT * FROM nodes";
    let found = |query| ask(all, query).unwrap();
    assert_eq!(found(local()), ["a", "b", "c"]);
    // A column goes before the same fact in `facts`.
    assert_eq!(found(fact("os", Comparison::Equal, "debian")), ["a"]);
    assert_eq!(found(fact("ram", Comparison::AtLeast, "2")), ["a"]);
    assert_eq!(found(fact("deep.er", Comparison::Equal, "1")), ["a"]);
    // NULL is no fact.
    assert_eq!(
        found(fact("os", Comparison::Matches, ".")),
        ["a", "b"],
        "c has none"
    );
}

#[test]
fn classes_and_agents_are_lists() {
    let found = |classes: &[&str], agents: &[&str]| {
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        let filter = Filter {
            cf_class: texts(classes),
            agent: texts(agents),
            ..Filter::default()
        };
        let query = local().with_filter(filter);
        ask("SELECT name, classes, agents FROM nodes", query).unwrap()
    };
    assert_eq!(found(&["apache"], &[]), ["a", "b"]);
    assert_eq!(found(&["nginx"], &[]), ["b"]);
    assert_eq!(found(&[], &["rpcutil"]), ["a", "b"]);
    assert_eq!(found(&[], &["choria_util"]), ["a"]);
    assert_eq!(found(&[], &["package"]), ["b"]);
}

#[test]
fn an_identity_goes_before_a_name() {
    let sql = "SELECT 'id-' || name AS Identity, name FROM nodes";
    let query = fact("name", Comparison::Equal, "b");
    assert_eq!(ask(sql, query).unwrap(), ["id-b"]);
}

#[test]
fn the_query_has_parameters() {
    let sql = "SELECT name || ' in ' || :collective || ' ' || :timeout AS name FROM nodes LIMIT 1";
    let query = local().with_collective("lab");
    assert_eq!(ask(sql, query).unwrap(), ["a in lab 3600.0"]);
    assert_eq!(
        wrong("SELECT :node AS name"),
        "the option query=SELECT :node AS name: there is no parameter :node, there are :collective, :timeout"
    );
    assert!(wrong("SELECT ? AS name").contains("there is no parameter ?, "));
}

#[test]
fn only_one_query_that_reads_is_taken() {
    for sql in [
        "DELETE FROM nodes",
        "DELETE FROM nodes RETURNING name",
        "CREATE TEMP TABLE t AS SELECT name FROM nodes",
        "BEGIN",
        "ATTACH '/tmp/x' AS x",
        "-- nothing",
        "SELECT name FROM nodes; DELETE FROM nodes",
        "PRAGMA database_list",
        "PRAGMA writable_schema = 1",
        "EXPLAIN SELECT name FROM nodes",
        "EXPLAIN QUERY PLAN SELECT name FROM nodes",
        "SELECT load_extension('x') AS name",
        "SELECT Load_Extension('x', 'y') AS name",
    ] {
        let reason = "expected one SELECT that only reads";
        assert_eq!(wrong(sql), format!("the option query={sql}: {reason}"));
    }
    for (sql, reason) in [
        ("SELECT nam FROM nodes", "no such column: nam"),
        ("SELECT name FROM nods", "no such table: nods"),
        ("SELEC", "near \"SELEC\": syntax error"),
    ] {
        assert_eq!(wrong(sql), format!("the option query={sql}: {reason}"));
    }
    assert_eq!(
        wrong("SELECT name FROM pragma_database_list"),
        "the option query: expected one SELECT that only reads"
    );
    assert_eq!(
        wrong("SELECT os, ram FROM nodes"),
        "the option query: expected a column identity or name, got os, ram"
    );
    assert_eq!(
        wrong("SELECT json(facts || '}') AS facts, name FROM nodes"),
        "the option query: malformed JSON"
    );
}

#[test]
fn a_wrong_row_says_which() {
    for (sql, reason) in [
        (
            "SELECT NULL AS name",
            "expected the name of a node, got nothing",
        ),
        (
            "SELECT '' AS name",
            "expected the name of a node, got nothing",
        ),
        (
            "SELECT 5 AS name",
            "expected the name of a node, got the number 5",
        ),
        (
            "SELECT 'n' AS name, x'00' AS os",
            "n: os: expected a string or a number, got a blob",
        ),
        (
            "SELECT 'n' AS name, 1.5 AS classes",
            "n: classes: expected a list, got the number 1.5",
        ),
        (
            "SELECT 'n' AS name, '[1]' AS agents",
            "n: agents: expected a JSON list of texts: invalid type: integer `1`, expected a string at line 1 column 2",
        ),
        (
            "SELECT 'n' AS name, 2 AS facts",
            "n: facts: expected a JSON object, got the number 2",
        ),
        (
            "SELECT 'n' AS name, '[]' AS facts",
            "n: facts: expected a JSON object: invalid type: sequence, expected a map at line 1 column 0",
        ),
        (
            "SELECT 'n' AS name, '{\"a\": 1, \"a\": 2}' AS facts",
            "n: facts: expected a JSON object: the key a is there twice at line 1 column 12",
        ),
        (
            "SELECT 'n' AS name, '{\"b\": [{\"a\": 1, \"\\u0061\": 2}]}' AS facts, 1 AS ram",
            "n: facts: expected a JSON object: the key a is there twice at line 1 column 24",
        ),
        (
            "SELECT 'n' AS name, 9e999 AS ram",
            "n: ram: expected a number that JSON can hold, got inf",
        ),
    ] {
        assert_eq!(wrong(sql), format!("a row of the option query: {reason}"));
    }
}

#[test]
fn a_wrong_database_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(
        &text,
        "no database at all, but long enough to be looked at ".repeat(50),
    )
    .unwrap();
    let wrong = |path: &str| {
        let query = local().with_options(&[("database", path), ("query", "SELECT 1 AS name")]);
        let failure = Sql.discover(&query).unwrap_err();
        failure
            .message()
            .replace(folder.path().to_str().unwrap(), "{folder}")
    };
    assert_eq!(
        wrong("nodes.db"),
        "the option database=nodes.db: expected an absolute path: Choria starts discovery sources in the folder for \
         temporary files, not in yours"
    );
    assert_eq!(
        wrong(folder.path().join("none").to_str().unwrap()),
        "the option database={folder}/none: No such file or directory (os error 2)"
    );
    assert_eq!(
        wrong(text.to_str().unwrap()),
        "the option database={folder}/text: file is not a database"
    );
}

#[test]
fn options_are_checked() {
    let wrong = |options: &[(&str, &str)]| {
        let failure = Sql.discover(&local().with_options(options));
        failure.unwrap_err().message().to_owned()
    };
    assert_eq!(
        wrong(&[]),
        "the option database is missing: give it as database=.. (with choria: --do database=..)"
    );
    assert_eq!(
        wrong(&[("file", "x")]),
        "unknown option file; expected database, demo, partial, query"
    );
    assert_eq!(
        wrong(&[("demo", "yes"), ("database", "/x")]),
        "the options database and demo=yes: expected one of them"
    );
    assert_eq!(
        wrong(&[("partial", "perhaps")]),
        "the option partial=perhaps: expected yes or no"
    );
}

#[test]
fn the_demo_knows_collectives() {
    let web = [
        "web1.example.net",
        "web2.example.net",
        "db1.example.net",
        "old1.example.net",
    ];
    assert_eq!(demo(local()).unwrap(), web);
    assert_eq!(
        demo(local().with_collective("lab")).unwrap(),
        ["lab1.example.net"]
    );
}

/// The first 5 nodes at once, and never an end.
const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                       SELECT 'node' || i AS name FROM n WHERE i <= 5";

#[test]
fn a_query_that_does_not_end_is_stopped() {
    // All of the time is reserved. SQLite gives the first rows before it looks.
    let ask = |sql: &str, partial: &str| {
        let query = local().with_timeout(Duration::from_millis(100));
        Sql.discover(&query.with_options(&[("demo", "yes"), ("query", sql), ("partial", partial)]))
            .map_err(|failure| failure.message().to_owned())
    };
    assert_eq!(
        ask(ENDLESS, "no").unwrap_err(),
        "the query did not end within the 100ms that there are: give it more time (with choria: --discovery-timeout \
         SECONDS), or take what it finds until then by partial=yes"
    );
    assert_eq!(
        ask(ENDLESS, "yes").unwrap(),
        ["node1", "node2", "node3", "node4", "node5"]
    );
    for (from, to) in [
        ("'node' || i", "'node' || count(*)"),
        ("i <= 5", "i <= 5 ORDER BY i"),
    ] {
        assert_eq!(
            ask(&ENDLESS.replace(from, to), "yes").unwrap_err(),
            "the query did not end within the 100ms that there are, and nothing was found yet: a query that sorts or \
             counts gives its first row at the end"
        );
    }
}

#[test]
fn there_is_time_for_the_reply() {
    let of = |seconds| crate::reserve(Duration::from_secs(seconds)).as_millis();
    assert_eq!([of(1), of(2), of(60)], [200, 400, 12_000]);
}

#[test]
fn a_value_is_not_too_long_for_the_time() {
    for value in [
        "hex(zeroblob(900000000))",
        "printf('%.*c', 900000000, 'x')",
        "replace(printf('%.*c', 4000000, 'x'), 'x', 'yyy')",
    ] {
        assert_eq!(
            wrong(&format!("SELECT {value} AS name")),
            "the option query: string or blob too big"
        );
    }
    let long = format!("SELECT '{}' AS name", "x".repeat(5 << 20));
    let told = wrong(&long);
    assert!(told.ends_with(": statement too long"));
    let found = ask("SELECT hex(zeroblob(2000000)) AS name", local());
    assert_eq!(found.unwrap()[0].len(), 4_000_000);
}

#[test]
fn tables_of_extensions_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nodes.db");
    let made = Connection::open(&path).unwrap();
    made.execute_batch(
        "CREATE VIRTUAL TABLE notes USING fts5(name, note);
         INSERT INTO notes VALUES ('a', 'in the cellar'), ('b', 'on the roof');",
    )
    .unwrap();
    let ask = |sql: &str| {
        let options = [("database", path.to_str().unwrap()), ("query", sql)];
        Sql.discover(&local().with_options(&options)).unwrap()
    };
    assert_eq!(ask("SELECT name FROM notes('roof')"), ["b"]);
    assert_eq!(ask("SELECT value AS name FROM json_each('[\"c\"]')"), ["c"]);
}

#[test]
fn a_point_in_a_column_belongs_to_its_name() {
    let sql = "SELECT name, os AS 'os.family' FROM nodes";
    let found = |path| ask(sql, fact(path, Comparison::Equal, "Debian")).unwrap();
    assert_eq!(found("os\\.family"), ["a"]);
    assert!(found("os.family").is_empty());
}
