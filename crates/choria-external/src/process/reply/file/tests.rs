//! Where a reply goes, and what is there when the program is killed.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tempfile::TempDir;

use super::*;

/// A folder with an empty reply file, as a server makes it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("reply"), "").unwrap();
    folder
}

fn opened(path: &Path) -> ReplyFile {
    ReplyFile::open(path.to_owned()).unwrap()
}

fn write(file: &ReplyFile, reply: &[u8]) -> io::Result<()> {
    file.write(reply, &mut |_| ())
}

/// Takes the place of the new file, so that the reply is written in place.
fn no_room_beside(folder: &TempDir) {
    fs::create_dir(folder.path().join("reply.new")).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_link_and_a_device_stay_what_they_are() {
    let folder = folder();
    let path = |name| folder.path().join(name);
    fs::write(path("reply"), "an older, longer text").unwrap();
    symlink("reply", path("link")).unwrap();
    write(&opened(&path("link")), b"new").unwrap();
    assert_eq!(fs::read(path("reply")).unwrap(), b"new");
    assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
    write(&opened(Path::new("/dev/null")), b"new").unwrap();
}

#[test]
fn a_reply_is_readable_by_its_user_only() {
    for in_place in [false, true] {
        let folder = folder();
        let path = folder.path().join("reply");
        if in_place {
            no_room_beside(&folder);
        }
        fs::remove_file(&path).unwrap();
        write(&opened(&path), b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(mode(&path), 0o600, "in place: {in_place}");
    }
}

#[test]
fn the_file_is_found_where_its_folder_was_moved() {
    let folder = folder();
    let [first, other] = ["first", "other"].map(|name| folder.path().join(name));
    fs::create_dir(&first).unwrap();
    let file = opened(&first.join("reply"));
    fs::rename(&first, &other).unwrap();
    write(&file, b"new").unwrap();
    assert_eq!(fs::read(other.join("reply")).unwrap(), b"new");
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
}

#[test]
fn who_answers_is_alone() {
    let folder = folder();
    let path = folder.path().join("reply");
    let first = opened(&path);
    let refused = |path: &Path| ReplyFile::open(path.to_owned()).err();
    let told = refused(&path)
        .unwrap()
        .replace(folder.path().to_str().unwrap(), "{tmp}");
    insta::assert_snapshot!(told, @"the reply file {tmp}/reply is locked: another process is answering this request; a program that an action starts must not get the variable CHORIA_EXTERNAL_PROTOCOL");
    write(&first, b"new").unwrap();
    assert!(refused(&path).is_some());
    drop(first);
    assert_eq!(refused(&path), None);
    // A device is nobody's.
    let _null = opened(Path::new("/dev/null"));
    assert_eq!(refused(Path::new("/dev/null")), None);
}

#[test]
fn a_file_that_has_taken_its_place_is_written() {
    let folder = folder();
    no_room_beside(&folder);
    let path = folder.path().join("reply");
    let file = opened(&path);
    fs::rename(&path, folder.path().join("moved")).unwrap();
    fs::write(&path, "another").unwrap();
    write(&file, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::read(folder.path().join("moved")).unwrap(), b"");

    let file = opened(&path);
    fs::remove_file(&path).unwrap();
    write(&file, b"newer").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"newer");
}

#[test]
fn a_descriptor_that_the_action_took_is_not_written() {
    let other = tempfile::tempfile().unwrap();
    for in_place in [false, true] {
        let folder = folder();
        if in_place {
            no_room_beside(&folder);
        }
        let path = folder.path().join("reply");
        let mut file = opened(&path);
        let opened = file.opened.get_mut().unwrap();
        opened.file.as_mut().unwrap().lose(&other);
        opened.folder.as_mut().unwrap().lose(&other);
        write(&file, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
    assert_eq!(other.metadata().unwrap().len(), 0);
}

/// Where the program that the next test starts ends itself.
#[cfg(target_os = "linux")]
const STEP: &str = "CHORIA_TEST_REPLY_STEP";

/// Runs this test again as a program that is killed at a step, in every step
/// there is: the server reads nothing, or all of it.
#[cfg(target_os = "linux")]
#[test]
fn a_program_that_is_killed_leaves_no_half_a_reply() {
    use rustix::process::{Signal, getpid, kill_process};
    use std::os::unix::process::ExitStatusExt as _;

    const REPLY: &[u8] = &[b'x'; 1_000_000];
    if let Ok(plan) = std::env::var(STEP) {
        let (at, path) = plan.split_once(' ').unwrap();
        let (at, mut steps) = (at.parse::<usize>().unwrap(), 0);
        let file = opened(Path::new(path));
        let written = file.write(REPLY, &mut |_| {
            if steps == at {
                kill_process(getpid(), Signal::KILL).unwrap();
            }
            steps += 1;
        });
        written.unwrap();
        return;
    }
    let this = "process::reply::file::tests::a_program_that_is_killed_leaves_no_half_a_reply";
    for in_place in [false, true] {
        let mut seen = Vec::new();
        for step in 0.. {
            let folder = folder();
            if in_place {
                no_room_beside(&folder);
            }
            let path = folder.path().join("reply");
            let status = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", this])
                .env(STEP, format!("{step} {}", path.display()))
                .stdout(std::process::Stdio::null())
                .status()
                .unwrap();
            let reply = fs::read(&path).unwrap();
            seen.push(reply.len());
            if status.success() {
                assert!(reply == REPLY);
                break;
            }
            assert_eq!(status.signal(), Some(9), "step {step}");
        }
        // Before it looks, makes, writes, renames, has renamed; and at the end. In
        // place: before it looks, makes, empties, writes, has written; and at the end.
        let all = REPLY.len();
        assert_eq!(seen, [0, 0, 0, 0, all, all], "in place: {in_place}");
    }
}
