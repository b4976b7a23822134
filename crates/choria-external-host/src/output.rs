//! What a program prints, read line by line as the server's
//! `bufio.Scanner` reads it.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::log::{Level, Log, LogLine};
use crate::random;

/// Bytes of a line from which on a server reads no further, for good.
pub(crate) const LINE_LIMIT: usize = 65_536;

/// Bytes that a pipe holds at the most, unless its owner has more rights than
/// an agent wants: what is read beyond them once the program has ended was
/// written by others.
const PIPE_MOST: usize = 1 << 20;

/// Both outputs of one process.
///
/// A process that the program left behind can hold the pipes open, and a server
/// does not wait for it. So the end of the output is not the end of the pipe:
/// once the program has ended, the harness writes a mark into the pipe itself,
/// behind everything the program wrote, and reads up to there.
pub(crate) struct Output {
    mark: [u8; 16],
    pipes: Vec<Pipe>,
    log: Arc<Mutex<Log>>,
}

struct Pipe {
    writer: PipeWriter,
    reader: JoinHandle<()>,
    /// Dropped when the program has ended.
    running: Sender<()>,
}

impl Output {
    /// Connects standard output and standard error of a command that is to be
    /// started.
    pub(crate) fn connect(command: &mut Command) -> io::Result<Self> {
        let mark = random::bytes();
        let log = Arc::new(Mutex::new(Log::default()));
        let mut pipes = Vec::new();
        for (name, level) in [
            ("standard output", Level::Info),
            ("standard error", Level::Error),
        ] {
            let (reader, writer) = io::pipe()?;
            let end = Stdio::from(writer.try_clone()?);
            match level {
                Level::Info => command.stdout(end),
                _ => command.stderr(end),
            };
            let (running, ended) = mpsc::channel();
            let log = Arc::clone(&log);
            pipes.push(Pipe {
                writer,
                reader: thread::spawn(move || read(reader, name, level, &mark, &log, &ended)),
                running,
            });
        }
        Ok(Self { mark, pipes, log })
    }

    /// All that was printed. To be called once the program has ended, or was
    /// not started at all.
    pub(crate) fn finish(self) -> Vec<LogLine> {
        let mut readers = Vec::new();
        for Pipe {
            writer,
            reader,
            running,
        } in self.pipes
        {
            // First this, which makes a reader that has stopped let go of the
            // pipe: else a full pipe would block the next line.
            drop(running);
            write_mark(writer, &self.mark, &reader);
            readers.push(reader);
        }
        for reader in readers {
            // A panic there has lost lines, not the reply.
            let _ = reader.join();
        }
        std::mem::take(&mut *lock(&self.log)).into_lines()
    }
}

/// Writes the mark, unless its reader has let go: then there is nothing to end.
fn write_mark(mut writer: PipeWriter, mark: &[u8], reader: &JoinHandle<()>) {
    while !reader.is_finished() {
        // So few bytes go into a pipe all at once or not at all.
        match writer.write(mark) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The program has made its end of the pipe one that does not block,
            // which this one then is too, and the pipe is full: the reader
            // empties it.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(1));
            }
            Ok(_) | Err(_) => return,
        }
    }
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads until the mark, or until a line is too long: then it stays, as a
/// server does, with the pipe open and unread, until the program has ended.
fn read(
    mut pipe: PipeReader,
    name: &str,
    level: Level,
    mark: &[u8],
    log: &Mutex<Log>,
    ended: &Receiver<()>,
) {
    let mut splitter = Splitter::new(mark);
    let mut after_the_end = 0;
    let mut chunk = vec![0; LINE_LIMIT];
    loop {
        let length = match pipe.read(&mut chunk) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        if ended.try_recv() == Err(TryRecvError::Disconnected) {
            after_the_end += length;
        }
        let next = splitter.push(&chunk[..length], |line| lock(log).push(level, line));
        match next {
            // One that was left behind can print so fast that the mark never
            // finds room.
            Next::More if after_the_end > PIPE_MOST => return,
            Next::More if length > 0 => {}
            Next::More | Next::End => return,
            Next::TooLong => {
                lock(log).remark(format!(
                    "a line on {name} has {LINE_LIMIT} bytes or more: the server reads no further there, \
                     and a program that goes on writing blocks until it is killed"
                ));
                let _ = ended.recv();
                return;
            }
        }
    }
}

