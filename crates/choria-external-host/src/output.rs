//! The standard streams of a program: what it is given, and what it prints. What
//! is a log is read line by line, as the server's `bufio.Scanner` reads it.

mod pipe;

use std::io::{self, PipeReader, PipeWriter};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::log::{Level, Log, LogLine};
use pipe::Pipe;

/// Bytes of a line from which on a server reads no further, for good.
pub(crate) const LINE_LIMIT: usize = 65_536;

/// Bytes that a pipe holds at the most, unless its owner has more rights than
/// an agent wants: what is read beyond them once the program has ended was
/// written by others.
const PIPE_MOST: usize = 1 << 20;

/// How soon the outputs are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadTiming {
    /// As they are printed.
    #[default]
    AtOnce,
    /// A little later, as a busy server does: a program that ends without
    /// waiting until its output was read leaves some of it unread then, and
    /// [`CapturedOutput::unread`] counts it. Late by 20 ms.
    Late,
    /// The same, late by so much.
    LateBy(Duration),
}

impl ReadTiming {
    fn late(self) -> Option<Duration> {
        match self {
            Self::AtOnce => None,
            Self::Late => Some(Duration::from_millis(20)),
            Self::LateBy(time) => Some(time),
        }
    }
}

/// Bytes of each output that are recorded.
const MOST_RECORDED: usize = 4 << 20;

/// What a program wrote on one of its outputs, byte by byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CapturedOutput {
    /// The first 4 MiB of it.
    pub bytes: Vec<u8>,
    /// How many bytes came after those.
    pub dropped: usize,
    /// How many bytes, at the end, a server never logs, since a line of 64 KiB
    /// or more ended its reading.
    pub unlogged: usize,
    /// How many bytes were read only when the program had ended: a server
    /// closes its end then, and often loses them.
    pub unread: usize,
}

impl CapturedOutput {
    fn push(&mut self, piece: &[u8]) {
        let kept = piece.len().min(MOST_RECORDED - self.bytes.len());
        self.bytes.extend_from_slice(&piece[..kept]);
        self.dropped += piece.len() - kept;
    }
}

/// What becomes of the two outputs of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Streams {
    /// Both are logs.
    Logs,
    /// Standard output is the reply, standard error a log.
    Reply,
    /// Both are one pipe, which is the reply.
    Joined,
}

/// The streams of one process.
///
/// A process that the program left behind can hold the pipes open, read from
/// them and write to them, and a server does not wait for it. So the output ends
/// with the program: what the pipes hold then is read, and nothing waits for more.
pub(crate) struct Output {
    /// Closed when the program has ended.
    running: PipeWriter,
    ended: PipeReader,
    feed: Option<JoinHandle<()>>,
    readers: Vec<JoinHandle<CapturedOutput>>,
    log: Arc<Mutex<Log>>,
    pipes: Vec<String>,
}

impl Output {
    /// Connects the streams of a command that is to be started. Without `stdin`
    /// its standard input has nothing, and is no pipe.
    pub(crate) fn connect(
        command: &mut Command,
        stdin: Option<&[u8]>,
        streams: Streams,
        read_timing: ReadTiming,
    ) -> io::Result<Self> {
        let (ended, running) = io::pipe()?;
        let mut output = Self {
            running,
            ended,
            feed: None,
            readers: Vec::new(),
            log: Arc::default(),
            pipes: Vec::new(),
        };
        command.stdin(match stdin {
            Some(bytes) => output.feed(bytes)?,
            None => Stdio::null(),
        });
        let is_log = streams == Streams::Logs;
        let writer = output.read(
            "standard output",
            is_log.then_some(Level::Info),
            read_timing,
        )?;
        if streams == Streams::Joined {
            command.stderr(writer.try_clone()?);
        } else {
            let level = Some(Level::Error);
            command.stderr(output.read("standard error", level, read_timing)?);
        }
        command.stdout(writer);
        Ok(output)
    }

    /// Gives the program what it is to read, in a thread of its own: a program need
    /// not read it.
    fn feed(&mut self, bytes: &[u8]) -> io::Result<Stdio> {
        let (reader, writer) = io::pipe()?;
        let ended = self.ended.try_clone()?;
        let bytes = bytes.to_vec();
        let feed = thread::Builder::new().spawn(move || pipe::feed(writer, &ended, &bytes))?;
        self.feed = Some(feed);
        Ok(reader.into())
    }

    /// Reads one of the outputs in a thread of its own.
    fn read(
        &mut self,
        name: &'static str,
        level: Option<Level>,
        read_timing: ReadTiming,
    ) -> io::Result<PipeWriter> {
        let (reader, writer) = io::pipe()?;
        self.pipes.extend(pipe::name(&reader));
        let mut source = Source {
            name,
            level,
            pipe: Pipe::new(reader, self.ended.try_clone()?)?,
            late: read_timing.late(),
        };
        let log = Arc::clone(&self.log);
        let reader = thread::Builder::new().spawn(move || read(&mut source, &log))?;
        self.readers.push(reader);
        Ok(writer)
    }

    /// What the pipes of the outputs are called in `/proc/PID/fd`; nothing where the
    /// system has no such names.
    pub(crate) fn pipes(&self) -> &[String] {
        &self.pipes
    }

