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

/// How soon the outputs are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reading {
    /// As they are printed.
    #[default]
    AtOnce,
    /// A little later, as a busy server does: a program that ends without
    /// waiting until its output was read leaves some of it unread then, and
    /// [`Printed::unread`] counts it. Late by 20 ms.
    Late,
    /// The same, late by so much.
    LateBy(Duration),
}

impl Reading {
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
pub struct Printed {
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

impl Printed {
    fn push(&mut self, piece: &[u8]) {
        let kept = piece.len().min(MOST_RECORDED - self.bytes.len());
        self.bytes.extend_from_slice(&piece[..kept]);
        self.dropped += piece.len() - kept;
    }
}

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
    reader: JoinHandle<Printed>,
    /// Dropped when the program has ended.
    running: Sender<()>,
}

impl Output {
    /// Connects standard output and standard error of a command that is to be
    /// started.
    pub(crate) fn connect(command: &mut Command, reading: Reading) -> io::Result<Self> {
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
                reader: thread::spawn(move || {
                    let pipe = Source {
                        pipe: reader,
                        ended,
                        late: reading.late(),
                    };
                    read(pipe, name, level, &mark, &log)
                }),
                running,
            });
        }
        Ok(Self { mark, pipes, log })
    }

    /// The log, and all that was printed on standard output and standard error.
    /// To be called once the program has ended, or was not started at all.
    pub(crate) fn finish(self) -> (Vec<LogLine>, [Printed; 2]) {
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
        let mut printed = readers.into_iter().map(|reader| {
            // A panic there has lost lines, not the reply.
            reader.join().unwrap_or_default()
        });
        let printed = [(); 2].map(|()| printed.next().unwrap_or_default());
        let log = std::mem::take(&mut *lock(&self.log));
        (log.into_lines(), printed)
    }
}

/// Writes the mark, unless its reader has let go: then there is nothing to end.
fn write_mark(mut writer: PipeWriter, mark: &[u8], reader: &JoinHandle<Printed>) {
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

/// One output of the program.
struct Source {
    pipe: PipeReader,
    /// Tells when the program has ended.
    ended: Receiver<()>,
    late: Option<Duration>,
}

impl Source {
    /// What comes next, and whether the program had ended when it came. Nothing
    /// where all ends of the pipe are closed.
    fn next<'a>(&mut self, room: &'a mut [u8]) -> (&'a [u8], bool) {
        let mut length = 0;
        if let Some(late) = self.late
            && !self.has_ended()
        {
            // Waits until there is something. The rest of it stays there.
            length = self.fill(&mut room[..1]);
            let _ = self.ended.recv_timeout(late);
        }
        let ended = self.has_ended();
        if length == 0 || !ended {
            length += self.fill(&mut room[length..]);
        }
        (&room[..length], ended || self.has_ended())
    }

    fn fill(&mut self, room: &mut [u8]) -> usize {
        loop {
            match self.pipe.read(room) {
                Ok(length) => return length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return 0,
            }
        }
    }

    fn has_ended(&self) -> bool {
        self.ended.try_recv() == Err(TryRecvError::Disconnected)
    }
}

/// Reads until the mark. A server reads no further once a line is too long, but
/// leaves the pipe open, and a program that goes on printing blocks: so does
/// this, until the program has ended.
fn read(mut source: Source, name: &str, level: Level, mark: &[u8], log: &Mutex<Log>) -> Printed {
    let mut until_mark = UntilMark::new(mark);
    let mut lines = Lines::default();
    let mut printed = Printed::default();
    let mut room = vec![0; LINE_LIMIT];
    loop {
        let (piece, ended) = source.next(&mut room);
        let closed = piece.is_empty();
        let (piece, marked) = until_mark.push(piece);
        printed.push(&piece);
        if ended {
            printed.unread += piece.len();
        }
        let too_long = lines.too_long;
        lines.push(&piece, |line| lock(log).push(level, line));
        if lines.too_long && !too_long {
            lock(log).remark(format!(
                "a line on {name} has {LINE_LIMIT} bytes or more: the server reads no further there, and a program \
                 that goes on writing blocks until it is killed"
            ));
            let _ = source.ended.recv();
        }
        // One that was left behind can print so fast that the mark never finds
        // room.
        if marked || closed || printed.unread > PIPE_MOST {
            lines.end(|line| lock(log).push(level, line));
            if lines.too_long {
                printed.unlogged = printed.bytes.len() + printed.dropped - lines.logged;
            }
            return printed;
        }
    }
}

/// Cuts a stream off at a mark.
struct UntilMark<'a> {
    mark: &'a [u8],
    /// The start of the mark, perhaps.
    held: Vec<u8>,
}

impl<'a> UntilMark<'a> {
    fn new(mark: &'a [u8]) -> Self {
        Self {
            mark,
            held: Vec::new(),
        }
    }

    /// What of the stream is known to stand before the mark, and whether that is
    /// all.
    fn push(&mut self, piece: &[u8]) -> (Vec<u8>, bool) {
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(piece);
        let mut windows = bytes.windows(self.mark.len());
        if let Some(at) = windows.position(|window| window == self.mark) {
            bytes.truncate(at);
            return (bytes, true);
        }
        let started = (1..self.mark.len()).rev();
        let mut started = started.filter(|length| bytes.ends_with(&self.mark[..*length]));
        if let Some(length) = started.next() {
            self.held = bytes.split_off(bytes.len() - length);
        }
        (bytes, false)
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

    const MARK: &[u8] = b"#mark#";

    /// The lines, and how it ended.
    fn lines(pieces: &[&[u8]]) -> (Vec<String>, Next) {
        let mut until_mark = UntilMark::new(MARK);
        let mut cut = Lines::default();
        let mut lines = Vec::new();
        let mut line = |line: &[u8]| lines.push(String::from_utf8_lossy(line).into_owned());
        let mut next = Next::More;
        for piece in pieces {
            let (piece, marked) = until_mark.push(piece);
            cut.push(&piece, &mut line);
            if marked {
                cut.end(&mut line);
                next = Next::End;
                break;
            }
        }
        (lines, if cut.too_long { Next::TooLong } else { next })
    }

    #[derive(Debug, PartialEq, Eq)]
    enum Next {
        More,
        End,
        TooLong,
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
