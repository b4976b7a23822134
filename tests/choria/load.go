package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// loaded is what came of the requests to one agent.
type loaded struct {
	Answered int `json:"answered"`
	// Failed is how many replies had another status than 0.
	Failed int `json:"failed"`
	Lost   int `json:"lost"`
	// Seconds is how long its blocks took.
	Seconds float64 `json:"seconds"`
	Median  float64 `json:"median_ms"`
	Slow    float64 `json:"p99_ms"`

	name, body string
	left       int
	took       []float64
	mu         sync.Mutex
}

// load sends equal requests to agents, AGENT=COUNT each, and prints what came of
// them, as JSON. The agents take turns in blocks that are short, so that what
// else the machine does counts for all of them.
func load(arguments []string) error {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	configuration := flags.String("config", "client.conf", "the client's configuration")
	to := flags.String("to", "", "the identity of the server to ask")
	action := flags.String("action", "", "the action to call")
	data := flags.String("data", "{}", "the inputs")
	block := flags.Int("block", 100, "how many requests in one turn")
	parallel := flags.Int("parallel", 4, "how many at a time")
	limit := flags.Duration("limit", 10*time.Second, "how long to wait for one reply")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	var agents []*loaded
	for _, argument := range flags.Args() {
		name, count, _ := strings.Cut(argument, "=")
		left, err := strconv.Atoi(count)
		if err != nil || left < 1 {
			return fmt.Errorf("%q: wanted AGENT=COUNT", argument)
		}
		body := fmt.Sprintf(`{"agent":%q,"action":%q,"data":%s}`, name, *action, *data)
		agents = append(agents, &loaded{name: name, body: body, left: left})
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	connection, err := connect(ctx, *configuration)
	if err != nil {
		return err
	}

	for more := true; more; slices.Reverse(agents) {
		more = false
		for _, agent := range agents {
			agent.turn(connection, *to, min(*block, agent.left), *parallel, *limit)
			more = more || agent.left > 0
		}
	}
	told := map[string]*loaded{}
	for _, agent := range agents {
		slices.Sort(agent.took)
		if last := len(agent.took) - 1; last >= 0 {
			agent.Median, agent.Slow = agent.took[last/2], agent.took[last*99/100]
		}
		told[agent.name] = agent
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}

// turn sends one block.
func (l *loaded) turn(connection *client, to string, count, parallel int, limit time.Duration) {
	todo := make(chan bool, count)
	for range count {
		todo <- true
	}
	close(todo)
	l.left -= count
	var working sync.WaitGroup
	start := time.Now()
	for range parallel {
		working.Add(1)
		go func() {
			defer working.Done()
			for range todo {
				asked := time.Now()
				reply, err := connection.ask(l.body, l.name, to, limit)
				l.count(reply, err, time.Since(asked))
			}
		}()
	}
	working.Wait()
	l.Seconds += time.Since(start).Seconds()
}

func (l *loaded) count(reply []byte, err error, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var told struct{ StatusCode *int }
	switch {
	case errors.Is(err, errNoReply):
		l.Lost++
	case err != nil:
		l.Lost++
		fmt.Fprintf(os.Stderr, "choria: %s: %v\n", l.name, err)
	case json.Unmarshal(reply, &told) != nil || told.StatusCode == nil || *told.StatusCode != 0:
		l.Failed++
		fmt.Fprintf(os.Stderr, "choria: %s: %s\n", l.name, reply)
	default:
		l.Answered++
		l.took = append(l.took, float64(took.Microseconds())/1000)
	}
}
