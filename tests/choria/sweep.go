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
	return clean(groups, arguments[0])
}

// clean ends the process groups and removes the folder.
func clean(groups map[int]bool, folder string) error {
	for id := range groups {
		_ = syscall.Kill(-id, syscall.SIGKILL)
	}
	// What is being killed may still make a file.
	var err error
	for range 100 {
		if err = os.RemoveAll(folder); err == nil {
			break
		}
	}
	return err
}

// sweeper is a process that sweeps when this one has ended.
type sweeper struct {
	folder string
	groups map[int]bool
	told   io.WriteCloser
	// gone is closed when the sweeper has ended, with its error in err.
	gone chan struct{}
	err  error
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
	told, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &sweeper{folder: folder, groups: map[int]bool{}, told: told, gone: make(chan struct{})}
	go func() {
		s.err = command.Wait()
		close(s.gone)
	}()
	return s, nil
}

// start starts a command in a group of its own, which the sweeper ends.
func (s *sweeper) start(command *exec.Cmd) error {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return err
	}
	s.groups[command.Process.Pid] = true
	_, err := fmt.Fprintf(s.told, "+%d\n", command.Process.Pid)
	return err
}

// ended ends what is left of a group whose first process has ended.
func (s *sweeper) ended(command *exec.Cmd) error {
	_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	delete(s.groups, command.Process.Pid)
	_, err := fmt.Fprintf(s.told, "-%d\n", command.Process.Pid)
	return err
}

// sweep ends all that was started and returns when nothing is left. Where the
// sweeper was killed, this process does its work.
func (s *sweeper) sweep() error {
	_ = s.told.Close()
	<-s.gone
	if s.err == nil {
		return nil
	}
	return errors.Join(s.err, clean(s.groups, s.folder))
}
