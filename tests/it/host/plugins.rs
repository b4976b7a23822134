//! A plugin folder, as a server looks into it.
#![cfg(unix)]

use std::fmt::Write as _;
use std::time::SystemTime;

use super::*;
use crate::programs::fifo;
use crate::verdicts;
use choria_external_host::plugins::{LoadOutcome, Plugin, plugins};

/// A plugin folder.
struct Libdir(TempDir);

impl Libdir {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir_all(folder.path().join("mcollective/agent")).unwrap();
        Self(folder)
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.0.path().join("mcollective/agent").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_mins(1))
            .unwrap();
        self
    }

    fn plugins(&self) -> Vec<Plugin> {
        plugins(self.0.path()).unwrap()
    }

    /// A line for each, without the names of folders.
    fn told(&self) -> String {
        let mut told = String::new();
        for Plugin {
            file,
            name,
            outcome,
            young,
            ..
        } in self.plugins()
        {
            let outcome = match outcome {
                LoadOutcome::Loads(program) => {
                    format!("loads {} from {}", program.name, program.path.display())
                }
                LoadOutcome::Ignored(why) => format!("ignored: {why}"),
                LoadOutcome::Refused(why) => format!("refused: {why}"),
                LoadOutcome::Crashes(why) => format!("crashes: {why}"),
            };
            let young = if young { ", young" } else { "" };
            writeln!(told, "{} ({name}{young}) {outcome}", file.display()).unwrap();
        }
        let folder = self.0.path().join("mcollective/agent");
        told.replace(folder.to_str().unwrap(), "{agents}")
            .replace(&choria_external_host::system::platform(), "{os_arch}")
    }
}

/// What Choria's own provider of external agents makes of the folder: the names
/// of the agents with whether they are active, and its log.
fn choria(folder: &Libdir) -> (Vec<(String, bool)>, Vec<String>) {
    let question = json!({"ask": "load", "text": folder.0.path()});
    let answer = verdicts::choria(&[question]).remove(0);
    let list = |name: &str| answer["value"][name].as_array().unwrap().clone();
    let agent = |agent: &Value| {
        (
            agent["name"].as_str().unwrap().to_owned(),
            agent["active"].as_bool().unwrap(),
        )
    };
    let agents = list("agents").iter().map(agent).collect();
    (
        agents,
        list("log")
            .iter()
            .map(|line| line.as_str().unwrap().to_owned())
            .collect(),
    )
}

/// That Choria loads these agents, too, in this order, and others only where it
/// is not this provider that refuses them; and that it logs what stands in
/// quotes.
fn as_in_choria(folder: &Libdir, by_others: &[&str]) {
    let (mut agents, log) = choria(folder);
    agents.retain(|(name, _)| !by_others.contains(&name.as_str()));
    let mut ours = Vec::new();
    let mut quoted = Vec::new();
    for plugin in folder.plugins() {
        match plugin.outcome {
            LoadOutcome::Loads(program) => ours.push((program.name.to_string(), false)),
            LoadOutcome::Refused(why) if why.contains("never active") => {
                ours.push((plugin.name, false));
            }
            LoadOutcome::Refused(why) => {
                let line = why.strip_prefix('"').and_then(|rest| rest.rsplit_once('"'));
                quoted.extend(line.map(|(line, _)| line.to_owned()));
            }
            LoadOutcome::Ignored(_) | LoadOutcome::Crashes(_) => {}
        }
    }
    assert_eq!(agents, ours, "{log:?}");
    let unknown: Vec<_> = quoted.iter().filter(|line| !log.contains(line)).collect();
    assert!(unknown.is_empty(), "{unknown:?} {log:?}");
    // These come later, where the agents are asked.
    let asked = |line: &&String| line.contains(" not activating ");
    assert_eq!(
        quoted.len(),
        log.iter().filter(|line| !asked(line)).count(),
        "{log:?}"
    );
}

fn ddl(name: &str) -> String {
    json!({"metadata": {"name": name, "provider": "external", "timeout": 7}, "actions": []})
        .to_string()
}

