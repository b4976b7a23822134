//! A test file as types.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::document::{Document, Format};
use super::expect::{Expect, ExpectForm};
use super::reader::{Reader, whole_number};
use super::schema;
use super::tree::Kind;
use crate::output::with_causes;

/// A file of test cases.
#[derive(Debug)]
pub(super) struct TestFile {
    pub(super) document: Document,
    pub(super) agent: Option<PathBuf>,
    pub(super) ddl: Option<PathBuf>,
    /// The file of the function types of a program that is not an agent.
    pub(super) functions: Option<PathBuf>,
    pub(super) cases: Vec<Case>,
}

/// A call, and what is to come of it.
#[derive(Debug)]
pub(super) struct Case {
    /// Where it is among the cases of the file.
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) asks: Asks,
    pub(super) node: NodeSetup,
    pub(super) repeat: u32,
    pub(super) expect: Expect,
    /// Whether the file says anything of what is to come of it.
    pub(super) has_expect: bool,
}

/// What a program is asked.
#[derive(Debug)]
pub(super) enum Asks {
    /// An action of an agent, with these inputs.
    Action(String, Value),
    /// A request of another function type; `sample` is one made from the schema.
    Request(Value),
}

impl Asks {
    /// The action; `None` for another function type.
    pub(super) fn action(&self) -> Option<&str> {
        match self {
            Self::Action(action, _) => Some(action),
            Self::Request(_) => None,
        }
    }
}

/// What the node has, and who asks: the file's and the case's together.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeSetup {
    pub(super) config: Option<Config>,
    pub(super) facts: Option<FactsForm>,
    pub(super) caller: Option<String>,
    pub(super) timeout: Option<Duration>,
}

#[derive(Clone, Debug)]
pub(super) enum Config {
    File(PathBuf),
    Settings(BTreeMap<String, String>),
}

#[derive(Clone, Debug)]
pub(super) enum FactsForm {
    File(PathBuf),
    Object(Map<String, Value>),
}

/// What the schema lets through.
#[derive(Deserialize)]
struct FileForm {
    agent: Option<PathBuf>,
    ddl: Option<PathBuf>,
    functions: Option<PathBuf>,
    #[serde(flatten)]
    node: NodeForm,
    cases: Vec<CaseForm>,
}

#[derive(Deserialize)]
struct NodeForm {
    config: Option<Value>,
    facts: Option<Value>,
    caller: Option<String>,
    timeout: Option<f64>,
}

#[derive(Deserialize)]
struct CaseForm {
    name: String,
    /// The schema wants it or a request.
    #[serde(default)]
    action: String,
    #[serde(default = "no_inputs")]
    data: Value,
    request: Option<Value>,
    #[serde(flatten)]
    node: NodeForm,
    /// The schema lets through 1 to 1000000, `3.0` too.
    repeat: Option<f64>,
    #[serde(default)]
    expect: Option<ExpectForm>,
}

fn no_inputs() -> Value {
    Value::Object(Map::new())
}

impl TestFile {
    /// Reads a file; where it is wrong, all that is wrong with it.
    pub(super) fn read(path: &Path) -> Result<Self, Vec<String>> {
        Self::of(
            Document::read(path).map_err(|error| vec![with_causes(&error)])?,
            path,
        )
    }

    /// Another text of the file that this document was.
    pub(super) fn from_text(
        document: &Document,
        path: &Path,
        text: String,
    ) -> Result<Self, Vec<String>> {
        let document = Document::from_text(document.name.clone(), document.format, text);
        Self::of(document.map_err(|error| vec![with_causes(&error)])?, path)
    }

    fn of(document: Document, path: &Path) -> Result<Self, Vec<String>> {
        let wrong = schema::complaints(&document);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let form: FileForm = serde_json::from_value(document.root.value())
            .map_err(|error| vec![format!("{}: {error}", document.name)])?;
        let here = path.parent().unwrap_or(Path::new(""));
        Reader::new(&document, here).file(form).map(|parts| Self {
            document,
            agent: parts.agent,
            ddl: parts.ddl,
            functions: parts.functions,
            cases: parts.cases,
        })
    }
}

struct Parts {
    agent: Option<PathBuf>,
    ddl: Option<PathBuf>,
    functions: Option<PathBuf>,
    cases: Vec<Case>,
}

