//! Programs, DDLs, settings and inputs: where they are found and how they are read.

use super::*;

#[test]
fn a_program_without_a_ddl_is_called_without_checks() {
    let mut agent = Agent::recorder();
    agent.program.ddl = None;
    let outcome = agent
        .program
        .call(&Call::new("anything", &json!({"x": "y"})))
        .unwrap();
    assert_eq!(outcome.reply.unwrap().data, json!({"value": "hi"}));
    let wrong = agent.program.call(&Call::new("Any-thing", &json!({})));
    assert!(matches!(wrong, Err(HostError::Name { of: "action", .. })));
}

#[test]
fn data_that_is_not_json_is_no_call() {
    let error = Call::from_json("go", "{").unwrap_err();
    assert!(matches!(error, HostError::Data(_)), "{error}");
}

#[cfg(unix)]
#[test]
fn programs_and_ddls_are_found_where_a_server_finds_them() {
    let folder = TempDir::new().unwrap();
    let here = &folder.path().canonicalize().unwrap();
    let file = |path: &str, text: &str| {
        let path = here.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let ddl = |name: &str| {
        json!({"metadata": {"name": name, "provider": "external", "timeout": 7}, "actions": []})
            .to_string()
    };
    let find = |path: &str| Program::find(&here.join(path), None);

    file("parrot", "");
    file("parrot.json", &ddl("parrot"));
    let program = find("parrot").unwrap();
    assert_eq!(
        (program.name.as_str(), program.limit),
        ("parrot", Duration::from_secs(7))
    );
    assert_eq!(program.config_file(), here.join("plugin.d/parrot"));
    assert_eq!(program.misplaced(), None);

    let system = choria_external_host::system::platform();
    file(&format!("owl/owl-{system}"), "");
    file("owl.json", &ddl("owl"));
    for path in ["owl".into(), format!("owl/owl-{system}")] {
        let program = find(&path).unwrap();
        assert_eq!(program.name.as_str(), "owl");
        assert_eq!(program.path, here.join(format!("owl/owl-{system}")));
        assert!(program.ddl.is_some());
        assert_eq!(program.misplaced(), None);
    }

    file("my-agent.py", "");
    assert_eq!(find("my-agent.py").unwrap().name.as_str(), "my_agent");
    file("my_agent.json", &ddl("my_agent"));
    let program = find("my-agent.py").unwrap();
    assert!(program.ddl.is_some());
    assert_eq!(
        program.misplaced().unwrap(),
        "a server looks for this agent's program under the name my_agent, but it is my-agent.py"
    );

    // The two other layouts of a folder, and ways to name one.
    file("crow/crow", "");
    file("crow/crow.json", &ddl("crow"));
    file(&format!("jay/jay/jay-{system}"), "");
    file("jay/jay.json", &ddl("jay"));
    fs::create_dir(here.join("owl/sub")).unwrap();
    std::os::unix::fs::symlink(here.join("crow"), here.join("bird")).unwrap();
    for (path, executable) in [
        ("crow", "crow/crow".into()),
        ("bird", "crow/crow".into()),
        ("jay", format!("jay/jay/jay-{system}")),
        ("owl/sub/..", format!("owl/owl-{system}")),
    ] {
        let program = find(path).unwrap();
        assert_eq!(program.path, here.join(executable));
        assert!(
            program.ddl.is_some() && program.warnings().is_empty(),
            "{path}"
        );
    }

    fs::create_dir(here.join("empty")).unwrap();
    let at = here.display();
    assert_eq!(
        find("empty").unwrap_err().to_string(),
        format!(
            "no such program: {at}/empty/empty, {at}/empty/empty-{system}, {at}/empty/empty/empty-{system}; expected an \
             executable, a folder NAME with one in it, or the folder of a Cargo package"
        )
    );
    let error = Program::find("no_such_program".as_ref(), None).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("; PATH is not searched: give a path"),
        "{error}"
    );
    for path in ["missing", "empty"] {
        assert!(matches!(find(path), Err(HostError::NotFound { .. })));
    }
    file("bad", "");
    file("bad.json", "{");
    file("refused", "");
    file("refused.json", &ddl("rpcutil"));
    for (path, wanted) in [
        ("bad", "the DDL is not JSON"),
        ("refused", "a server would not run this agent: "),
    ] {
        let error = find(path).unwrap_err();
        assert!(
            matches!(error, HostError::Ddl { .. }) && error.to_string().contains(wanted),
            "{error}"
        );
    }
    let elsewhere = Program::find(&here.join("bad"), Some(&here.join("owl.json"))).unwrap();
    assert_eq!(elsewhere.name.as_str(), "owl");
}

