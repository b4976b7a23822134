package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/choria-io/go-choria/aagent/model"
	archive "github.com/choria-io/go-choria/aagent/watchers/archivewatcher"
	"github.com/choria-io/go-choria/config"
	"github.com/choria-io/go-choria/inter"
	"github.com/choria-io/go-choria/providers/agent/mcorpc/external"
	"github.com/choria-io/go-choria/server"
	"github.com/choria-io/go-choria/server/agents"
	"github.com/sirupsen/logrus"
)

// patience is how long Choria may take to do one thing.
const patience = 30 * time.Second

// machine is what a watcher sees of the autonomous agent that it is part of.
// What it does not have here a watcher must not need.
type machine struct {
	model.Machine
	log     *logrus.Entry
	noticed func(state any)
}

func (m *machine) NotifyWatcherState(_ string, state any)      { m.noticed(state) }
func (m *machine) Name() string                                { return "verdicts" }
func (m *machine) State() string                               { return "MANAGE" }
func (m *machine) Version() string                             { return "1.0.0" }
func (m *machine) Identity() string                            { return "node" }
func (m *machine) InstanceID() string                          { return "1" }
func (m *machine) TimeStampSeconds() int64                     { return 0 }
func (m *machine) Facts() json.RawMessage                      { return json.RawMessage("{}") }
func (m *machine) Data() map[string]any                        { return nil }
func (m *machine) Debugf(_ string, format string, args ...any) { m.log.Debugf(format, args...) }
func (m *machine) Infof(_ string, format string, args ...any)  { m.log.Infof(format, args...) }
func (m *machine) Warnf(_ string, format string, args ...any)  { m.log.Warnf(format, args...) }
func (m *machine) Errorf(_ string, format string, args ...any) { m.log.Errorf(format, args...) }

// deploy has the archive watcher fetch an archive and put it into a folder, with
// the settings that the plugins watcher makes for each plugin.
func deploy(file string, name string, checksum string, verify string, target string) (string, error) {
	web := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(file))))
	defer web.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	var outcome struct {
		Previous string `json:"previous_outcome"`
	}
	var decoding error
	about := &machine{log: silent(), noticed: func(state any) {
		text, err := json.Marshal(state)
		decoding = errors.Join(err, json.Unmarshal(text, &outcome))
		cancel()
	}}
	made, err := archive.New(about, "download", []string{"MANAGE"}, "", "", "", 0, map[string]any{
		"checksum":        checksum,
		"creates":         name,
		"source":          web.URL + "/" + filepath.Base(file),
		"target":          target,
		"verify":          "SHA256SUMS",
		"verify_checksum": verify,
	})
	if err != nil {
		return "", err
	}
	var running sync.WaitGroup
	running.Add(1)
	made.(*archive.Watcher).Run(ctx, &running)
	return outcome.Previous, decoding
}

// framework is what agents see of Choria.
type framework struct {
	inter.Framework
	cfg *config.Config
}

func (f *framework) Configuration() *config.Config { return f.cfg }

// node is a server that only loads agents.
type node struct {
	framework *framework
	loaded    []map[string]any
}

func (n *node) Choria() inter.Framework { return n.framework }
func (n *node) Logger() *logrus.Entry   { return silent() }

func (n *node) RegisterAgent(_ context.Context, name string, agent agents.Agent, _ inter.AgentConnector) error {
	n.loaded = append(n.loaded, map[string]any{"name": name, "active": agent.ShouldActivate(), "version": agent.Metadata().Version})
	return nil
}

func (n *node) UnregisterAgent(string, inter.AgentConnector) error { return nil }
func (n *node) ReplaceAgent(string, agents.Agent) error            { return nil }

var _ server.AgentManager = (*node)(nil)

// lines keeps what is logged, and tells that the provider has begun to look.
type lines struct {
	begun chan struct{}
	once  sync.Once
	mu    sync.Mutex
	texts []string
}

func (l *lines) Levels() []logrus.Level { return logrus.AllLevels }

func (l *lines) Fire(entry *logrus.Entry) error {
	l.once.Do(func() { close(l.begun) })
	if entry.Level <= logrus.WarnLevel {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.texts = append(l.texts, entry.Message)
	}
	return nil
}

// load has the provider of external agents look into a folder, and gives what it
// makes of the agents there, with its warnings and errors. A folder that
// crashes servers crashes this program.
func load(libdir string) (map[string]any, error) {
	// It passes by a DDL younger than 5 seconds.
	old := time.Now().Add(-time.Minute)
	err := filepath.Walk(libdir, func(path string, about os.FileInfo, err error) error {
		if err != nil || !about.Mode().IsRegular() {
			return err
		}
		return os.Chtimes(path, old, old)
	})
	if err != nil {
		return nil, err
	}
	cfg, err := config.NewDefaultConfig()
	if err != nil {
		return nil, err
	}
	cfg.Choria.RubyLibdir = []string{libdir}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	log := silent()
	log.Logger.SetLevel(logrus.DebugLevel)
	told := &lines{begun: make(chan struct{}), texts: []string{}}
	log.Logger.AddHook(told)
	asked := &node{framework: &framework{cfg: cfg}, loaded: []map[string]any{}}
	provider := &external.Provider{}
	provider.Initialize(cfg, log)
	if err := provider.RegisterAgents(ctx, asked, nil, log); err != nil {
		return nil, err
	}
	select {
	case <-told.begun:
	case <-ctx.Done():
		return nil, fmt.Errorf("no agent is looked for in %s", libdir)
	}
	// It keeps its lock from its first line until it has looked at all.
	provider.Agents()
	return map[string]any{"agents": asked.loaded, "log": told.texts}, nil
}

func silent() *logrus.Entry {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log.WithField("program", "verdicts")
}
