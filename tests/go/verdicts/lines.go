package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// counted is what came of many calls of an agent, added up.
type counted struct {
	Runs    int `json:"runs"`
	Wanted  int `json:"lines_wanted"`
	Lost    int `json:"lines_lost"`
	Replies int `json:"replies"`
	// From the start to the complete reply, and to the end of the program.
	Replied spread `json:"reply_ms"`
	Ended   spread `json:"end_ms"`
}

// spread says how long something took.
type spread struct {
	Median int64 `json:"median"`
	P99    int64 `json:"p99"`
	Max    int64 `json:"max"`
}

func spreadOf(times []time.Duration) spread {
	if len(times) == 0 {
		return spread{}
	}
	slices.Sort(times)
	at := func(percent int) int64 { return times[(len(times)-1)*percent/100].Milliseconds() }
	return spread{at(50), at(99), at(100)}
}

// outcome is what came of one call.
type outcome struct {
	lines   int
	replied bool
	// When the reply was complete, and when the program was gone, from the start on.
	reply, end time.Duration
}

// countLines is the subcommand `lines COUNT PARALLEL LINES TIMEOUT PROGRAM REQUEST
// CONFIG`: it calls a program as Choria's provider of external agents does, COUNT
// times and PARALLEL at a time, for at most TIMEOUT seconds each, and counts which
// of the LINES that each run prints at least are not read. The provider's own code
// cannot be asked: it gives the lines to the server's log, and reads no more of a
// program than it must.
func countLines(args []string) error {
	if len(args) != 7 {
		return errors.New("wanted lines COUNT PARALLEL LINES TIMEOUT PROGRAM REQUEST CONFIG")
	}
	var numbers [4]int
	for i := range numbers {
		number, err := strconv.Atoi(args[i])
		if err != nil || number < 1 {
			return fmt.Errorf("%q is no number above 0", args[i])
		}
		numbers[i] = number
	}
	count, parallel, lines, timeout := numbers[0], numbers[1], numbers[2], time.Duration(numbers[3])*time.Second
	request, err := os.ReadFile(args[5])
	if err != nil {
		return err
	}

	var mu sync.Mutex
	var failed error
	all := counted{Wanted: count * lines}
	var replies, ends []time.Duration
	starts := make(chan struct{}, count)
	for range count {
		starts <- struct{}{}
	}
	close(starts)
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for range starts {
				got, err := callOnce(timeout, args[4], request, args[6])
				mu.Lock()
				failed = errors.Join(failed, err)
				all.Runs++
				all.Lost += max(0, lines-got.lines)
				ends = append(ends, got.end)
				if got.replied {
					all.Replies++
					replies = append(replies, got.reply)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if failed != nil {
		return failed
	}
	all.Replied, all.Ended = spreadOf(replies), spreadOf(ends)
	return json.NewEncoder(os.Stdout).Encode(all)
}

// callOnce is one call. The order is that of the provider: the pipes are read by
// two goroutines, Wait closes them as soon as the program has ended, and the
// program is killed when the time is up.
func callOnce(timeout time.Duration, program string, request []byte, config string) (outcome, error) {
	dir, err := os.MkdirTemp("", "lines")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	requestFile, replyFile, factsFile := filepath.Join(dir, "request"), filepath.Join(dir, "reply"), filepath.Join(dir, "facts")
	for file, content := range map[string][]byte{requestFile: request, replyFile: nil, factsFile: []byte("{}")} {
		if err := os.WriteFile(file, content, 0600); err != nil {
			return outcome{}, err
		}
	}

	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	const protocol = "io.choria.mcorpc.external.v1.rpc_request"
	execution := exec.CommandContext(ctx, program, requestFile, replyFile, protocol)
	execution.Dir = os.TempDir()
	execution.Env = []string{
		"CHORIA_EXTERNAL_REQUEST=" + requestFile,
		"CHORIA_EXTERNAL_REPLY=" + replyFile,
		"CHORIA_EXTERNAL_PROTOCOL=" + protocol,
		"CHORIA_EXTERNAL_CONFIG=" + config,
		"CHORIA_EXTERNAL_FACTS=" + factsFile,
		"PATH=" + os.Getenv("PATH"),
	}
	stdout, err := execution.StdoutPipe()
	if err != nil {
		return outcome{}, err
	}
	stderr, err := execution.StderrPipe()
	if err != nil {
		return outcome{}, err
	}

	var read [2]int
	var wg sync.WaitGroup
	for i, pipe := range []io.Reader{stderr, stdout} {
		wg.Go(func() {
			scanner := bufio.NewScanner(pipe)
			for scanner.Scan() {
				read[i]++
			}
		})
	}
	if err := execution.Start(); err != nil {
		return outcome{}, err
	}
	// What is wrong with the end shows in the reply.
	_ = execution.Wait()
	got := outcome{end: time.Since(began)}
	wg.Wait()
	got.lines = read[0] + read[1]

	reply, err := os.ReadFile(replyFile)
	got.replied = err == nil && json.Valid(reply) && execution.ProcessState.ExitCode() == 0
	if got.replied {
		var file syscall.Stat_t
		if err := syscall.Stat(replyFile, &file); err != nil {
			return outcome{}, err
		}
		// Of its inode: a file that is put in its place keeps its time of writing.
		got.reply = time.Unix(file.Ctim.Unix()).Sub(began)
	}
	return got, nil
}