#[test]
fn the_default_configuration_goes_with_the_name() {
    let mut program = Program::new("/opt/agents/some-file", "other").unwrap();
    assert_eq!(
        program.config_file(),
        Path::new("/opt/agents/plugin.d/other")
    );
    program.set_ddl(ddl("rec"), "the test").unwrap();
    assert_eq!(program.config_file(), Path::new("/opt/agents/plugin.d/rec"));
    program.config = Some("/etc/rec".into());
    assert_eq!(program.config_file(), Path::new("/etc/rec"));
}

#[test]
fn names_that_no_message_can_carry_are_told_with_a_remedy() {
    assert_eq!(
        Program::new("/opt/agents/Parrot", "Parrot")
            .unwrap_err()
            .to_string(),
        "invalid agent name: expected a name of a-z, 0-9 and _, got \"Parrot\"; rename the program, or give \
         a DDL that has the name, with --ddl"
    );
    let mut agent = Agent::recorder();
    agent.program.ddl = None;
    let error = agent
        .program
        .call(&Call::new("Go", &json!({})))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid action name: expected a name of a-z, 0-9 and _, got \"Go\"; give the name of an action"
    );
}

#[test]
fn inputs_that_are_typed_are_read_by_the_ddl() {
    let mut program = Program::new("/opt/agents/rec", "rec").unwrap();
    let inputs = |program: &Program, action: &str, line: &str| {
        let words = line
            .split_whitespace()
            .map(|word| word.split_once('=').unwrap());
        let pairs: Vec<(String, String)> = words
            .map(|(name, text)| (name.into(), text.into()))
            .collect();
        let inputs = program.inputs_from_text(action, &pairs);
        inputs.map_err(|error| error.to_string())
    };
    assert_eq!(
        inputs(&program, "go", "I=1 x=y"),
        Ok(json!({"I": "1", "x": "y"}))
    );

    program.set_ddl(ddl("rec"), "the test").unwrap();
    assert_eq!(
        inputs(&program, "go", "I=1"),
        Ok(json!({"i": 1, "dv": "from-client"}))
    );
    assert_eq!(inputs(&program, "fly", "I=1"), Ok(json!({"I": "1"})));
    for line in ["s=1 s=2", "s=2 S=1"] {
        assert_eq!(
            inputs(&program, "go", line).unwrap_err(),
            "invalid input: input 's' is given twice; the action was not called"
        );
    }
    assert_eq!(
        inputs(&program, "go", "colour=green").unwrap_err(),
        "invalid input: input 'colour' has not been declared; the DDL declares a, b, dv, f, h, i, l, n, s; the action \
         was not called"
    );
    assert_eq!(
        inputs(&program, "bare", "colour=green").unwrap_err(),
        "invalid input: input 'colour' has not been declared; the action has no inputs; the action was not called"
    );

    let capital = json!({
        "metadata": {"name": "rec", "provider": "external", "timeout": 5},
        "actions": [{"action": "go", "input": {"Name": {"type": "string", "maxlength": 9}}}],
    });
    let capital = Ddl::from_json(capital.to_string().as_bytes()).unwrap();
    program.set_ddl(capital, "the test").unwrap();
    assert_eq!(
        inputs(&program, "go", "Name=x").unwrap_err(),
        "invalid input: input 'name' has not been declared; the DDL declares Name; names are read in lower case, so \
         nobody can give 'Name': write it in lower case in the DDL; the action was not called"
    );
}

#[test]
fn a_call_carries_what_is_set() {
    let mut agent = Agent::recorder();
    agent.program.facts = Facts::default();
    let mut call = Call::new("go", &json!({"s": "a<b"}));
    call.callerid = "choria=<me>".into();
    agent.program.call(&call).unwrap();
    let record = agent.record("action.json").unwrap();
    let request = record["request"].as_str().unwrap();
    assert!(
        request.contains(r#""callerid":"choria=\u003cme\u003e","#),
        "{request}"
    );
    assert!(
        request.ends_with(r#""data":{"s":"a\u003cb"}}"#),
        "{request}"
    );
    assert_eq!(record["facts"], "{}");
}
