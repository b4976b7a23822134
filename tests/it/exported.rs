//! The public API of each crate, name by name: a change of it is seen as a change of
//! a file under `snapshots`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Item, UseTree, Visibility};

use crate::readme::repository;

#[test]
fn each_crate_exports_what_is_listed() {
    let mut crates = 0;
    for entry in fs::read_dir(repository().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let listed = Crate::read(&folder.join("src/lib.rs")).exported();
        assert!(!listed.is_empty(), "{name}");
        let lines: Vec<_> = listed.into_iter().collect();
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots/exported", omit_expression => true }, {
            insta::assert_snapshot!(name, lines.join("\n"));
        });
        crates += 1;
    }
    assert!(crates >= 12, "only {crates} crates were found");
}

type Module = Vec<String>;

/// A crate's items, public or not.
#[derive(Default)]
struct Crate {
    /// The items of each module.
    modules: BTreeMap<Module, Vec<Item>>,
    /// The public functions and constants of each type, by the type's name.
    members: BTreeMap<String, BTreeSet<String>>,
}

impl Crate {
    fn read(root: &Path) -> Self {
        let mut found = Self::default();
        let file = syn::parse_file(&fs::read_to_string(root).unwrap()).unwrap();
        found.add(Module::new(), root.parent().unwrap().to_owned(), file.items);
        found
    }

    /// Adds a module whose own modules are in `folder`.
    fn add(&mut self, module: Module, folder: PathBuf, items: Vec<Item>) {
        for item in &items {
            match item {
                Item::Mod(inner) if !is_for_tests(&inner.attrs) => {
                    let name = inner.ident.to_string();
                    let below = folder.join(&name);
                    let path = [&module[..], std::slice::from_ref(&name)].concat();
                    let items = match &inner.content {
                        Some((_, items)) => items.clone(),
                        None => {
                            let file = fs::read_to_string(below.with_extension("rs")).unwrap();
                            syn::parse_file(&file).unwrap().items
                        }
                    };
                    self.add(path, below, items);
                }
                Item::Impl(block) if block.trait_.is_none() => self.add_members(block),
                _ => {}
            }
        }
        self.modules.insert(module, items);
    }

    fn add_members(&mut self, block: &syn::ItemImpl) {
        let syn::Type::Path(of) = &*block.self_ty else {
            return;
        };
        let name = of.path.segments.last().unwrap().ident.to_string();
        let members = self.members.entry(name).or_default();
        for item in &block.items {
            let (attributes, visibility, name) = match item {
                syn::ImplItem::Fn(item) => (&item.attrs, &item.vis, &item.sig.ident),
                syn::ImplItem::Const(item) => (&item.attrs, &item.vis, &item.ident),
                _ => continue,
            };
            if is_public(visibility) && !is_hidden(attributes) {
                members.insert(name.to_string());
            }
        }
    }

