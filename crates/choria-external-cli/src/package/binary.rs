//! For which system a program was built: what the first bytes of its file say.

/// What a file says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Binary {
    /// A `#!` line: it runs where its interpreter is.
    Script,
    /// A program for these processors, as Go names them.
    Program {
        format: Format,
        processors: Vec<&'static str>,
        /// Whether it needs shared libraries; known of ELF only.
        dynamic: bool,
    },
}

/// The format of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Elf,
    FreeBsd,
    MachO,
    Pe,
    Wasm,
    Xcoff,
    Plan9,
}

impl Format {
    /// Whether the system of this name, as Go has it, starts such programs.
    fn runs_on(self, os: &str) -> bool {
        match self {
            Self::FreeBsd => os == "freebsd",
            Self::MachO => matches!(os, "darwin" | "ios"),
            Self::Pe => os == "windows",
            Self::Wasm => matches!(os, "wasip1" | "js"),
            Self::Xcoff => os == "aix",
            Self::Plan9 => os == "plan9",
            Self::Elf => matches!(
                os,
                "android" | "dragonfly" | "illumos" | "linux" | "netbsd" | "openbsd" | "solaris"
            ),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Elf => "an ELF program",
            Self::FreeBsd => "an ELF program of FreeBSD",
            Self::MachO => "a Mach-O program of macOS",
            Self::Pe => "a PE program of Windows",
            Self::Wasm => "a WebAssembly module",
            Self::Xcoff => "an XCOFF program of AIX",
            Self::Plan9 => "a program of Plan 9",
        }
    }
}

impl Binary {
    /// Looks at a program; `None` where it is none that is known here.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let program = |format, processor: Option<&'static str>| Self::Program {
            format,
            processors: processor.into_iter().collect(),
            dynamic: false,
        };
        let file = Bytes { bytes, big: false };
        let big = Bytes { bytes, big: true };
        Some(match bytes {
            [b'#', b'!', ..] => Self::Script,
            [0x7f, b'E', b'L', b'F', ..] => elf(bytes)?,
            [0xcf, 0xfa, 0xed, 0xfe, ..] => program(Format::MachO, mach(file.word(4)?)),
            [0xca, 0xfe, 0xba, 0xbe, ..] => universal(big)?,
            [b'M', b'Z', ..] => {
                let at = usize::try_from(file.word(0x3c)?).ok()?;
                if bytes.get(at..at.checked_add(4)?)? != b"PE\0\0" {
                    return None;
                }
                let processor = match file.half(at + 4)? {
                    0x14c => Some("386"),
                    0x8664 => Some("amd64"),
                    0xaa64 => Some("arm64"),
                    _ => None,
                };
                program(Format::Pe, processor)
            }
            [0, b'a', b's', b'm', ..] => program(Format::Wasm, Some("wasm")),
            [0x01, 0xf7, ..] => program(Format::Xcoff, Some("ppc64")),
            _ => program(
                Format::Plan9,
                Some(match big.word(0)? {
                    0x01eb => "386",
                    0x8a97 => "amd64",
                    0x0647 => "arm",
                    _ => return None,
                }),
            ),
        })
    }

    /// Why a server of this system would not start it; `None` if it would.
    pub(super) fn refused_by(&self, system: &str) -> Option<String> {
        let Self::Program {
            format, processors, ..
        } = self
        else {
            return system.starts_with("windows_").then(|| "a script".into());
        };
        let (os, processor) = system.split_once('_').unwrap_or((system, ""));
        if format.runs_on(os) && processors.contains(&processor) {
            return None;
        }
        let processors = match &**processors {
            [] => "a processor that Go does not know".into(),
            known => known.join(" and "),
        };
        Some(format!("{} for {processors}", format.name()))
    }

    /// Whether it needs shared libraries of the node.
    pub(super) fn is_dynamic(&self) -> bool {
        matches!(self, Self::Program { dynamic: true, .. })
    }
}

