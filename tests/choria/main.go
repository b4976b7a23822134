// Choria for tests: broker, server and client in one program, as a release of
// Choria is. The registration of plugins, which a release generates, is by hand
// and has only what tests need.
//
// Three more commands come before those of Choria:
//
//	network FOLDER   a network on the loopback, while its stdin is open (network.go)
//	ask              requests with exact bodies over one connection (ask.go)
//	load             many equal requests, with their times (load.go)
//
// The file name of the program must have "choria" in it: under any other name
// Choria takes itself for an application builder and ends at once.
package main

import (
	"fmt"
	"os"

	"github.com/choria-io/go-choria/cmd"
	"github.com/choria-io/go-choria/plugin"

	"github.com/choria-io/go-choria/providers/agent/mcorpc/external"
	golang "github.com/choria-io/go-choria/providers/agent/mcorpc/golang"
	"github.com/choria-io/go-choria/providers/data/golang/choriadata"
	"github.com/choria-io/go-choria/providers/data/golang/configdata"
)

func main() {
	own := map[string]func([]string) error{
		"network": network,
		"sweep":   sweep,
		"ask":     ask,
		"load":    load,
	}
	var err error
	if len(os.Args) > 1 && own[os.Args[1]] != nil {
		if err = own[os.Args[1]](os.Args[2:]); err != nil {
			err = fmt.Errorf("choria: %w", err)
		}
	} else {
		err = original()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// original is Choria itself, with the errors that a release prints.
func original() error {
	for name, plugged := range map[string]plugin.Pluggable{
		"externalmco": external.ChoriaPlugin(),
		// Without its agents there is no discovery, and a server looks dead.
		"golangmco":        golang.ChoriaPlugin(),
		"choria_data":      choriadata.ChoriaPlugin(),
		"config_item_data": configdata.ChoriaPlugin(),
	} {
		if err := plugin.Register(name, plugged); err != nil {
			return fmt.Errorf("plugin %s: %w", name, err)
		}
	}
	if err := cmd.ParseCLI(); err != nil {
		return fmt.Errorf("could not configure: %w", err)
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("could not run: %w", err)
	}
	return nil
}