impl Reader<'_> {
    fn file(mut self, form: FileForm) -> Result<Parts, Vec<String>> {
        let of_file = self.node("", form.node, &NodeSetup::default());
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        let mut cases = Vec::new();
        for (index, form) in form.cases.into_iter().enumerate() {
            let pointer = format!("/cases/{index}");
            let line = self.document.line(&pointer);
            if let Some(other) = lines.insert(form.name.clone(), line) {
                let what = format!(
                    "is {:?} as in line {other}; each case has a name of its own",
                    form.name
                );
                self.complain(&format!("{pointer}/name"), &what);
            }
            let node = self.node(&pointer, form.node, &of_file);
            let has_expect = form.expect.is_some();
            let expect = form.expect.unwrap_or_default();
            let of_agents = expect.of_agents();
            if let (Some(_), Some(key)) = (&form.request, of_agents) {
                let what = "is for agents: a program of another function type has none; take data or data_has";
                self.complain(&format!("{pointer}/expect/{key}"), what);
            }
            let expect = Expect::read(&mut self, &format!("{pointer}/expect"), expect);
            cases.push(Case {
                index,
                name: form.name,
                line,
                asks: match form.request {
                    Some(request) => Asks::Request(request),
                    None => Asks::Action(form.action, form.data),
                },
                node,
                repeat: form.repeat.and_then(whole_number).unwrap_or(1),
                expect,
                has_expect,
            });
        }
        let here = self.here;
        self.end()?;
        Ok(Parts {
            agent: form.agent.map(|path| here.join(path)),
            ddl: form.ddl.map(|path| here.join(path)),
            functions: form.functions.map(|path| here.join(path)),
            cases,
        })
    }

    /// Maps add to those of the file, at their first level; all else replaces.
    fn node(&mut self, pointer: &str, form: NodeForm, of_file: &NodeSetup) -> NodeSetup {
        let config = match form.config {
            Some(Value::String(path)) => Some(
                self.existing(&format!("{pointer}/config"), &path)
                    .map(Config::File),
            ),
            Some(Value::Object(map)) => {
                let mut settings = match &of_file.config {
                    Some(Config::Settings(settings)) => settings.clone(),
                    _ => BTreeMap::new(),
                };
                for (name, value) in map {
                    let text = self.setting(&format!("{pointer}/config"), &name, value);
                    match text {
                        Some(text) => settings.insert(name, text),
                        None => settings.remove(&name),
                    };
                }
                Some(Some(Config::Settings(settings)))
            }
            _ => None,
        };
        let facts = match form.facts {
            Some(Value::String(path)) => Some(
                self.existing(&format!("{pointer}/facts"), &path)
                    .map(FactsForm::File),
            ),
            Some(Value::Object(map)) => {
                let mut facts = match &of_file.facts {
                    Some(FactsForm::Object(facts)) => facts.clone(),
                    _ => Map::new(),
                };
                facts.extend(map);
                Some(Some(FactsForm::Object(facts)))
            }
            _ => None,
        };
        NodeSetup {
            config: config.unwrap_or_else(|| of_file.config.clone()),
            facts: facts.unwrap_or_else(|| of_file.facts.clone()),
            caller: form.caller.or_else(|| of_file.caller.clone()),
            timeout: form.timeout.map_or(of_file.timeout, seconds),
        }
    }

    /// The text of a setting; `None` where it is taken away.
    fn setting(&self, pointer: &str, name: &str, value: Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            // `1.10` is a version perhaps: a setting is what stands there.
            Value::Number(number) => {
                Some(self.spelled(pointer, name).unwrap_or(number.to_string()))
            }
            other => Some(other.to_string()),
        }
    }

    fn spelled(&self, pointer: &str, name: &str) -> Option<String> {
        let mut node = &self.document.root;
        for part in pointer.split('/').skip(1) {
            node = match &node.kind {
                Kind::List(items) => items.get(part.parse::<usize>().ok()?)?,
                _ => &node.entry(part)?.value,
            };
        }
        let node = &node.entry(name)?.value;
        let plain = self.document.format == Format::Json || !node.shared;
        plain.then(|| self.document.text[node.span.clone()].to_owned())
    }
}

/// The schema has seen to it that these can be.
fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok()
}
