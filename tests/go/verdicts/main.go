// Command verdicts answers questions with Choria's own packages.
//
// It reads one JSON object a line and prints one for each. What is compared
// with the answers is chosen at random, so that it goes beyond the vectors.
//
// `verdicts lines` reads the log of a program as Choria does, and counts.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/choria-io/go-choria/filter"
	"github.com/choria-io/go-choria/filter/compound"
	"github.com/choria-io/go-choria/filter/facts"
	"github.com/choria-io/go-choria/protocol"
	"github.com/google/shlex"
	"github.com/tidwall/gjson"
)

// question asks one thing, named by Ask.
type question struct {
	Ask     string           `json:"ask"`
	Facts   string           `json:"facts"`
	Classes []string         `json:"classes"`
	Agents  []string         `json:"agents"`
	Name    string           `json:"identity"`
	Filter  *protocol.Filter `json:"filter"`
	Fact    string           `json:"fact"`
	Sign    string           `json:"operator"`
	Value   string           `json:"value"`
	Text    string           `json:"text"`
	Texts   []string         `json:"texts"`
}

// answer says what Choria does. Panic is set where its code crashes.
type answer struct {
	Match bool   `json:"match"`
	Value any    `json:"value"`
	Error string `json:"error"`
	Panic string `json:"panic"`
}

type quiet struct{}

func (quiet) Debugf(string, ...any) {}
func (quiet) Warnf(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "lines" {
		if err := countLines(os.Args[2:]); err != nil {
			fmt.Fprintf(os.Stderr, "verdicts: %s\n", err)
			os.Exit(1)
		}
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var asked question
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			fmt.Fprintf(os.Stderr, "verdicts: %s\n", err)
			os.Exit(1)
		}
		if err := out.Encode(decide(&asked)); err != nil {
			fmt.Fprintf(os.Stderr, "verdicts: %s\n", err)
			os.Exit(1)
		}
	}
	if err := in.Err(); err != nil {
		fmt.Fprintf(os.Stderr, "verdicts: %s\n", err)
		os.Exit(1)
	}
}

func decide(q *question) (a answer) {
	defer func() {
		if crash := recover(); crash != nil {
			a = answer{Panic: fmt.Sprint(crash)}
		}
	}()
	failed := func(err error) {
		if err != nil {
			a.Error = err.Error()
		}
	}

	switch q.Ask {
	case "fact":
		match, err := facts.HasFactJSON(q.Fact, q.Sign, q.Value, json.RawMessage(q.Facts), quiet{})
		a.Match = match
		failed(err)
	case "path":
		found := gjson.Get(q.Facts, q.Text)
		a.Match = found.Exists()
		a.Value = found.Value()
	case "compound":
		program, err := compound.CompileExprQuery(q.Text, nil)
		if err != nil {
			failed(err)
			return
		}
		match, err := compound.MatchExprProgram(program, json.RawMessage(q.Facts), q.Classes, q.Agents, nil, quiet{})
		a.Match = match
		failed(err)
	case "filter":
		a.Match = matches(q)
	case "parse fact":
		parsed, err := filter.ParseFactFilterString(q.Text)
		a.Value = parsed
		failed(err)
	case "combined":
		made, err := filter.NewFilter(filter.CombinedFilter(q.Texts...))
		a.Value = made
		failed(err)
	case "regex":
		re, err := regexp.Compile(q.Text)
		if err != nil {
			failed(err)
			return
		}
		a.Match = re.MatchString(q.Value)
	case "sum up":
		sums, err := sumUp(q.Text, q.Texts)
		a.Value = sums
		failed(err)
	case "words":
		words, err := shlex.Split(q.Text)
		a.Value = words
		failed(err)
	case "deploy":
		outcome, err := deploy(q.Text, q.Name, q.Texts[0], q.Texts[1], q.Texts[2])
		a.Value = outcome
		failed(err)
	case "facts files":
		read, err := factsFiles(q.Name, q.Texts)
		a.Value = read
		failed(err)
	case "load":
		agent, err := load(q.Text)
		a.Value = agent
		failed(err)
	default:
		a.Error = fmt.Sprintf("unknown question %q", q.Ask)
	}
	return
}

// factsFiles is what a server makes of facts files with these texts, whose names
// end so.
func factsFiles(ending string, texts []string) (json.RawMessage, error) {
	dir, err := os.MkdirTemp("", "facts")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var files []string
	for i, text := range texts {
		file := filepath.Join(dir, fmt.Sprintf("%d.%s", i, ending))
		if err := os.WriteFile(file, []byte(text), 0600); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return facts.JSON(strings.Join(files, string(os.PathListSeparator)), quiet{})
}

// matches is what a server does with a request, `Filter.MatchServerRequest`,
// without the request.
func matches(q *question) bool {
	f := q.Filter
	if f.Empty() {
		return true
	}
	data := json.RawMessage(q.Facts)
	return (len(f.IdentityFilters()) == 0 || f.MatchIdentity(q.Name)) &&
		(len(f.AgentFilters()) == 0 || f.MatchAgents(q.Agents)) &&
		(len(f.ClassFilters()) == 0 || f.MatchClasses(q.Classes, quiet{})) &&
		(len(f.FactFilters()) == 0 || f.MatchFacts(data, quiet{})) &&
		(len(f.CompoundFilters()) == 0 || f.MatchCompound(data, q.Classes, q.Agents, nil, quiet{}))
}