#[test]
fn agents_are_found_flat_and_nested() {
    let folder = Libdir::new();
    let system = choria_external_host::system::platform();
    folder
        .file("flat.json", &ddl("flat"))
        .file("flat", "")
        .file("one/one.json", &ddl("one"))
        .file("one/one", "")
        .file("two/two.json", &ddl("two"))
        .file(&format!("two/two/two-{system}"), "")
        .file("wide.json", &ddl("wide"))
        .file(&format!("wide/wide-{system}"), "")
        // Left out by its name, but only it itself.
        .file("tmp/inner.json", &ddl("inner"))
        .file("tmp/inner", "")
        // Nobody looks deeper, or at other endings.
        .file("deep/er/er.json", &ddl("er"))
        .file("other.ddl", "")
        .file("README", "");
    insta::assert_snapshot!(folder.told(), @r"
    {agents}/flat.json (flat) loads flat from {agents}/flat
    {agents}/one/one.json (one) loads one from {agents}/one/one
    {agents}/tmp/inner.json (inner) loads inner from {agents}/tmp/inner
    {agents}/two/two.json (two) loads two from {agents}/two/two/two-{os_arch}
    {agents}/wide.json (wide) loads wide from {agents}/wide/wide-{os_arch}
    ");
    as_in_choria(&folder, &[]);
    let young = folder.0.path().join("mcollective/agent/flat.json");
    fs::write(young, ddl("flat")).unwrap();
    let flat = folder
        .plugins()
        .into_iter()
        .find(|plugin| plugin.name == "flat")
        .unwrap();
    assert!(flat.young);
}

#[test]
fn what_a_server_does_not_load_is_told_with_its_words() {
    let folder = Libdir::new();
    folder
        .file("a_ruby.json", &ddl("a_ruby").replace("external", "ruby"))
        .file("broken.json", "{\"metadata\": ")
        .file("list.json", "[]")
        .file("missing.json", &ddl("missing"))
        .file("rpcutil.json", &ddl("rpcutil"))
        .file("scout.json", &ddl("fine"))
        .file("short.json", &ddl("short").replace('7', "0"))
        .file("hidden.json", &ddl("discovery"))
        .file("z1.json", &ddl("twin"))
        .file("z2.json", &ddl("twin"))
        .file("twin", "");
    let elsewhere = TempDir::new().unwrap();
    fs::write(elsewhere.path().join("linked.json"), ddl("linked")).unwrap();
    let agents = folder.0.path().join("mcollective/agent");
    std::os::unix::fs::symlink(elsewhere.path(), agents.join("linked")).unwrap();
    insta::assert_snapshot!(folder.told(), @r#"
    {agents}/a_ruby.json (a_ruby) ignored: $.metadata.provider is "ruby", not "external": it is for another provider
    {agents}/broken.json (broken) refused: "Could not load agent DDL {agents}/broken.json: could not parse DDL JSON data: unexpected end of JSON input"
    {agents}/hidden.json (hidden) refused: $.metadata.name is "discovery": Choria keeps that name for an agent of its own, choose another
    {agents}/linked (linked) ignored: this is a link to a folder, which a server does not follow: put the folder itself there
    {agents}/list.json (list) refused: "Could not load agent DDL {agents}/list.json: could not parse DDL JSON data: json: cannot unmarshal array into Go value of type agent.DDL"
    {agents}/missing.json (missing) refused: there is no program {agents}/missing and no {agents}/missing/missing-{os_arch}: the agent is known but never active, and the log does not say why; put the program there
    {agents}/rpcutil.json (rpcutil) refused: "External agents are not allowed to supply an agent called 'rpcutil', skipping": choose another name
    {agents}/scout.json (scout) refused: "External agents are not allowed to supply an agent called 'scout', skipping": choose another name
    {agents}/short.json (short) refused: $.metadata.timeout is below 1: give the seconds that an action may take
    {agents}/z1.json (z1) loads twin from {agents}/twin
    {agents}/z2.json (z2) ignored: there is an agent twin already, with the DDL {agents}/z1.json
    "#);
    // These two are refused by what loads the agents, later.
    as_in_choria(&folder, &["short", "discovery"]);
}

#[test]
fn what_crashes_a_server_is_told() {
    let twice = ddl("twice").replace("[]", r#"[{"action":"a"},{"action":"a"}]"#);
    for (name, text) in [("nothing", "{}"), ("null", "null"), ("twice", &*twice)] {
        let folder = Libdir::new();
        folder.file(&format!("{name}.json"), text).file(name, "");
        let [
            Plugin {
                outcome: LoadOutcome::Crashes(_),
                ..
            },
        ] = &folder.plugins()[..]
        else {
            panic!("{}", folder.told());
        };
        // It does.
        let question = json!({"ask": "load", "text": folder.0.path()});
        assert!(verdicts::choria_crashes(&question), "{name}");
    }
    let folder = Libdir::new();
    folder
        .file("nothing.json", "{}")
        .file("null.json", "null")
        .file("twice.json", &twice);
    insta::assert_snapshot!(folder.told(), @r#"
    {agents}/nothing.json (nothing) crashes: a DDL without metadata, which a server reads without checking: add it, or move the file away
    {agents}/null.json (null) crashes: a DDL without metadata, which a server reads without checking: add it, or move the file away
    {agents}/twice.json (twice) crashes: $.actions[1].action is "a" again: two actions of one name crash the server, rename one
    "#);
}

#[test]
fn what_would_hang_a_server_does_not_hang_the_harness() {
    let folder = Libdir::new();
    let agents = folder.0.path().join("mcollective/agent");
    fifo(agents.join("fifo.json"));
    std::os::unix::fs::symlink("/dev/zero", agents.join("zero.json")).unwrap();
    insta::assert_snapshot!(folder.told(), @r"
    {agents}/fifo.json (fifo, young) crashes: a FIFO, at which a server hangs or fills its memory: put a regular file there
    {agents}/zero.json (zero) crashes: a device, at which a server hangs or fills its memory: put a regular file there
    ");
}

#[test]
fn a_folder_that_is_none_is_told() {
    let folder = TempDir::new().unwrap();
    let error = plugins(folder.path()).unwrap_err().to_string();
    let error = error.replace(folder.path().to_str().unwrap(), "{libdir}");
    insta::assert_snapshot!(error, @"could not look for agents in {libdir}/mcollective/agent: No such file or directory (os error 2)");
}

#[test]
fn agents_of_a_plugin_folder_can_be_called() {
    let folder = Libdir::new();
    folder.file(
        "parrot.json",
        &ddl("parrot").replace("[]", r#"[{"action":"echo"}]"#),
    );
    let text = "#!/bin/sh\necho '{\"activate\":true,\"data\":{\"a\":1}}' > \"$2\"\n";
    script(
        &folder.0.path().join("mcollective/agent"),
        "parrot",
        text,
        0o755,
    );
    let [
        Plugin {
            outcome: LoadOutcome::Loads(program),
            ..
        },
    ] = &folder.plugins()[..]
    else {
        panic!("{}", folder.told());
    };
    program
        .call(&Call::new("echo", &json!({})))
        .unwrap()
        .assert_ok()
        .assert_data(&json!({"a": 1}));
}
