//! The arrows of ARCHITECTURE.md, looked for in the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

use crate::readme::repository;

/// The folders of the runtime. Each may use those before it.
const FOLDERS: [&str; 3] = ["author", "answer", "process"];

#[test]
fn the_folders_of_the_runtime_use_those_before_them_only() {
    let source = repository().join("crates/choria-external/src");
    let exported = exported(&parsed(&source.join("lib.rs")));
    assert_eq!(exported["dispatch"], "process");
    let mut uses = 0;
    for (allowed, folder) in FOLDERS.iter().enumerate() {
        for file in sources(&source.join(folder)) {
            let mut paths = Paths::default();
            paths.visit_file(&parsed(&file));
            for path in paths.of_this_crate {
                let folder = exported.get(&path).unwrap_or(&path);
                let Some(of) = FOLDERS.iter().position(|known| known == folder) else {
                    continue;
                };
                assert!(of <= allowed, "{} uses crate::{path}", file.display());
                uses += usize::from(of < allowed);
            }
        }
    }
    assert!(uses > 30, "only {uses} uses were found");
}

#[test]
fn answering_has_nothing_of_a_process() {
    let source = repository().join("crates/choria-external/src/answer");
    for file in sources(&source) {
        let mut paths = Paths::default();
        paths.visit_file(&parsed(&file));
        let file = file.display();
        for module in ["env", "process", "thread", "fs", "net", "io"] {
            assert!(
                !paths.of_std.iter().any(|used| used == module),
                "{file} uses std::{module}"
            );
        }
        assert_eq!(paths.statics, [] as [String; 0], "{file}");
    }
}

#[test]
fn every_file_that_the_architecture_names_is_there() {
    let text = fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let mut named = 0;
    for path in text.split('`').skip(1).step_by(2) {
        let Some((start, rest)) = path.split_once("/src/") else {
            continue;
        };
        let folder = match start {
            "tests" => "tests".to_owned(),
            whole if whole.starts_with("choria-external") => format!("crates/{whole}"),
            short => format!("crates/choria-external-{short}"),
        };
        for rest in alternatives(rest) {
            let path = repository().join(&folder).join("src").join(rest);
            assert!(path.exists(), "{} is not there", path.display());
            named += 1;
        }
    }
    assert!(named > 60, "only {named} were found");
}

/// `a/{b,c}.rs` as `a/b.rs` and `a/c.rs`.
fn alternatives(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else {
        return vec![path.to_owned()];
    };
    let (middle, after) = rest.split_once('}').unwrap();
    let each = middle.split(',');
    each.map(|part| format!("{before}{part}{after}")).collect()
}

fn parsed(file: &Path) -> syn::File {
    syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap()
}

/// All sources below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.with_extension("rs")];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && path.file_name().unwrap() != "tests.rs"
            {
                found.push(path);
            }
        }
    }
    found
}

/// From which folder each name comes that the crate exports.
fn exported(root: &syn::File) -> BTreeMap<String, String> {
    let mut exported = BTreeMap::new();
    for item in &root.items {
        if let syn::Item::Use(item) = item
            && let syn::UseTree::Path(path) = &item.tree
        {
            let mut names = Vec::new();
            last_names(&path.tree, &mut names);
            let folder = path.ident.to_string();
            exported.extend(names.into_iter().map(|name| (name, folder.clone())));
        }
    }
    exported
}

fn last_names(tree: &syn::UseTree, names: &mut Vec<String>) {
    match tree {
        syn::UseTree::Path(path) => last_names(&path.tree, names),
        syn::UseTree::Name(name) => names.push(name.ident.to_string()),
        syn::UseTree::Rename(rename) => names.push(rename.rename.to_string()),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| last_names(tree, names)),
        syn::UseTree::Glob(_) => panic!("a glob hides what is exported"),
    }
}

/// What a file uses, its tests aside.
#[derive(Default)]
struct Paths {
    /// What comes after `crate::`.
    of_this_crate: Vec<String>,
    /// What comes after `std::`.
    of_std: Vec<String>,
    /// The names of its statics. One in a macro, as that of a thread, is not seen.
    statics: Vec<String>,
}

impl Paths {
    fn keep(&mut self, root: &syn::Ident, next: String) {
        if root == "crate" {
            self.of_this_crate.push(next);
        } else if root == "std" {
            self.of_std.push(next);
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let of_tests = |attribute: &syn::Attribute| {
            let syn::Meta::List(list) = &attribute.meta else {
                return false;
            };
            list.path.is_ident("cfg") && list.tokens.to_string().contains("test")
        };
        if let syn::Item::Mod(module) = item
            && module.attrs.iter().any(of_tests)
        {
            return;
        }
        if let syn::Item::Static(item) = item {
            self.statics.push(item.ident.to_string());
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree {
            let mut firsts = Vec::new();
            first_names(&path.tree, &mut firsts);
            for first in firsts {
                self.keep(&path.ident, first);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let (Some(root), Some(next)) = (path.segments.first(), path.segments.get(1)) {
            self.keep(&root.ident, next.ident.to_string());
        }
        syn::visit::visit_path(self, path);
    }
}

fn first_names(tree: &syn::UseTree, names: &mut Vec<String>) {
    match tree {
        syn::UseTree::Path(path) => names.push(path.ident.to_string()),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| first_names(tree, names)),
        _ => last_names(tree, names),
    }
}
