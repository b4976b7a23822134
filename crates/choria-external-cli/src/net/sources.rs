//! The files that an agent is made of.

use std::fs;
use std::path::{Path, PathBuf};

use choria_external_host::Program;

/// The files that make a program: those that Cargo has compiled, in all packages
/// that are not from a registry, else the program itself; and its DDL.
pub(super) fn files(program: &Program) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = program.ddl_file().map(Path::to_owned).into_iter().collect();
    if !program.is_built() {
        files.push(program.path.clone());
        return files;
    }
    let config = program.config_file();
    let home = config.parent().and_then(Path::parent);
    let home = home.unwrap_or(Path::new("/"));
    files.push(home.join("Cargo.toml"));
    let name = program.path.file_name().unwrap_or_default();
    let list = program.path.with_file_name(format!("{}.d", name.display()));
    let list = fs::read_to_string(list).unwrap_or_default();
    files.extend(compiled(&list).into_iter().map(|file| home.join(file)));
    files
}

/// The files in Cargo's list of what a program was made of, which has the form
/// of a rule for make.
fn compiled(list: &str) -> Vec<String> {
    let Some((_, rest)) = list.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let mut files = vec![String::new()];
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                // Of a space, mostly.
                let next = characters.next().unwrap_or('\\');
                files
                    .last_mut()
                    .into_iter()
                    .for_each(|file| file.push(next));
            }
            ' ' => files.push(String::new()),
            other => files
                .last_mut()
                .into_iter()
                .for_each(|file| file.push(other)),
        }
    }
    files.retain(|file| !file.is_empty());
    files
}

#[cfg(test)]
mod tests {
    use super::compiled;

    #[test]
    fn the_list_of_cargo_is_read() {
        let list = "/t/release/parrot: /a\\ b/src/main.rs /c/lib.rs\n\n/c/lib.rs:\n";
        assert_eq!(compiled(list), ["/a b/src/main.rs", "/c/lib.rs"]);
        assert_eq!(compiled("/t/parrot: /a.rs"), ["/a.rs"]);
        assert!(compiled("").is_empty() && compiled("no list").is_empty());
    }
}
