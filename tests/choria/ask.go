package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// question is a line of stdin.
type question struct {
	ID    int    `json:"id"`
	Agent string `json:"agent"`
	// To is the server's identity.
	To string `json:"to"`
	// Body is the request's body, sent as it is.
	Body string `json:"body"`
	// Limit is how many seconds to wait for a reply.
	Limit float64 `json:"limit"`
}

// answer is a line of stdout. They come in the order of the replies.
type answer struct {
	ID int `json:"id"`
	// Body is the reply's, nil where none came within the limit.
	Body *string `json:"body"`
	// Error says why the request could not be sent.
	Error string `json:"error,omitempty"`
	// Seconds is how long it took.
	Seconds float64 `json:"seconds"`
}

// ask sends what the lines of stdin say, many at the same time, and prints the
// replies.
func ask(arguments []string) error {
	flags := flag.NewFlagSet("ask", flag.ExitOnError)
	configuration := flags.String("config", "client.conf", "the client's configuration")
	parallel := flags.Int("parallel", 1000, "how many to wait for at a time")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	connection, err := connect(ctx, *configuration)
	if err != nil {
		return err
	}

	var printing sync.Mutex
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	var asking sync.WaitGroup
	slots := make(chan bool, *parallel)
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			return fmt.Errorf("a question that cannot be read: %w", err)
		}
		asking.Add(1)
		slots <- true
		go func() {
			defer func() {
				<-slots
				asking.Done()
			}()
			start := time.Now()
			limit := time.Duration(asked.Limit * float64(time.Second))
			body, err := connection.ask(asked.Body, asked.Agent, asked.To, limit)
			told := answer{ID: asked.ID, Seconds: time.Since(start).Seconds()}
			if err == nil {
				text := string(body)
				told.Body = &text
			} else if !errors.Is(err, errNoReply) {
				told.Error = err.Error()
			}
			printing.Lock()
			defer printing.Unlock()
			// A reader that is gone wants no more answers.
			_ = output.Encode(told)
		}()
	}
	asking.Wait()
	return nil
}
