package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// How long a network may take to answer first.
const startLimit = 60 * time.Second

// event is a line of stdout.
type event struct {
	// Event is "up" when every server answers, "ended" when a server has ended,
	// and "back" when one that was started again answers.
	Event string `json:"event"`
	// Server is the identity of the server that ended or is back.
	Server string `json:"server,omitempty"`
	// Status is how it ended.
	Status string `json:"status,omitempty"`
}

// network is a whole network on the loopback: a broker, and a server for each
// folder in FOLDER/servers, whose name is its identity:
//
//	FOLDER/plugins                the agents of all servers
//	FOLDER/servers/ID/            facts.json, classes.txt, plugin.d: all may be missing
//	FOLDER/servers/ID/plugins     the agents of this server, in place of those of all
//	FOLDER/servers/ID/once        this server need not answer, and is not started again
//
// It writes certificates, configurations, logs and temporary files there, among
// them client.conf for clients and servers/ID/server.log. Lines on stdout (see event) tell what
// happens. When stdin is closed, or this process ends in any other way, all
// processes are ended and FOLDER is removed.
func network(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("network takes one folder")
	}
	folder, err := filepath.Abs(arguments[0])
	if err != nil {
		return err
	}
	broom, err := startSweeper(folder)
	if err != nil {
		return err
	}
	return errors.Join(run(folder, broom), broom.sweep())
}

// process is one that runs for as long as the network does.
type process struct {
	name, folder string
	arguments    []string
}

// once is whether the process is not started again when it ends.
func once(p process) bool {
	_, err := os.Stat(filepath.Join(p.folder, "once"))
	return err == nil
}

// ending is a process that has ended.
type ending struct {
	process process
	command *exec.Cmd
	err     error
}

func run(folder string, broom *sweeper) error {
	found, err := os.ReadDir(filepath.Join(folder, "servers"))
	if err != nil {
		return err
	}
	if err := errors.Join(certificates(filepath.Join(folder, "tls")), os.Mkdir(temporary(folder), 0o700)); err != nil {
		return err
	}

	endings := make(chan ending)
	start := func(p process) error {
		command, err := spawn(p, temporary(folder), broom)
		if err == nil {
			go func() { endings <- ending{p, command, command.Wait()} }()
		}
		return err
	}
	broker := process{"the broker", folder, []string{"broker", "run", "--config", filepath.Join(folder, "broker.conf")}}
	port, err := startBroker(folder, func() error { return start(broker) }, endings)
	if err != nil {
		return err
	}
	if err := writeClient(folder, port); err != nil {
		return err
	}
	var identities []string
	for _, entry := range found {
		identity := entry.Name()
		home := filepath.Join(folder, "servers", identity)
		server := process{identity, home, []string{"server", "run", "--config", filepath.Join(home, "server.conf")}}
		if err := errors.Join(writeServer(folder, home, identity, port), start(server)); err != nil {
			return err
		}
		if !once(server) {
			identities = append(identities, identity)
		}
	}

	// What the ways out of the loop below are about.
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	output := json.NewEncoder(os.Stdout)
	answering := make(chan error)
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	go func() { answering <- waitForAnswers(ctx, folder, identities) }()
	backs := make(chan string)
	up := false
	for {
		select {
		case <-closed:
			return nil
		case <-broom.gone:
			return errors.New("the process that sweeps has ended")
		case err := <-answering:
			if err != nil {
				return fmt.Errorf("%w\n%s", err, lastWords(folder, identities))
			}
			up = true
			if err := output.Encode(event{Event: "up"}); err != nil {
				return err
			}
		case identity := <-backs:
			if err := output.Encode(event{Event: "back", Server: identity}); err != nil {
				return err
			}
		case end := <-endings:
			if end.process.name == broker.name || !up && !once(end.process) {
				return fmt.Errorf("%s ended: %v\n%s", end.process.name, end.err, lastWords(folder, identities))
			}
			told := event{Event: "ended", Server: end.process.name, Status: fmt.Sprint(end.err)}
			if err := errors.Join(broom.ended(end.command), output.Encode(told)); err != nil {
				return err
			}
			if once(end.process) {
				continue
			}
			if err := start(end.process); err != nil {
				return err
			}
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), startLimit)
				defer cancel()
				if waitForAnswers(ctx, folder, []string{end.process.name}) == nil {
					backs <- end.process.name
				}
			}()
		}
	}
}

// temporary is the folder for temporary files of all processes.
func temporary(folder string) string {
	return filepath.Join(folder, "tmp")
}

// spawn starts this program again, with what it prints in a file.
func spawn(p process, temporary string, broom *sweeper) (*exec.Cmd, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	printed, err := os.OpenFile(filepath.Join(p.folder, "printed"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer printed.Close()
	command := exec.Command(own, p.arguments...)
	command.Stdout, command.Stderr = printed, printed
	// A server that is killed leaves the files of the agents that were running.
	command.Env = append(os.Environ(), "TMPDIR="+temporary)
	return command, broom.start(command)
}

// startBroker returns the broker's port when it listens there. Another program
// may take a free port before the broker does: then the next one is tried.
func startBroker(folder string, start func() error, endings chan ending) (int, error) {
	for range 5 {
		port, err := freePort()
		if err != nil {
			return 0, err
		}
		if err := errors.Join(writeBroker(folder, port), start()); err != nil {
			return 0, err
		}
		listens := make(chan bool)
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		go func() { listens <- waitForListener(ctx, port) }()
		select {
		case listening := <-listens:
			cancel()
			if listening {
				return port, nil
			}
			return 0, fmt.Errorf("the broker does not listen within %s\n%s", startLimit, lastWords(folder, nil))
		case <-endings:
			cancel()
			<-listens
		}
	}
	return 0, fmt.Errorf("the broker ended, on each of 5 free ports\n%s", lastWords(folder, nil))
}

// waitForListener returns whether something listens before the end of the context.
func waitForListener(ctx context.Context, port int) bool {
	for ctx.Err() == nil {
		connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = connection.Close()
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// freePort is a port that was free just now.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// waitForAnswers returns when each server answers.
func waitForAnswers(ctx context.Context, folder string, identities []string) error {
	connection, err := connect(ctx, filepath.Join(folder, "client.conf"))
	if err != nil {
		return fmt.Errorf("the broker does not answer: %w", err)
	}
	defer connection.connection.Close()
	for _, identity := range identities {
		for {
			body := `{"agent":"rpcutil","action":"ping","data":{}}`
			_, err := connection.ask(body, "rpcutil", identity, 100*time.Millisecond)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return fmt.Errorf("the server %s does not answer within %s", identity, startLimit)
			}
			if !errors.Is(err, errNoReply) {
				return err
			}
		}
	}
	return nil
}

// lastWords is what the processes said last.
func lastWords(folder string, identities []string) string {
	files := []string{"printed", "broker.log"}
	for _, identity := range identities {
		home := filepath.Join("servers", identity)
		files = append(files, filepath.Join(home, "printed"), filepath.Join(home, "server.log"))
	}
	var told strings.Builder
	for _, file := range files {
		text, _ := os.ReadFile(filepath.Join(folder, file))
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		for _, line := range lines[max(0, len(lines)-5):] {
			if line != "" {
				fmt.Fprintf(&told, "%s: %s\n", file, line)
			}
		}
	}
	return told.String()
}