/// ELF: the table of program headers names the loader of shared libraries, if
/// there is one.
fn elf(bytes: &[u8]) -> Option<Binary> {
    let (wide, big) = (*bytes.get(4)? == 2, *bytes.get(5)? == 2);
    let file = Bytes { bytes, big };
    let processor = match (file.half(18)?, wide, big) {
        (3, false, false) => Some("386"),
        (8, false, true) => Some("mips"),
        (8, false, false) => Some("mipsle"),
        (8, true, true) => Some("mips64"),
        (8, true, false) => Some("mips64le"),
        (21, true, true) => Some("ppc64"),
        (21, true, false) => Some("ppc64le"),
        (22, true, true) => Some("s390x"),
        (40, false, false) => Some("arm"),
        (62, true, false) => Some("amd64"),
        (183, true, false) => Some("arm64"),
        (243, true, false) => Some("riscv64"),
        (258, true, false) => Some("loong64"),
        _ => None,
    };
    let (table, size, count) = if wide {
        (file.double(32)?, file.half(54)?, file.half(56)?)
    } else {
        (file.word(28)?.into(), file.half(42)?, file.half(44)?)
    };
    let table = usize::try_from(table).ok()?;
    let mut headers = (0..usize::from(count)).map(|at| at * usize::from(size));
    Some(Binary::Program {
        format: if bytes.get(7) == Some(&9) {
            Format::FreeBsd
        } else {
            Format::Elf
        },
        processors: processor.into_iter().collect(),
        dynamic: headers.any(|at| {
            let at = table.checked_add(at);
            at.and_then(|at| file.word(at)) == Some(PT_INTERP)
        }),
    })
}

/// The kind of program header that names the loader.
const PT_INTERP: u32 = 3;

fn mach(processor: u32) -> Option<&'static str> {
    match processor {
        0x0100_0007 => Some("amd64"),
        0x0100_000c => Some("arm64"),
        _ => None,
    }
}

/// Mach-O for several processors in one file.
fn universal(file: Bytes) -> Option<Binary> {
    let count = usize::try_from(file.word(4)?).ok()?;
    let all = (0..count.min(16)).map_while(|at| file.word(8 + 20 * at));
    Some(Binary::Program {
        format: Format::MachO,
        processors: all.filter_map(mach).collect(),
        dynamic: false,
    })
}

