package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// sweep ends processes and removes a folder as soon as its stdin is closed,
// however the network that holds it open came to its end. Each line of stdin is
// a process group: "+ID" for a new one, "-ID" for one that is gone.
func sweep(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("sweep takes one folder")
	}
	groups := map[int]bool{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		line := lines.Text()
		id, err := strconv.Atoi(strings.TrimLeft(line, "+-"))
		if err != nil || id < 2 {
			return fmt.Errorf("%q is no process group", line)
		}
		if strings.HasPrefix(line, "-") {
			delete(groups, id)
		} else {
			groups[id] = true
		}
	}
	for id := range groups {
		_ = syscall.Kill(-id, syscall.SIGKILL)
	}
	// What is being killed may still make a file.
	var err error
	for range 100 {
		if err = os.RemoveAll(arguments[0]); err == nil {
			break
		}
	}
	return err
}

// sweeper is a process that sweeps when this one has ended.
type sweeper struct {
	command *exec.Cmd
	groups  io.WriteCloser
}

func startSweeper(folder string) (*sweeper, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(own, "sweep", folder)
	command.Stderr = os.Stderr
	// A signal for this process and its group is not for the sweeper.
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	groups, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &sweeper{command, groups}, command.Start()
}

// start starts a command in a group of its own, which the sweeper ends.
func (s *sweeper) start(command *exec.Cmd) error {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.groups, "+%d\n", command.Process.Pid)
	return err
}

// ended ends what is left of a group whose first process has ended.
func (s *sweeper) ended(command *exec.Cmd) error {
	_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	_, err := fmt.Fprintf(s.groups, "-%d\n", command.Process.Pid)
	return err
}

// sweep ends all that was started and returns when nothing is left.
func (s *sweeper) sweep() error {
	return errors.Join(s.groups.Close(), s.command.Wait())
}
