package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// write writes a configuration for one who shows the certificate of that name.
func write(path, folder, certificate string, settings ...string) error {
	tls := filepath.Join(folder, "tls")
	security := []string{
		"plugin.security.provider = file",
		"plugin.security.file.certificate = " + filepath.Join(tls, certificate+".pem"),
		"plugin.security.file.key = " + filepath.Join(tls, certificate+".key"),
		"plugin.security.file.ca = " + filepath.Join(tls, "ca.pem"),
		"plugin.choria.use_srv = false",
		"collectives = mcollective",
		"main_collective = mcollective",
	}
	text := strings.Join(append(security, settings...), "\n") + "\n"
	return os.WriteFile(path, []byte(text), 0o600)
}

func writeBroker(folder string, port int) error {
	return write(
		filepath.Join(folder, "broker.conf"), folder, "server",
		"identity = localhost",
		"logfile = "+filepath.Join(folder, "broker.log"),
		"loglevel = warn",
		"plugin.choria.broker_network = true",
		fmt.Sprintf("plugin.choria.network.client_port = %d", port),
		"plugin.choria.network.listen_address = 127.0.0.1",
	)
}

func writeClient(folder string, port int) error {
	return write(
		filepath.Join(folder, "client.conf"), folder, "client",
		fmt.Sprintf("plugin.choria.middleware_hosts = nats://localhost:%d", port),
		"libdir = "+filepath.Join(folder, "plugins"),
		"loglevel = warn",
	)
}

func writeServer(folder, home, identity string, port int) error {
	facts, classes := filepath.Join(home, "facts.json"), filepath.Join(home, "classes.txt")
	for file, text := range map[string]string{facts: "{}", classes: ""} {
		if _, err := os.Stat(file); err == nil {
			continue
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	plugins := filepath.Join(home, "plugins")
	if _, err := os.Stat(plugins); err != nil {
		plugins = filepath.Join(folder, "plugins")
	}
	return write(
		filepath.Join(home, "server.conf"), folder, "server",
		"identity = "+identity,
		"logfile = "+filepath.Join(home, "server.log"),
		"loglevel = info",
		fmt.Sprintf("plugin.choria.middleware_hosts = nats://localhost:%d", port),
		"plugin.choria.agent_provider.mcorpc.libdir = "+plugins,
		"plugin.choria.server.provision = false",
		"plugin.yaml = "+facts,
		"classesfile = "+classes,
		"rpcauthorization = false",
	)
}
