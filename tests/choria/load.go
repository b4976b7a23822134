package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// load sends many equal requests and prints what they took, as JSON.
func load(arguments []string) error {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	configuration := flags.String("config", "client.conf", "the client's configuration")
	agent := flags.String("agent", "", "the agent to ask")
	to := flags.String("to", "", "the identity of the server to ask")
	body := flags.String("body", "", "the body of each request")
	count := flags.Int("count", 1000, "how many requests")
	parallel := flags.Int("parallel", 4, "how many at a time")
	limit := flags.Duration("limit", 10*time.Second, "how long to wait for one reply")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	connection, err := connect(ctx, *configuration)
	if err != nil {
		return err
	}

	todo := make(chan bool, *count)
	for range *count {
		todo <- true
	}
	close(todo)
	var told struct {
		Answered  int     `json:"answered"`
		Failed    int     `json:"failed"`
		Lost      int     `json:"lost"`
		PerSecond float64 `json:"per_second"`
		Median    float64 `json:"median_ms"`
		Slow      float64 `json:"p99_ms"`
		Slowest   float64 `json:"max_ms"`
	}
	var mu sync.Mutex
	var took []float64
	var working sync.WaitGroup
	start := time.Now()
	for range *parallel {
		working.Add(1)
		go func() {
			defer working.Done()
			for range todo {
				asked := time.Now()
				text, err := connection.ask(*body, *agent, *to, *limit)
				passed := float64(time.Since(asked).Microseconds()) / 1000
				var reply struct{ StatusCode *int }
				mu.Lock()
				if err != nil {
					told.Lost++
					fmt.Fprintf(os.Stderr, "choria: %v\n", err)
				} else if json.Unmarshal(text, &reply) != nil || reply.StatusCode == nil || *reply.StatusCode != 0 {
					told.Failed++
					fmt.Fprintf(os.Stderr, "choria: %s\n", text)
				} else {
					told.Answered++
					took = append(took, passed)
				}
				mu.Unlock()
			}
		}()
	}
	working.Wait()
	told.PerSecond = float64(*count) / time.Since(start).Seconds()
	slices.Sort(took)
	if last := len(took) - 1; last >= 0 {
		told.Median, told.Slow, told.Slowest = took[last/2], took[last*99/100], took[last]
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}