/// Cuts a stream into lines.
struct Splitter<'a> {
    mark: &'a [u8],
    pending: Vec<u8>,
}

/// What comes after a piece of the stream.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    More,
    End,
    TooLong,
}

impl<'a> Splitter<'a> {
    fn new(mark: &'a [u8]) -> Self {
        Self {
            mark,
            pending: Vec::new(),
        }
    }

    fn push(&mut self, piece: &[u8], mut line: impl FnMut(&[u8])) -> Next {
        self.pending.extend_from_slice(piece);
        let end = self
            .pending
            .windows(self.mark.len())
            .position(|window| window == self.mark);
        let mut rest = &self.pending[..end.unwrap_or(self.pending.len())];
        while let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
            if length >= LINE_LIMIT {
                return Next::TooLong;
            }
            line(without_return(&rest[..length]));
            rest = &rest[length + 1..];
        }
        // The start of the mark may be there already, and is no part of the line.
        let marked = (1..self.mark.len())
            .rev()
            .find(|length| rest.ends_with(&self.mark[..*length]));
        if rest.len() - marked.filter(|_| end.is_none()).unwrap_or_default() >= LINE_LIMIT {
            return Next::TooLong;
        }
        if end.is_some() {
            if !rest.is_empty() {
                line(without_return(rest));
            }
            return Next::End;
        }
        self.pending = rest.to_vec();
        Next::More
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MARK: &[u8] = b"#mark#";

    fn lines(pieces: &[&[u8]]) -> (Vec<String>, Next) {
        let mut splitter = Splitter::new(MARK);
        let mut lines = Vec::new();
        for piece in pieces {
            let next = splitter.push(piece, |line| {
                lines.push(String::from_utf8_lossy(line).into_owned());
            });
            if next != Next::More {
                return (lines, next);
            }
        }
        (lines, Next::More)
    }

    #[test]
    fn lines_are_cut_as_the_server_cuts_them() {
        let (found, next) = lines(&[b"a\r\n\nb\rc\nlast#mark#more\n"]);
        assert_eq!(found, ["a", "", "b\rc", "last"]);
        assert_eq!(next, Next::End);
        assert_eq!(lines(&[b"a\n#mark#"]).0, ["a"]);
        assert_eq!(
            lines(&[b"a\nb", b"c", b"\nd#ma", b"rk#"]).0,
            ["a", "bc", "d"]
        );
    }

    #[test]
    fn a_line_of_64_kib_ends_the_reading() {
        let line = vec![b'x'; LINE_LIMIT];
        assert_eq!(lines(&[b"a\n", &line[1..], b"\nb\n"]).0.len(), 3);
        assert_eq!(lines(&[b"a\n", &line[1..], b"#mark#"]).1, Next::End);
        assert_eq!(lines(&[b"a\n", &line[1..], b"#mar", b"k#"]).1, Next::End);
        assert_eq!(
            lines(&[b"a\n", &line, b"\nb\n"]),
            (vec!["a".into()], Next::TooLong)
        );
        assert_eq!(
            lines(&[b"a\n", &line, b"#mark#"]),
            (vec!["a".into()], Next::TooLong)
        );
        assert_eq!(
            lines(&[&[&line[..], b"\nb\n"].concat()]),
            (vec![], Next::TooLong)
        );
    }

    proptest! {
        #[test]
        fn how_the_stream_is_cut_into_pieces_does_not_matter(
            stream in "([ab#m]|\n|mark|#mar){0,30}", cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)
        ) {
            let stream = stream.replace("#mark#", "") + "#mark#\nnot this\n";
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
            places.extend([0, stream.len()]);
            places.sort_unstable();
            let pieces: Vec<&[u8]> = places.windows(2).map(|cut| &stream.as_bytes()[cut[0]..cut[1]]).collect();
            prop_assert_eq!(lines(&pieces), lines(&[stream.as_bytes()]));
        }
    }
}
