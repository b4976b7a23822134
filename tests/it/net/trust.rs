//! A folder that another user could have made, or can write to, is not believed.
//!
//! Each test plants what `net up` would have left: a lock that is held, and a
//! `net.json` that names a program to run and a process to end.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::time::{Duration, Instant};

use super::*;
use crate::programs::fifo;

/// Another user than the one who runs the tests.
const OTHER: u32 = 65534;

/// A network that nobody started.
struct Planted {
    place: Place,
    folder: PathBuf,
    /// The process that `net.json` names.
    named: Child,
    _lock: File,
}

impl Planted {
    fn new() -> Self {
        let place = Place::new();
        let folder = place.network();
        Self::at(place, folder)
    }

    fn at(place: Place, folder: PathBuf) -> Self {
        fs::create_dir(&folder).unwrap();
        let planted = "#!/bin/sh\necho 0.29.4\ntouch \"$0.ran\"\n";
        script(place.path(), "planted", planted, 0o755);
        let named = Command::new("sleep").arg("600").spawn().unwrap();
        fs::create_dir(folder.join("tmp")).unwrap();
        // As `net up` makes them, whatever the tests' umask is.
        let lock = File::create(folder.join("lock")).unwrap();
        lock.set_permissions(Permissions::from_mode(0o600)).unwrap();
        lock.lock().unwrap();
        let planted = Self {
            place,
            folder,
            named,
            _lock: lock,
        };
        planted.chmod(0o700);
        let process = process_of(planted.named.id());
        planted.state(&planted.with_process(&process));
        planted
    }

    fn with_process(&self, process: &Value) -> Value {
        json!({
            "pid": process["pid"],
            "process": process,
            "up": true,
            "port": 1,
            "choria": self.place.path().join("planted"),
            "version": "0.29.4",
            "certname": "x.mcollective",
            "servers": ["node1"],
            "agents": [],
            "processes": {},
        })
    }

    fn state(&self, state: &Value) {
        let file = self.folder.join("net.json");
        fs::write(&file, state.to_string()).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }

    fn chmod(&self, mode: u32) {
        fs::set_permissions(&self.folder, Permissions::from_mode(mode)).unwrap();
    }

    /// Whether the program that `net.json` names has run.
    fn ran(&self) -> bool {
        self.place.path().join("planted.ran").exists()
    }

    fn lives(&mut self) -> bool {
        self.named.try_wait().unwrap().is_none()
    }

    /// What each command says, which runs nothing and ends nothing.
    fn refused(&mut self, more: &[&str]) -> String {
        let mut all = String::new();
        for arguments in [
            &["status"][..],
            &["req", "rpcutil", "ping"],
            &["down"],
            &["up", "--choria", "./planted"],
        ] {
            let output = in_time(&mut self.place.net(&[arguments, more].concat()));
            all += &format!("$ net {}\n{}", arguments[0], self.place.seen(&output));
            assert_eq!(output.status.code(), Some(2), "{all}");
            // `up` asks the program that is given for its version.
            assert!(arguments[0] == "up" || !self.ran(), "{all}");
        }
        assert!(self.lives(), "{all}");
        fs::remove_file(self.place.path().join("planted.ran")).unwrap();
        all
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        let _ = self.named.kill();
        let _ = self.named.wait();
    }
}

/// A process as `net.json` names it.
fn process_of(pid: u32) -> Value {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let started = fields.split_whitespace().nth(19).unwrap();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    json!({"pid": pid, "started": format!("{}/{started}", boot.trim())})
}

