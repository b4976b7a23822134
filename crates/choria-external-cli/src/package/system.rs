//! The systems that programs are built for, as Rust and as Go name them.
//!
//! Choria is a Go program: a server looks for `NAME-<GOOS>_<GOARCH>`.

/// Each system's name, and the Rust targets whose programs run there. Those of
/// no other target do: a server of that system would not start them, or there
/// is none.
#[rustfmt::skip]
const SYSTEMS: &[(&str, &[&str])] = &[
    ("aix_ppc64", &["powerpc64-ibm-aix"]),
    ("android_386", &["i686-linux-android"]),
    ("android_amd64", &["x86_64-linux-android"]),
    ("android_arm", &["arm-linux-androideabi", "armv7-linux-androideabi", "thumbv7neon-linux-androideabi"]),
    ("android_arm64", &["aarch64-linux-android"]),
    ("darwin_amd64", &["x86_64-apple-darwin", "x86_64h-apple-darwin"]),
    ("darwin_arm64", &["aarch64-apple-darwin", "arm64e-apple-darwin"]),
    ("dragonfly_amd64", &["x86_64-unknown-dragonfly"]),
    ("freebsd_386", &["i686-unknown-freebsd"]),
    ("freebsd_amd64", &["x86_64-unknown-freebsd"]),
    ("freebsd_arm", &["armv6-unknown-freebsd", "armv7-unknown-freebsd"]),
    ("freebsd_arm64", &["aarch64-unknown-freebsd"]),
    ("illumos_amd64", &["x86_64-unknown-illumos"]),
    ("ios_amd64", &["x86_64-apple-ios"]),
    ("ios_arm64", &["aarch64-apple-ios", "aarch64-apple-ios-sim", "arm64e-apple-ios"]),
    ("linux_386", &["i586-unknown-linux-gnu", "i586-unknown-linux-musl", "i686-unknown-linux-gnu", "i686-unknown-linux-musl"]),
    ("linux_amd64", &["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-gnuasan", "x86_64-unknown-linux-musl"]),
    ("linux_arm", &["arm-unknown-linux-gnueabi", "arm-unknown-linux-gnueabihf", "arm-unknown-linux-musleabi", "arm-unknown-linux-musleabihf", "armv4t-unknown-linux-gnueabi", "armv5te-unknown-linux-gnueabi", "armv5te-unknown-linux-musleabi", "armv5te-unknown-linux-uclibceabi", "armv7-unknown-linux-gnueabi", "armv7-unknown-linux-gnueabihf", "armv7-unknown-linux-musleabi", "armv7-unknown-linux-musleabihf", "armv7-unknown-linux-uclibceabi", "armv7-unknown-linux-uclibceabihf", "thumbv7neon-unknown-linux-gnueabihf", "thumbv7neon-unknown-linux-musleabihf"]),
    ("linux_arm64", &["aarch64-unknown-linux-gnu", "aarch64-unknown-linux-musl"]),
    ("linux_loong64", &["loongarch64-unknown-linux-gnu", "loongarch64-unknown-linux-musl"]),
    ("linux_mips", &["mips-unknown-linux-gnu", "mips-unknown-linux-musl", "mips-unknown-linux-uclibc"]),
    ("linux_mips64", &["mips64-openwrt-linux-musl", "mips64-unknown-linux-gnuabi64", "mips64-unknown-linux-muslabi64"]),
    ("linux_mips64le", &["mips64el-unknown-linux-gnuabi64", "mips64el-unknown-linux-muslabi64"]),
    ("linux_mipsle", &["mipsel-unknown-linux-gnu", "mipsel-unknown-linux-musl", "mipsel-unknown-linux-uclibc"]),
    ("linux_ppc64", &["powerpc64-unknown-linux-gnu", "powerpc64-unknown-linux-musl"]),
    ("linux_ppc64le", &["powerpc64le-unknown-linux-gnu", "powerpc64le-unknown-linux-musl"]),
    ("linux_riscv64", &["riscv64a23-unknown-linux-gnu", "riscv64gc-unknown-linux-gnu", "riscv64gc-unknown-linux-musl"]),
    ("linux_s390x", &["s390x-unknown-linux-gnu", "s390x-unknown-linux-musl"]),
    ("netbsd_386", &["i586-unknown-netbsd", "i686-unknown-netbsd"]),
    ("netbsd_amd64", &["x86_64-unknown-netbsd"]),
    ("netbsd_arm", &["armv6-unknown-netbsd-eabihf", "armv7-unknown-netbsd-eabihf"]),
    ("netbsd_arm64", &["aarch64-unknown-netbsd"]),
    ("openbsd_386", &["i686-unknown-openbsd"]),
    ("openbsd_amd64", &["x86_64-unknown-openbsd"]),
    ("openbsd_arm64", &["aarch64-unknown-openbsd"]),
    ("openbsd_ppc64", &["powerpc64-unknown-openbsd"]),
    ("openbsd_riscv64", &["riscv64gc-unknown-openbsd"]),
    ("solaris_amd64", &["x86_64-pc-solaris"]),
    ("wasip1_wasm", &["wasm32-wasip1"]),
    ("windows_386", &["i686-pc-windows-gnu", "i686-pc-windows-gnullvm", "i686-pc-windows-msvc", "i686-win7-windows-gnu", "i686-win7-windows-msvc"]),
    ("windows_amd64", &["x86_64-pc-windows-gnu", "x86_64-pc-windows-gnullvm", "x86_64-pc-windows-msvc", "x86_64-win7-windows-gnu", "x86_64-win7-windows-msvc"]),
    ("windows_arm64", &["aarch64-pc-windows-gnullvm", "aarch64-pc-windows-msvc", "arm64ec-pc-windows-msvc"]),
    ("js_wasm", &[]),
    ("openbsd_arm", &[]),
    ("plan9_386", &[]),
    ("plan9_amd64", &[]),
    ("plan9_arm", &[]),
];

