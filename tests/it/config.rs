//! Settings, as Choria reads them.

use std::collections::BTreeMap;
use std::fs;

use choria_external::Config;
use proptest::prelude::*;
use serde_json::Value;

use crate::vectors;

fn settings(config: &Config) -> BTreeMap<String, String> {
    config
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn lines_mean_what_they_mean_to_choria() {
    let mut cases = 0;
    for case in vectors::read("config_lines.json") {
        let name = &case["name"];
        if let Some(content) = case["content"].as_str() {
            let wanted: BTreeMap<String, String> =
                serde_json::from_value(case["options"].clone()).unwrap();
            assert_eq!(settings(&Config::from_text(content)), wanted, "{name}");
        } else {
            let bytes = usize::try_from(case["line_bytes"].as_u64().unwrap()).unwrap();
            let content = format!("a=1\nb={}\nc=3", "x".repeat(bytes - 2));
            let wanted: Vec<String> = serde_json::from_value(case["keys"].clone()).unwrap();
            let keys: Vec<_> = settings(&Config::from_text(&content)).into_keys().collect();
            assert_eq!(keys, wanted, "{name}");
        }
        cases += 1;
    }
    assert!(cases > 0);
}

/// Places where a program of ours looks and Choria does not: there are agents
/// in use that read them.
const PLACES_OF_OUR_OWN: [&str; 2] = ["plugin.d/parrot", "plugin.d/parrot/parrot.cfg"];

#[test]
fn a_program_finds_what_choria_finds_for_its_plugin() {
    let mut found = 0;
    for case in vectors::read("config_files.json") {
        let name = &case["name"];
        let files = case["files"].as_object().unwrap();
        if files
            .keys()
            .any(|file| PLACES_OF_OUR_OWN.contains(&file.as_str()))
        {
            assert_eq!(
                case["options"],
                serde_json::json!({}),
                "{name}: Choria reads it by now"
            );
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        for (file, content) in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content.as_str().unwrap()).unwrap();
        }
        let of_parrot = |(key, value): (&String, &Value)| {
            let key = key.strip_prefix("plugin.parrot.")?;
            Some((key.to_owned(), value.as_str()?.to_owned()))
        };
        let wanted: BTreeMap<String, String> = case["options"]
            .as_object()
            .unwrap()
            .iter()
            .filter_map(of_parrot)
            .collect();
        found += wanted.len();
        let config = Config::find(&folder.path().join("plugin.d/parrot")).unwrap();
        assert_eq!(settings(&config), wanted, "{name}");
    }
    assert!(found > 0);
}

proptest! {
    #[test]
    fn no_text_panics_and_no_setting_is_empty(text in "[a=# \n\t\r\u{a0}\u{2003}é\\PC]*") {
        for (key, value) in Config::from_text(&text).iter() {
            prop_assert!(!key.is_empty() && !value.is_empty());
        }
    }

    #[test]
    fn what_is_written_plainly_is_read(key in "[a-z_.]{1,10}", value in "[a-z0-9]([a-z0-9= #]{0,10}[a-z0-9])?") {
        let text = format!("  {key} =  {value} \n");
        let config = Config::from_text(&text);
        prop_assert_eq!(config.get(&key), Some(&*value));
    }
}