/// The output of a command that must not hang.
fn in_time(command: &mut Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_mins(2);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("it hangs: {:?}", child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// Where in the file it is depends on the length of paths.
fn without_column(text: &str) -> String {
    let mut parts = text.split(" column ");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        text + " column {column}" + rest
    })
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn what_is_ones_own_is_believed() {
    let mut planted = Planted::new();
    // Others may read it.
    planted.chmod(0o755);
    let output = in_time(&mut planted.place.net(&["req", "rpcutil", "ping"]));
    assert!(planted.ran(), "{output:?}");
    let status = in_time(&mut planted.place.net(&["status"]));
    assert_eq!(status.status.code(), Some(0), "{status:?}");
    assert!(planted.lives());
}

#[test]
fn a_folder_of_another_user_is_not_believed() {
    if is_root() {
        let mut planted = Planted::new();
        chown(&planted.folder, Some(OTHER), Some(OTHER)).unwrap();
        let said = planted.refused(&[]);
        insta::assert_snapshot!("trust_owner", said);
    }
    // Root's, or, for root, that of a user who has given a folder away.
    let place = Place::new();
    let other = if is_root() {
        let other = place.path().join("other");
        fs::create_dir(&other).unwrap();
        chown(&other, Some(OTHER), Some(OTHER)).unwrap();
        other
    } else {
        PathBuf::from("/usr")
    };
    let other = other.to_str().unwrap();
    for command in ["status", "down"] {
        let output = in_time(&mut place.net(&[command, "--dir", other]));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("belongs to another user"), "{said}");
    }
}

#[test]
fn a_folder_that_others_can_write_to_is_not_believed() {
    for (mode, name) in [(0o770, "trust_group"), (0o702, "trust_others")] {
        let mut planted = Planted::new();
        planted.chmod(mode);
        let said = planted.refused(&[]);
        insta::assert_snapshot!(name, said);
    }
}

#[test]
fn a_folder_that_others_can_put_elsewhere_is_not_believed() {
    let place = Place::new();
    let open = place.path().join("open");
    fs::create_dir(&open).unwrap();
    let mut planted = Planted::at(place, open.join("net"));
    let dir = ["--dir", "open/net"];
    fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
    insta::assert_snapshot!("trust_above", planted.refused(&dir));
    // As the folder for temporary files is.
    fs::set_permissions(&open, Permissions::from_mode(0o1777)).unwrap();
    let status = in_time(&mut planted.place.net(&[&["status"], &dir[..]].concat()));
    assert_eq!(status.status.code(), Some(0), "{status:?}");
}

#[test]
fn a_folder_below_one_of_another_user_is_not_believed() {
    if !is_root() {
        // Nobody else can give a folder away.
        return;
    }
    let place = Place::new();
    let above = place.path().join("above");
    fs::create_dir(&above).unwrap();
    let mut planted = Planted::at(place, above.join("net"));
    let dir = ["--dir", "above/net"];
    chown(&above, Some(OTHER), Some(OTHER)).unwrap();
    insta::assert_snapshot!("trust_above_owner", planted.refused(&dir));
    // Its owner can rename what is in it, sticky or not.
    fs::set_permissions(&above, Permissions::from_mode(0o1777)).unwrap();
    insta::assert_snapshot!("trust_above_owner", planted.refused(&dir));
    // A group of others.
    chown(&above, Some(0), Some(OTHER)).unwrap();
    fs::set_permissions(&above, Permissions::from_mode(0o775)).unwrap();
    insta::assert_snapshot!("trust_above_group", planted.refused(&dir));
    for (group, mode) in [(0, 0o775), (OTHER, 0o1775), (OTHER, 0o755)] {
        chown(&above, Some(0), Some(group)).unwrap();
        fs::set_permissions(&above, Permissions::from_mode(mode)).unwrap();
        let status = in_time(&mut planted.place.net(&[&["status"], &dir[..]].concat()));
        assert_eq!(status.status.code(), Some(0), "{status:?}");
    }
}

#[test]
fn a_link_is_not_followed() {
    let place = Place::new();
    let real = place.path().join("real");
    let mut planted = Planted::at(place, real.clone());
    symlink(&real, planted.place.network()).unwrap();
    insta::assert_snapshot!("trust_link", planted.refused(&[]));
    // Not with a slash behind it either.
    let link = format!("{}/", planted.place.network().display());
    insta::assert_snapshot!("trust_link_slash", planted.refused(&["--dir", &link]));
}