/// The name that servers have for the system of a Rust target, or for one that
/// is named as they do.
pub(super) fn named(text: &str) -> Option<&'static str> {
    let mut systems = SYSTEMS.iter();
    let found = systems.find(|(name, targets)| *name == text || targets.contains(&text));
    found.map(|(name, _)| *name)
}

/// Why a text names no system.
pub(super) fn unknown(text: &str) -> String {
    format!(
        "no Choria server runs on {text:?}: give another Rust target, such as x86_64-unknown-linux-musl, or a \
         system as servers name it, such as linux_amd64"
    )
}

/// A file's name without its ending and without the system it is for.
pub(super) fn stem(file: &str) -> &str {
    let file = file.strip_suffix(".exe").unwrap_or(file);
    match file.rsplit_once('-') {
        Some((stem, system)) if SYSTEMS.iter().any(|(name, _)| *name == system) => stem,
        _ => file.rsplit_once('.').map_or(file, |(stem, _)| stem),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use super::*;

    /// The targets for which there is no name, one in each line.
    const NOT_GO: &str = include_str!("not_go.txt");

    fn printed(command: &mut Command) -> BTreeSet<String> {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(Into::into).collect()
    }

    #[test]
    fn every_target_of_rust_has_a_name_or_is_known_to_have_none() {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let all = printed(Command::new(rustc).args(["--print", "target-list"]));
        let named: BTreeSet<_> = SYSTEMS
            .iter()
            .flat_map(|(_, targets)| *targets)
            .map(|target| (*target).to_owned())
            .collect();
        let unnamed: BTreeSet<_> = NOT_GO.lines().map(Into::into).collect();
        assert!(named.is_disjoint(&unnamed));
        let listed: BTreeSet<_> = named.union(&unnamed).cloned().collect();
        assert_eq!(listed, all);
        // None stands under two names.
        let count: usize = SYSTEMS.iter().map(|(_, targets)| targets.len()).sum();
        assert_eq!(count, named.len());
    }

    #[test]
    fn the_names_are_those_of_go() {
        let go = printed(Command::new("go").args(["tool", "dist", "list"]));
        let go: BTreeSet<_> = go.iter().map(|name| name.replace('/', "_")).collect();
        let ours: BTreeSet<_> = SYSTEMS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(ours, go);
        assert!(ours.contains(&choria_external_host::system::platform()));
    }

    #[test]
    fn a_name_stands_for_itself() {
        assert_eq!(named("x86_64-unknown-linux-musl"), Some("linux_amd64"));
        assert_eq!(named("linux_arm64"), Some("linux_arm64"));
        assert_eq!(named("plan9_386"), Some("plan9_386"));
        assert_eq!(named("x86_64-unknown-linux-gnux32"), None);
        assert_eq!(named("linux"), None);
    }

    #[test]
    fn the_stem_is_the_name_of_the_agent() {
        assert_eq!(stem("parrot-linux_amd64"), "parrot");
        assert_eq!(stem("parrot-windows_amd64.exe"), "parrot");
        assert_eq!(stem("my-parrot.py"), "my-parrot");
        assert_eq!(stem("my-parrot_x"), "my-parrot_x");
    }
}
