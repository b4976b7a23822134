//! The files that the command writes: where they are, that they are whole or not
//! there, and who may read and write them.

use std::os::unix::fs::PermissionsExt;

use choria_external_host::system::platform;

use super::agents::{GOOD, parrot, reply};
use super::*;

/// The command after a line of shell that sets a limit or the umask.
fn after(line: &str, folder: &Path, arguments: &[&str]) -> Output {
    Command::new("dash")
        .args(["-c", &format!("{line}; exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_command"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What a disk with room for so many blocks of 512 bytes looks like: a file that
/// grows beyond is an error, not a signal.
fn full(blocks: u32) -> String {
    format!("trap '' XFSZ; ulimit -f {blocks}")
}

/// All below a folder, with its permissions.
fn below(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let about = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(folder).unwrap().display();
            let end = if about.is_dir() { "/" } else { "" };
            all.push(format!(
                "{:04o} {name}{end}",
                about.permissions().mode() & 0o7777
            ));
            if about.is_dir() {
                folders.push(path);
            }
        }
    }
    all.sort_by(|one, other| one[5..].cmp(&other[5..]));
    all
}

/// `TMPDIR=` is as good as none, as for a server.
#[test]
fn an_empty_tmpdir_is_not_the_current_folder() {
    let here = r#"{"statuscode":0,"statusmsg":"OK","data":{"message":"'"$PWD $1 $2 $CHORIA_EXTERNAL_CONFIG"'"}}"#;
    let folder = parrot(&format!("echo '{here}' > \"$2\""));
    let cases = json!({
        "agent": "./parrot",
        "cases": [{
            "name": "where",
            "action": "echo",
            "data": {"message": "hi"},
            "config": {"a": "b"},
            "expect": {"status": 0, "data": {"message": "somewhere"}},
        }],
    });
    fs::write(folder.path().join("test.json"), cases.to_string()).unwrap();
    for arguments in [
        &["run", "./parrot", "echo", "message=hi"][..],
        &["test", "test.json"],
    ] {
        let output = command(folder.path(), arguments)
            .env("TMPDIR", "")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let line = text
            .lines()
            .find(|line| line.contains("/tmp"))
            .unwrap_or("");
        assert!(line.contains("/tmp /tmp/request"), "{output:?}");
        assert!(line.contains(" /tmp/reply"), "{output:?}");
        let own = arguments[0] == "run" || line.contains(" /tmp/settings");
        assert!(own, "{output:?}");
    }
    // One that is relative is meant from here.
    fs::create_dir(folder.path().join("own")).unwrap();
    let output = command(folder.path(), &["run", "./parrot", "echo", "message=hi"])
        .env("TMPDIR", "own")
        .output()
        .unwrap();
    let text = seen(folder.path(), &output);
    assert!(text.contains("{folder}/own {folder}/own/request"), "{text}");
}

#[test]
fn a_tmpdir_that_is_not_there_is_named() {
    let folder = parrot(&reply(GOOD));
    let output = command(folder.path(), &["run", "./parrot", "echo", "message=hi"])
        .env("TMPDIR", "/no/such/folder")
        .output()
        .unwrap();
    insta::assert_snapshot!("tmpdir_missing", seen(folder.path(), &output));
}

#[test]
fn on_a_full_disk_files_are_whole_or_not_there() {
    let folder = parrot(&format!("seq 3000; {}", reply(GOOD)));
    let here = folder.path();
    let pages = here.join("pages");
    let output = after(&full(0), here, &["man", "--output", "pages"]);
    insta::assert_snapshot!("full_man", seen(here, &output));
    assert_eq!(below(&pages), [""; 0]);
    // The pages differ in length: those that find room are whole.
    after(&full(4), here, &["man", "--output", "pages"]);
    for page in fs::read_dir(&pages).unwrap() {
        let page = page.unwrap().path();
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.ends_with(".fi\n"), "{}: {text}", page.display());
    }

    // What was there before stays, in a folder that was there, too.
    fs::create_dir(here.join("empty")).unwrap();
    for (to, left) in [("empty", true), ("no/such", false)] {
        let new = ["new", "agent", "owl", "--output", to];
        let output = after(&full(1), here, &new);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(here.join(to).exists(), left);
        assert!(!left || below(&here.join(to)).is_empty(), "{output:?}");
    }

    let keep = ["run", "./parrot", "echo", "message=hi", "--keep", "kept"];
    let output = after(&full(16), here, &keep);
    insta::assert_snapshot!("full_keep", seen(here, &output));
    assert!(!here.join("kept/stdout").exists());
}

/// A folder of root's that others could write to would be theirs.
#[test]
fn what_others_use_has_its_permissions_whatever_the_umask_is() {
    let mut seen = Vec::new();
    for umask in ["0", "022", "077"] {
        let folder = parrot(&reply(GOOD));
        let here = folder.path();
        let line = format!("umask {umask}");
        fs::create_dir(here.join("lib")).unwrap();
        fs::set_permissions(here.join("lib"), PermissionsExt::from_mode(0o711)).unwrap();
        let ddl = json!({
            "metadata": {
                "name": "parrot", "description": "d", "author": "a", "license": "l", "version": "1.0.0", "url": "u",
                "timeout": 5, "provider": "external",
            },
            "actions": [{"action": "echo", "description": "d", "display": "always", "input": {}, "output": {}}],
        });
        fs::write(here.join("parrot.json"), ddl.to_string()).unwrap();
        let program = format!("{}=parrot", platform());
        let package = ["package", "--binary", &program, "--install", "lib"];
        for arguments in [
            &package[..],
            // Over what is there.
            &package,
            &["man", "--output", "a/b"],
        ] {
            let output = after(&line, here, arguments);
            assert!(output.status.success(), "{output:?}");
        }
        let keep = ["run", "./parrot", "echo", "--keep", "kept/here"];
        after(&line, here, &keep);
        let mut all = below(here);
        all.retain(|line| !line.contains("choria-external-") || line.contains("-net-up"));
        seen.push(all.join("\n").replace(&platform(), "{system}") + "\n");
        // A user's own files are made as the user wants them.
        let new = ["new", "agent", "owl", "--path", "/nowhere"];
        after(&line, here, &new);
    }
    insta::assert_snapshot!("permissions", seen[0]);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}