/// Numbers in a file.
#[derive(Clone, Copy)]
struct Bytes<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Bytes<'_> {
    fn half(self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    fn word(self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    fn double(self, at: usize) -> Option<u64> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big {
            u64::from_be_bytes(bytes)
        } else {
            u64::from_le_bytes(bytes)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    #[test]
    fn this_program_is_for_this_system() {
        let bytes = fs::read(std::env::current_exe().unwrap()).unwrap();
        let binary = Binary::of(&bytes).unwrap();
        assert_eq!(
            binary.refused_by(&choria_external_host::system::platform()),
            None,
            "{binary:?}"
        );
        assert!(binary.refused_by("windows_arm").is_some());
        // Cargo links tests dynamically.
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        assert!(binary.is_dynamic());
    }

    /// The parts of an ELF header that are looked at, and one program header.
    fn elf(machine: u16, wide: bool, big: bool, abi: u8, kind: u32) -> Vec<u8> {
        let mut bytes = vec![0; 64 + 56];
        bytes[..8].copy_from_slice(&[
            0x7f,
            b'E',
            b'L',
            b'F',
            1 + u8::from(wide),
            1 + u8::from(big),
            1,
            abi,
        ]);
        let mut put = |at: usize, value: u32, size: usize| {
            let value = value.to_be_bytes();
            let mut value = value[4 - size..].to_vec();
            if !big {
                value.reverse();
            }
            bytes[at..at + size].copy_from_slice(&value);
        };
        put(18, machine.into(), 2);
        let (table, size, count) = match (wide, big) {
            (true, true) => (36, 54, 56),
            (true, false) => (32, 54, 56),
            (false, _) => (28, 42, 44),
        };
        put(table, 64, 4);
        put(size, 56, 2);
        put(count, 1, 2);
        put(64, kind, 4);
        bytes
    }

    #[test]
    fn the_processor_and_the_byte_order_of_elf_count() {
        for (system, machine, wide, big, abi) in [
            ("linux_386", 3, false, false, 0),
            ("linux_mips", 8, false, true, 0),
            ("linux_mipsle", 8, false, false, 0),
            ("linux_mips64", 8, true, true, 0),
            ("linux_mips64le", 8, true, false, 0),
            ("linux_ppc64", 21, true, true, 0),
            ("linux_ppc64le", 21, true, false, 0),
            ("linux_s390x", 22, true, true, 0),
            ("android_arm", 40, false, false, 0),
            ("netbsd_amd64", 62, true, false, 0),
            ("linux_amd64", 62, true, false, 3),
            ("freebsd_amd64", 62, true, false, 9),
            ("linux_arm64", 183, true, false, 0),
            ("linux_riscv64", 243, true, false, 0),
            ("linux_loong64", 258, true, false, 0),
        ] {
            let bytes = elf(machine, wide, big, abi, 1);
            let binary = Binary::of(&bytes).unwrap();
            assert_eq!(binary.refused_by(system), None, "{binary:?}");
            assert!(!binary.is_dynamic());
            let bytes = elf(machine, wide, big, abi, PT_INTERP);
            assert!(Binary::of(&bytes).unwrap().is_dynamic(), "{system}");
            assert!(binary.refused_by("linux_arm64be").is_some());
            assert!(binary.refused_by("darwin_amd64").is_some());
            // Cut short it is not read beyond its end.
            for length in 0..bytes.len() {
                let _ = Binary::of(&bytes[..length]);
            }
        }
        // The x32 ABI: the processor's, and yet no program of linux_amd64.
        let x32 = Binary::of(&elf(62, false, false, 0, 1)).unwrap();
        assert_eq!(
            x32.refused_by("linux_amd64").unwrap(),
            "an ELF program for a processor that Go does not know"
        );
    }

    /// How the formats begin of which more is read.
    const HEADS: &[&[u8]] = &[
        b"\x7fELF\x02\x01",
        b"\x7fELF\x01\x02",
        b"\xca\xfe\xba\xbe",
        b"MZ",
    ];

    proptest! {
        #[test]
        fn nothing_is_read_beyond_the_end(
            head in select(HEADS),
            rest in vec(any::<u8>(), 0..200),
        ) {
            let bytes = [head, &rest].concat();
            if let Some(binary) = Binary::of(&bytes) {
                // Chance does not make what all would start.
                let refused = ["linux_amd64", "windows_amd64", "darwin_arm64"]
                    .map(|system| binary.refused_by(system));
                prop_assert!(refused.iter().any(Option::is_some));
            }
        }
    }

    #[test]
    fn other_formats_are_known_by_their_first_bytes() {
        let mut pe = vec![0; 0x50];
        pe[..2].copy_from_slice(b"MZ");
        pe[0x3c] = 0x40;
        pe[0x40..0x46].copy_from_slice(b"PE\0\0\x64\x86");
        let universal = [
            &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2][..],
            &[1, 0, 0, 7],
            &[0; 16],
            &[1, 0, 0, 12],
            &[0; 16],
        ]
        .concat();
        let cases: [(&[u8], &str, &str); 9] = [
            (b"#!/bin/sh\n", "linux_s390x", "windows_amd64"),
            (
                b"\xcf\xfa\xed\xfe\x0c\0\0\x01",
                "darwin_arm64",
                "darwin_amd64",
            ),
            (&universal, "darwin_arm64", "linux_arm64"),
            (&universal, "darwin_amd64", "linux_amd64"),
            (&pe, "windows_amd64", "windows_arm64"),
            (b"\0asm\x01", "wasip1_wasm", "linux_amd64"),
            (b"\x01\xf7\0\0", "aix_ppc64", "linux_ppc64"),
            (b"\0\0\x8a\x97", "plan9_amd64", "plan9_386"),
            (b"\0\0\x06\x47", "plan9_arm", "linux_arm"),
        ];
        for (bytes, good, bad) in cases {
            let binary = Binary::of(bytes).unwrap();
            assert_eq!(binary.refused_by(good), None, "{binary:?}");
            assert!(binary.refused_by(bad).is_some(), "{binary:?}");
        }
        for nothing in ["", "MZ", "hello, world", "{}", "\u{7f}EL"] {
            assert_eq!(Binary::of(nothing.as_bytes()), None);
        }
    }
}