    /// The log, and all that was printed on standard output and standard error.
    /// To be called once the program has ended, or was not started at all.
    pub(crate) fn finish(self) -> (Vec<LogLine>, [CapturedOutput; 2]) {
        drop(self.running);
        if let Some(feed) = self.feed {
            // A panic there has given the program less.
            let _ = feed.join();
        }
        let mut printed = self.readers.into_iter().map(|reader| {
            // A panic there has lost lines, not the reply.
            reader.join().unwrap_or_default()
        });
        let printed = [(); 2].map(|()| printed.next().unwrap_or_default());
        let log = std::mem::take(&mut *lock(&self.log));
        (log.into_lines(), printed)
    }
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One output of the program, read at once or late.
struct Source {
    name: &'static str,
    /// Of its lines in the log; without it, it is no log.
    level: Option<Level>,
    pipe: Pipe,
    late: Option<Duration>,
}

impl Source {
    /// What comes next, and whether the program had ended when it came. Nothing
    /// where no more comes: all writers have closed the pipe, or the program has
    /// ended and the pipe is empty.
    fn next<'a>(&mut self, room: &'a mut [u8]) -> (&'a [u8], bool) {
        let mut ended = self.pipe.wait();
        if let Some(late) = self.late.filter(|_| !ended) {
            ended = self.pipe.wait_for_end(Some(late));
        }
        let length = loop {
            match self.pipe.read(room) {
                Some(length) => break length,
                // All that the program has printed was there before it ended.
                None if ended => break 0,
                // Somebody else was faster.
                None => ended = self.pipe.wait(),
            }
        };
        (&room[..length], ended)
    }
}

/// Reads all of an output.
fn read(source: &mut Source, log: &Mutex<Log>) -> CapturedOutput {
    let mut lines = Lines::default();
    let mut printed = CapturedOutput::default();
    let mut room = vec![0; LINE_LIMIT];
    loop {
        let level = source.level;
        let (piece, ended) = source.next(&mut room);
        let closed = piece.is_empty();
        printed.push(piece);
        if ended {
            printed.unread += piece.len();
        }
        if let Some(level) = level {
            let too_long = lines.too_long;
            lines.push(piece, |line| lock(log).push(level, line));
            // A server reads no further then, but leaves the pipe open, and a program
            // that goes on printing blocks: so does this.
            if lines.too_long && !too_long {
                lock(log).remark(format!(
                    "a line on {} has {LINE_LIMIT} bytes or more: the server stops reading there, and a program that goes on writing blocks until it is killed",
                    source.name
                ));
                source.pipe.wait_for_end(None);
            }
        }
        // One that was left behind can print without end.
        if closed || printed.unread > PIPE_MOST {
            if let Some(level) = level {
                lines.end(|line| lock(log).push(level, line));
            }
            if lines.too_long {
                printed.unlogged = printed.bytes.len() + printed.dropped - lines.logged;
            }
            return printed;
        }
    }
}

/// Cuts a stream into lines.
#[derive(Default)]
struct Lines {
    pending: Vec<u8>,
    /// Bytes of lines so far, with their ends.
    logged: usize,
    /// A line was too long: there are no more.
    too_long: bool,
}

impl Lines {
    fn push(&mut self, piece: &[u8], mut line: impl FnMut(&[u8])) {
        if self.too_long {
            return;
        }
        self.pending.extend_from_slice(piece);
        let mut rest = &self.pending[..];
        while let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
            if length >= LINE_LIMIT {
                break;
            }
            line(without_return(&rest[..length]));
            self.logged += length + 1;
            rest = &rest[length + 1..];
        }
        self.too_long = rest.len() >= LINE_LIMIT;
        self.pending = rest.to_vec();
    }

    /// A last line may have no end.
    fn end(&mut self, mut line: impl FnMut(&[u8])) {
        if !self.too_long && !self.pending.is_empty() {
            line(without_return(&self.pending));
        }
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The lines, and whether one of them was too long.
    fn lines(pieces: &[&[u8]]) -> (Vec<String>, bool) {
        let mut cut = Lines::default();
        let mut lines = Vec::new();
        let mut line = |line: &[u8]| lines.push(String::from_utf8_lossy(line).into_owned());
        for piece in pieces {
            cut.push(piece, &mut line);
        }
        cut.end(&mut line);
        (lines, cut.too_long)
    }

    #[test]
    fn lines_are_cut_as_the_server_cuts_them() {
        assert_eq!(lines(&[b"a\r\n\nb\rc\nlast"]).0, ["a", "", "b\rc", "last"]);
        assert_eq!(lines(&[b"a\n"]).0, ["a"]);
        assert_eq!(lines(&[b"a\nb", b"c", b"\nd"]).0, ["a", "bc", "d"]);
    }

    #[test]
    fn a_line_of_64_kib_ends_the_reading() {
        let line = vec![b'x'; LINE_LIMIT];
        assert_eq!(lines(&[b"a\n", &line[1..], b"\nb\n"]).0.len(), 3);
        assert!(!lines(&[b"a\n", &line[1..]]).1);
        for pieces in [
            &[b"a\n", &*line, b"\nb\n"][..],
            &[b"a\n", &*line],
            &[&[b"a\n", &line[..], b"\nb\n"].concat()],
        ] {
            assert_eq!(lines(pieces), (vec!["a".into()], true));
        }
    }

    proptest! {
        #[test]
        fn how_the_stream_is_cut_into_pieces_does_not_matter(
            stream in "([ab]|\n|\r){0,60}", cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)
        ) {
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            places.extend([0, stream.len()]);
            places.sort_unstable();
            let pieces: Vec<&[u8]> = places.windows(2).map(|cut| &stream.as_bytes()[cut[0]..cut[1]]).collect();
            prop_assert_eq!(lines(&pieces), lines(&[stream.as_bytes()]));
        }
    }
}
