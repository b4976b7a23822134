// An agent in Go, with nothing but the standard library, as one writes it who
// has read the documentation of Choria: it takes care of its replies, and
// trusts the server with the rest.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type request struct {
	Action string          `json:"action"`
	Data   json.RawMessage `json:"data"`
}

type reply struct {
	StatusCode int            `json:"statuscode"`
	StatusMsg  string         `json:"statusmsg"`
	Data       map[string]any `json:"data"`
}

type echo struct {
	Message *string `json:"message"`
}

func main() {
	if strings.HasSuffix(os.Getenv("CHORIA_EXTERNAL_PROTOCOL"), ".activation_request") {
		write(map[string]bool{"activate": true})
		return
	}
	answer := answer()
	write(answer)
	if answer.StatusCode != 0 {
		fmt.Fprintln(os.Stderr, answer.StatusMsg)
	}
}

func answer() reply {
	text, err := os.ReadFile(os.Getenv("CHORIA_EXTERNAL_REQUEST"))
	if err != nil {
		return failed(1, err.Error())
	}
	var asked request
	if err := json.Unmarshal(text, &asked); err != nil {
		return failed(4, err.Error())
	}
	if asked.Action != "echo" {
		return failed(2, "unknown action "+asked.Action)
	}
	var inputs echo
	if err := json.Unmarshal(asked.Data, &inputs); err != nil {
		return failed(4, err.Error())
	}
	if inputs.Message == nil {
		return failed(3, "message is missing")
	}
	message := settings()["prefix"] + *inputs.Message
	return reply{StatusMsg: "OK", Data: map[string]any{"message": message}}
}

func failed(code int, message string) reply {
	return reply{StatusCode: code, StatusMsg: message, Data: map[string]any{}}
}

// Settings of the file that the server names.
func settings() map[string]string {
	found := map[string]string{}
	file, err := os.Open(os.Getenv("CHORIA_EXTERNAL_CONFIG"))
	if err != nil {
		return found
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok {
			found[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return found
}

func write(message any) {
	text, err := json.Marshal(message)
	if err == nil {
		err = os.WriteFile(os.Getenv("CHORIA_EXTERNAL_REPLY"), text, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