#[test]
fn files_that_net_up_does_not_make_hang_nothing() {
    for (file, name) in [("net.json", "trust_state"), ("lock", "trust_lock")] {
        type Plant = fn(&Path);
        let plants: [(&str, Plant); 4] = [
            ("fifo", |path| drop(fifo(path.into()))),
            ("folder", |path| fs::create_dir(path).unwrap()),
            ("link", |path| symlink("/etc/passwd", path).unwrap()),
            ("open", |path| {
                fs::write(path, "{}").unwrap();
                fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
            }),
        ];
        for (what, plant) in plants {
            let mut planted = Planted::new();
            let path = planted.folder.join(file);
            fs::remove_file(&path).unwrap();
            plant(&path);
            let said = planted.refused(&[]);
            insta::assert_snapshot!(format!("{name}_{what}"), said);
        }
        if is_root() {
            let mut planted = Planted::new();
            let path = planted.folder.join(file);
            chown(path, Some(OTHER), Some(OTHER)).unwrap();
            insta::assert_snapshot!(format!("{name}_owner"), planted.refused(&[]));
        }
    }
}

#[test]
fn a_process_that_is_not_the_network_is_not_ended() {
    let mut planted = Planted::new();
    let real = process_of(planted.named.id());
    for (name, pid, started) in [
        ("trust_pid_0", json!(0), &real["started"]),
        ("trust_pid_negative", json!(-1), &real["started"]),
        ("trust_pid_huge", json!(1_u64 << 40), &real["started"]),
        // The number was given to another process since.
        ("trust_pid_reused", real["pid"].clone(), &json!("b/1")),
    ] {
        let process = json!({"pid": pid, "started": started});
        planted.state(&planted.with_process(&process));
        let said = planted.refused(&[]);
        let said = said.replace(&format!("process {pid},"), "process {pid},");
        insta::assert_snapshot!(name, without_column(&said));
    }
}

#[test]
fn what_is_left_of_a_network_ends_no_other_process() {
    for command in ["down", "up"] {
        let place = Place::new();
        let folder = place.network();
        let mut planted = Planted::at(place, folder);
        let mut group = Command::new("sleep");
        std::os::unix::process::CommandExt::process_group(&mut group, 0);
        let mut group = group.arg("600").spawn().unwrap();
        let real = process_of(group.id());
        let mut state = planted.with_process(&real);
        for (name, process) in [
            ("broker", json!({"pid": group.id(), "started": "b/1"})),
            ("node1", json!({"pid": 0, "started": real["started"]})),
            ("node2", json!({"pid": -1, "started": real["started"]})),
        ] {
            state["processes"] = json!({});
            state["processes"][name] = process;
            planted.state(&state);
            // Nobody holds it.
            let lock = planted.folder.join("lock");
            let _ = fs::remove_file(&lock);
            fs::write(&lock, "").unwrap();
            fs::set_permissions(&lock, Permissions::from_mode(0o600)).unwrap();
            // It ends at the port, when the folder is its own.
            let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = taken.local_addr().unwrap().port().to_string();
            let arguments = match command {
                "up" => vec!["up", "--choria", "./planted", "--port", &port],
                other => vec![other],
            };
            let output = in_time(&mut planted.place.net(&arguments));
            assert!(!planted.folder.exists(), "{output:?}");
            assert!(group.try_wait().unwrap().is_none(), "{name}: {output:?}");
            fs::create_dir(&planted.folder).unwrap();
        }
        assert!(planted.lives());
        group.kill().unwrap();
        group.wait().unwrap();
    }
}

#[test]
fn the_folder_of_the_session_comes_before_that_for_temporary_files() {
    let place = Place::new();
    let session = place.path().join("session");
    let used = |value: &str| {
        let mut command = place.net(&["status"]);
        let output = in_time(command.env("XDG_RUNTIME_DIR", value));
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        place.seen(&output).contains("{folder}/session/")
    };
    let path = session.to_str().unwrap();
    assert!(!used(path), "it is not there");
    fs::create_dir(&session).unwrap();
    let chmod = |mode| fs::set_permissions(&session, Permissions::from_mode(mode)).unwrap();
    chmod(0o700);
    assert!(used(path));
    assert!(!used("session"), "it is not absolute");
    assert!(!used(""));
    chmod(0o770);
    assert!(!used(path), "a group can write to it");
    chmod(0o702);
    assert!(!used(path), "others can write to it");
    chmod(0o700);
    if is_root() {
        chown(&session, Some(OTHER), Some(OTHER)).unwrap();
        assert!(!used(path), "it is another user's");
    } else {
        assert!(!used("/"), "it is root's");
    }
}
