//! An agent that takes from its own process what a reply could need, for tests.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use anyhow::Context as _;
use choria_external::{Actions, Agent, Call, Input, Metadata, Output, metadata};
use rustix::fs::{Mode, Uid};
use rustix::process::{Resource, Rlimit, chdir, chroot, getuid, setrlimit, umask};
use rustix::thread::set_thread_uid;

#[derive(Default)]
struct Taker;

/// Takes something
#[derive(Input)]
struct Take {
    /// What it takes
    #[input(maxlength = 100)]
    what: String,
    /// A folder that it may go to
    #[input(maxlength = 4096)]
    folder: String,
    /// A FIFO that its child holds open
    #[input(default = "", maxlength = 4096)]
    held: String,
    /// Whether that child waits until the FIFO is written, and then ends
    #[input(default = false)]
    waits: bool,
    /// Whether it gives no answer then
    #[input(default = false)]
    hangs: bool,
}

/// Starts itself
#[derive(Input)]
struct Words {
    /// The arguments, with spaces between them
    #[input(maxlength = 100)]
    words: String,
    /// Whether the library runs the command
    by_call: bool,
}

/// What came of it
#[derive(Output)]
struct Came {
    /// What was printed, and the exit code
    how: String,
}

impl Agent for Taker {
    const META: Metadata = metadata!(name = "taker", timeout = 2);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("take", Self::take);
        actions.add("start", Self::start);
    }
}

impl Taker {
    fn take(&self, call: &Call, input: Take) -> anyhow::Result<()> {
        let size = |maximum| Rlimit {
            current: Some(0),
            maximum,
        };
        if !input.held.is_empty() {
            let script = if input.waits {
                "read line < \"$0\""
            } else {
                "exec sleep 600 > \"$0\""
            };
            Command::new("sh")
                .args(["-c", script, &input.held])
                // Whoever reads the log of this program need not wait for it.
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
        }
        match &*input.what {
            "nothing" => {}
            "descriptors" => {
                while let Ok(file) = File::open("/dev/null") {
                    std::mem::forget(file);
                }
            }
            "limit of descriptors" => setrlimit(Resource::Nofile, size(Some(0)))?,
            "user" if getuid().is_root() => set_thread_uid(Uid::from_raw(65534))?,
            // What another user could not do either: open the reply, write in its folder.
            "user" => {
                let reply = std::env::var("CHORIA_EXTERNAL_REPLY")?;
                let reply = Path::new(&reply);
                for path in [reply, reply.parent().context("it has no folder")?] {
                    fs::set_permissions(path, fs::Permissions::from_mode(0o0))?;
                }
            }
            "folder" => chdir(input.folder)?,
            "root" => {
                chdir(&*input.folder)?;
                if getuid().is_root() {
                    chroot(".")?;
                }
            }
            "umask" => {
                umask(Mode::RWXU | Mode::RWXG | Mode::RWXO);
            }
            "size of files" => setrlimit(Resource::Fsize, size(None))?,
            "size of files, for good" => {
                setrlimit(Resource::Fsize, size(Some(0)))?;
                // Root may lift it.
                if getuid().is_root() {
                    set_thread_uid(Uid::from_raw(65534))?;
                }
            }
            "time, for facts" => drop(call.facts().all().clone()),
            what => anyhow::bail!("there is no {what:?} to take"),
        }
        if input.hangs {
            loop {
                thread::park();
            }
        }
        Ok(())
    }

    fn start(&self, call: &Call, input: Words) -> anyhow::Result<Came> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(input.words.split_whitespace())
            .stdin(Stdio::null());
        let ended = if input.by_call {
            call.run(&mut command)?
        } else {
            command.output()?
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Came {
            how: format!(
                "{}{}exit {:?}",
                text(&ended.stdout),
                text(&ended.stderr),
                ended.status.code()
            ),
        })
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Taker>()
}
