//! A source that is written with the Python package for such: what it makes of
//! real requests.

use super::*;
use crate::python;

/// The source of `tests/python/inventory`, as its package's manual says.
fn inventory(flags: &[&str]) -> Output {
    let source = format!(
        "'{}' '{}'",
        python::interpreter().display(),
        python::folder().join("inventory/inventory").display()
    );
    let flags = [&[&*source], &PATIENT[..], flags].concat();
    discover(Path::new("."), &flags).output().unwrap()
}

/// What the package's message class holds of a request.
fn request_in_python(flags: &[&str]) -> Value {
    let output = inventory(&[&["--do", "show=request"], flags].concat());
    let (exit, stdout, stderr) = ended(&output);
    assert_eq!((exit, &*stderr), (0, ""));
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn a_source_in_python_discovers() {
    let names = |flags: &[&str]| ended(&inventory(flags));
    let found = |names: &str| (0, names.to_owned(), String::new());
    assert_eq!(names(&[]), found("web1\nweb2\ndb1\n"));
    assert_eq!(names(&["-C", "apache", "-I", "web2"]), found("web2\n"));
    assert_eq!(
        names(&["-W", "mysql", "--json"]),
        found("[\n  \"db1\"\n]\n")
    );
    assert_eq!(names(&["-C", "none"]), found(""));
}

#[test]
fn its_message_class_takes_our_request() {
    let flags = [
        "-F",
        "os.family=Debian",
        "-F",
        "role=/web/",
        "-C",
        "/ap/",
        "-A",
        "puppet",
        "-I",
        "web1",
        "--federations",
        "eu",
    ];
    let read = request_in_python(&flags);
    assert_eq!(
        read,
        json!({
            "protocol": "io.choria.choria.discovery.v1.external_request",
            "collective": "mcollective",
            "filter": {
                "fact": [
                    {"fact": "os.family", "operator": "==", "value": "Debian"},
                    {"fact": "role", "operator": "=~", "value": "/web/"},
                ],
                "cf_class": ["/ap/"],
                "agent": ["puppet", "rpcutil"],
                "identity": ["web1"],
                "compound": [],
            },
            // The federations are not in their schema, and the class drops them.
            "options": {"show": "request"},
            "timeout": 600,
        })
    );
}

#[test]
fn its_failure_is_told_in_its_own_words() {
    let (exit, stdout, stderr) = ended(&inventory(&["-F", "a=b"]));
    assert_eq!((exit, &*stdout), (1, ""));
    assert!(
        stderr.starts_with("could not run: RPC Aborted: no facts here\n"),
        "{stderr}"
    );
}

/// A program that uses Choria's Go package can send a compound filter. Their
/// schema wants a list of strings there, Choria sends a list of lists, and the
/// package has no reply for what it refuses.
#[test]
fn its_message_class_refuses_a_compound_filter_as_choria_sends_it() {
    let (exit, stdout, stderr) = ended(&inventory(&["-S", "with('apache')"]));
    assert_eq!((exit, &*stdout), (1, ""));
    assert!(
        stderr.contains("\ncould not run: executing python failed: exit status 1\nLog:\n"),
        "{stderr}"
    );
    assert!(
        stderr.contains("InvalidRPCData") && stderr.contains("is not of type 'string'"),
        "{stderr}"
    );
}
