//! `examples/sql-discovery`. What its rows mean is tested in the example.

use rusqlite::Connection;

use super::Asked;

fn demo(arguments: &[&str]) -> Result<Vec<String>, String> {
    let arguments = [&["--option", "demo=yes"], arguments].concat();
    Asked::new("sql-discovery").ask(&arguments)
}

fn in_demo(arguments: &[&str]) -> String {
    let found = demo(arguments).unwrap();
    let names = found.iter().map(|name| name.split('.').next().unwrap());
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_filter_selects() {
    for (arguments, found) in [
        (&[][..], "web1 web2 db1"),
        // It has no agents, not even rpcutil.
        (&["--agent", "/./"], "web1 web2 db1"),
        (&["-F", "os=debian"], "web1 web2"),
        (&["-F", "cpus.count>=8"], "web2 db1"),
        (&["-F", "country=de", "-F", "ram>64"], "db1"),
        (&["-C", "/^role::/"], "web1 web2 db1"),
        (&["-C", "role::db"], "db1"),
        (&["-A", "package"], "db1"),
        (&["-I", "/^web/"], "web1 web2"),
        (&["-W", "apache ram>16"], "web2"),
        (&["-S", "with('apache') and fact('ram') < 32"], "web1"),
        (&["-T", "lab"], "lab1"),
        (&["-T", "other"], ""),
    ] {
        assert_eq!(in_demo(arguments), found, "{arguments:?}");
    }
}

#[test]
fn a_database_is_asked_by_any_query() {
    let asked = Asked::new("sql-discovery");
    let path = asked.folder.path().join("nodes.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE TABLE t (host, dc); INSERT INTO t VALUES ('a', 'x'), ('b', 'y'), ('b', 'y');",
        )
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let database = format!("database={}", path.display());
    let ask = |query: &str, more: &[&str]| {
        let query = format!("query={query}");
        asked.ask(&[&["--option", &database, "--option", &query], more].concat())
    };
    // The join names one twice; it is asked once.
    let all = "SELECT host AS name, dc FROM t";
    assert_eq!(ask(all, &[]).unwrap(), ["a", "b"]);
    assert_eq!(ask(all, &["-F", "dc=y"]).unwrap(), ["b"]);
    assert_eq!(
        ask("DELETE FROM t", &[]).unwrap_err(),
        "the option query=DELETE FROM t: expected one SELECT that only reads"
    );
    assert_eq!(
        ask("SELECT host FROM t", &[]).unwrap_err(),
        "the option query: expected a column identity or name, got host"
    );
    assert_eq!(
        ask("SELECT NULL AS name", &[]).unwrap_err(),
        "a row of the option query: expected the name of a node, got nothing"
    );
    let broken = ask(all, &["-S", "with("]).unwrap_err();
    assert!(
        broken.starts_with("no node can match the filter: compound[0]: "),
        "{broken}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_query_without_end_is_answered_in_time() {
    let endless = "query=WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                   SELECT 'node' || i AS name FROM n WHERE i <= 3";
    let ask = |more: &[&str]| {
        // A fifth of it is kept for the reply, on a busy machine too.
        let limit = ["--timeout", "6", "--option", endless];
        demo(&[&limit[..], more].concat())
    };
    let reason = ask(&[]).unwrap_err();
    assert!(
        reason.starts_with("the query did not end within the 6s"),
        "{reason}"
    );
    assert_eq!(
        ask(&["--option", "partial=yes"]).unwrap(),
        ["node1", "node2", "node3"]
    );
    let counts = endless.replace("'node' || i", "'node' || count(*)");
    let reason = demo(&[
        "--timeout",
        "6",
        "--option",
        &counts,
        "--option",
        "partial=yes",
    ])
    .unwrap_err();
    assert!(
        reason.contains("nothing was found yet: a query that sorts or counts"),
        "{reason}"
    );
}

#[test]
fn many_rows_take_no_room() {
    let rows = "query=WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) \
                SELECT 'node' || i AS name, i AS number FROM n";
    assert_eq!(
        demo(&["--option", rows, "-F", "number>=99999"]).unwrap(),
        ["node99999", "node100000"]
    );
}

#[test]
fn options_are_checked() {
    let asked = Asked::new("sql-discovery");
    assert_eq!(
        asked.ask(&[]).unwrap_err(),
        "the option database is missing: give it as database=.. (with choria: --do database=..)"
    );
    assert_eq!(
        asked.ask(&["--option", "file=/x"]).unwrap_err(),
        "unknown option file; expected database, demo, partial, query"
    );
    assert_eq!(
        asked
            .ask(&["--option", "database=/no/such.db"])
            .unwrap_err(),
        "the option database=/no/such.db: No such file or directory (os error 2)"
    );
}