    fn exported(&self) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        self.list(&Module::new(), "", &mut lines);
        for items in self.modules.values() {
            for item in items {
                if let Item::Macro(item) = item
                    && item
                        .attrs
                        .iter()
                        .any(|attribute| attribute.path().is_ident("macro_export"))
                {
                    lines.insert(format!("macro {}!", item.ident.as_ref().unwrap()));
                }
            }
        }
        lines
    }

    /// Lists the public items of a module, under the path `at`.
    fn list(&self, module: &Module, at: &str, lines: &mut BTreeSet<String>) {
        for item in &self.modules[module] {
            if is_hidden(attributes(item)) {
                continue;
            }
            match item {
                Item::Use(item) if is_public(&item.vis) => {
                    self.list_use(module, &item.tree, &[], at, lines);
                }
                Item::Use(_) => {}
                _ => self.list_item(module, item, None, at, lines),
            }
        }
    }

    fn list_use(
        &self,
        module: &Module,
        tree: &UseTree,
        path: &[String],
        at: &str,
        lines: &mut BTreeSet<String>,
    ) {
        let with = |name: &syn::Ident| [path, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(inner) => {
                self.list_use(module, &inner.tree, &with(&inner.ident), at, lines);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.list_use(module, tree, path, at, lines);
                }
            }
            UseTree::Name(name) => {
                self.list_target(
                    module,
                    &with(&name.ident),
                    &name.ident.to_string(),
                    at,
                    lines,
                );
            }
            UseTree::Rename(name) => {
                self.list_target(
                    module,
                    &with(&name.ident),
                    &name.rename.to_string(),
                    at,
                    lines,
                );
            }
            UseTree::Glob(_) => panic!("a glob hides what is exported"),
        }
    }

    /// Lists what a `use` in a module exports under a name.
    fn list_target(
        &self,
        module: &Module,
        path: &[String],
        name: &str,
        at: &str,
        lines: &mut BTreeSet<String>,
    ) {
        let (target, last) = match path[0].as_str() {
            "crate" => (path[1..path.len() - 1].to_vec(), path.last()),
            "self" => ([module, &path[1..path.len() - 1]].concat(), path.last()),
            "super" => (
                [&module[..module.len() - 1], &path[1..path.len() - 1]].concat(),
                path.last(),
            ),
            _ => ([module, &path[..path.len() - 1]].concat(), path.last()),
        };
        let last = last.unwrap();
        let Some(items) = self.modules.get(&target) else {
            lines.insert(format!("use {at}{name} = {}", path.join("::")));
            return;
        };
        let own = |item: &&Item| item_name(item).is_some_and(|name| name == *last);
        if let Some(item) = items.iter().find(own) {
            self.list_item(&target, item, Some(name), at, lines);
            return;
        }
        for item in items {
            if let Item::Use(item) = item
                && let Some(path) = path_to(&item.tree, last, &[])
            {
                self.list_target(&target, &path, name, at, lines);
                return;
            }
        }
        // A crate, or a macro.
        lines.insert(format!("use {at}{name} = {}", path.join("::")));
    }

    fn list_item(
        &self,
        module: &Module,
        item: &Item,
        name: Option<&str>,
        at: &str,
        lines: &mut BTreeSet<String>,
    ) {
        let Some(own) = item_name(item) else { return };
        if name.is_none() && !is_public(visibility(item)) {
            return;
        }
        let name = name.unwrap_or(&own);
        let path = format!("{at}{name}");
        let mut line = |kind: &str| {
            lines.insert(format!("{kind} {path}"));
        };
        match item {
            Item::Const(_) => line("const"),
            Item::Static(_) => line("static"),
            Item::Fn(_) => line("fn"),
            Item::Type(_) => line("type"),
            Item::Mod(_) => {
                line("mod");
                let inner = [&module[..], &[own]].concat();
                self.list(&inner, &format!("{path}::"), lines);
                return;
            }
            Item::Struct(item) => {
                line("struct");
                for field in &item.fields {
                    if let Some(name) = &field.ident
                        && is_public(&field.vis)
                    {
                        lines.insert(format!("field {path}.{name}"));
                    }
                }
            }
            Item::Enum(item) => {
                line("enum");
                for variant in &item.variants {
                    lines.insert(format!("variant {path}::{}", variant.ident));
                }
            }
            Item::Trait(item) => {
                line("trait");
                for item in &item.items {
                    let name = match item {
                        syn::TraitItem::Fn(item) => &item.sig.ident,
                        syn::TraitItem::Const(item) => &item.ident,
                        syn::TraitItem::Type(item) => &item.ident,
                        _ => continue,
                    };
                    lines.insert(format!("member {path}::{name}"));
                }
            }
            _ => {}
        }
        for member in self.members.get(&own).into_iter().flatten() {
            lines.insert(format!("member {path}::{member}"));
        }
    }
}

/// The path that a `use` gives to a name.
fn path_to(tree: &UseTree, name: &str, before: &[String]) -> Option<Vec<String>> {
    let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
    match tree {
        UseTree::Path(inner) => path_to(&inner.tree, name, &with(&inner.ident)),
        UseTree::Group(group) => group
            .items
            .iter()
            .find_map(|tree| path_to(tree, name, before)),
        UseTree::Name(inner) => (inner.ident == name).then(|| with(&inner.ident)),
        UseTree::Rename(inner) => (inner.rename == name).then(|| with(&inner.ident)),
        UseTree::Glob(_) => None,
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_hidden(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        matches!(&attribute.meta, syn::Meta::List(list) if list.path.is_ident("doc") && list.tokens.to_string() == "hidden")
    })
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        matches!(&attribute.meta, syn::Meta::List(list) if list.path.is_ident("cfg") && list.tokens.to_string().contains("test"))
    })
}

fn item_name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Mod(item) => item.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}

fn visibility(item: &Item) -> &Visibility {
    match item {
        Item::Const(item) => &item.vis,
        Item::Enum(item) => &item.vis,
        Item::Fn(item) => &item.vis,
        Item::Mod(item) => &item.vis,
        Item::Static(item) => &item.vis,
        Item::Struct(item) => &item.vis,
        Item::Trait(item) => &item.vis,
        Item::Type(item) => &item.vis,
        _ => &Visibility::Inherited,
    }
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
