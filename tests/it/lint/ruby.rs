//! The lint on the Ruby form.

use choria_external_ddl::Ddl;
use choria_external_ddl::lint::{against_ruby, lint_ruby};

use super::{GOOD, TRAPS, codes, trap};

/// A DDL that is read, with something to find in every part of it.
const TWICE: &str = r"metadata :name => 'parrot'
metadata :name    => 'parrot', :description => 'Speaks', :author => 'A <a@example.net>',
         :license => 'Apache-2.0', :version => '1.2.3', :url => 'https://example.net',
         :timeout => 1,
         :timeout => 1
usage 'a'
usage 'b'
requires :mcollective => '2.0.0'
requires :mcollective => '2.2.1'

['say', 'shout'].each do |name|
  action name, :description => 'Speaks' do
    display :never
    display :always
    input :Message, :prompt => 'Message', :description => 'What to say',
          :type => :string, :validation => :shelsafe, :optional => false, :maxlength => 90
    input :Message, :prompt => 'Message', :description => 'What to say',
          :type => :string, :validation => :shelsafe, :optional => false, :maxlength => 90
    output :said, :description => 'What was said', :display_as => 'Said', :colour => 'green'
    output :said, :description => 'What was said', :display_as => 'Said', :colour => 'green'
    summarize do
      aggregate summary(:sad), :format => '%s'
    end
  end
end
action 'say', :description => 'Speaks up' do
  output :loud, :description => 'How loud', :display_as => 'Loud', :type => 'int'
end
";

#[test]
fn findings_have_the_places_of_the_ruby_text() {
    insta::assert_snapshot!("ruby", lint_ruby(TWICE.as_bytes()).to_text("parrot.ddl"));
}

#[test]
fn what_is_no_ddl_is_a_finding() {
    let mut told = String::new();
    for text in [
        &b"metadata :name => 'parrot',\r\n  :timeout => ENV['TIMEOUT']\r\n"[..],
        b"\xef\xbb\xbf# \xc3\xa9\nusage '\xe9'",
        b"metadata :name => 'parrot', :timeout => '10'",
        b"",
    ] {
        told += &lint_ruby(text).to_text("parrot.ddl");
        told += "\n";
    }
    let large = vec![b'\n'; (8 << 20) + 1];
    told += &lint_ruby(&large).to_text("large.ddl");
    insta::assert_snapshot!("no_ruby", told);
    assert_eq!(codes(&lint_ruby(&large[1..])), ["D038"]);
}

#[test]
fn a_good_ddl_has_no_findings() {
    let ruby = Ddl::from_json(GOOD.as_bytes()).unwrap().to_ruby();
    assert_eq!(lint_ruby(ruby.as_bytes()).to_text("good.ddl"), "");
    assert_eq!(codes(&against_ruby(GOOD, ruby.as_bytes())), [""; 0]);
    let changed = ruby.replace("=> 120", "=> 100");
    assert_eq!(codes(&against_ruby(GOOD, changed.as_bytes())), ["D035"]);
    let lower = changed.replace("1.2.3", "1.2");
    let text = against_ruby(GOOD, lower.as_bytes()).to_text("lower.ddl");
    let line = lower
        .lines()
        .position(|line| line.contains(":version"))
        .unwrap()
        + 1;
    assert!(text.starts_with(&format!("lower.ddl:{line}:")), "{text}");
}

/// What is wrong with a DDL is wrong in both forms, but for what the Ruby form
/// cannot say.
#[test]
fn the_traps_are_found_in_ruby_too() {
    for (code, from, to) in TRAPS {
        // What the Ruby form does not have, or writes otherwise: a key twice, an
        // `optional` that is missing, `Integer`, and what to_ruby drops.
        let Ok(ddl) = Ddl::from_json(trap(from, to).as_bytes()) else {
            continue;
        };
        let ruby = ddl.to_ruby();
        let again = Ddl::from_ruby(&ruby).unwrap();
        if again != ddl || ["D003", "D014", "D022"].contains(code) || to.is_empty() {
            continue;
        }
        let report = lint_ruby(ruby.as_bytes());
        assert!(codes(&report).contains(code), "{code}: {ruby}");
        for finding in report.findings {
            let line = ruby.lines().nth(finding.line - 1);
            assert!(
                line.is_some_and(|line| finding.column <= line.chars().count() + 1),
                "{code}"
            );
        }
    }
}
