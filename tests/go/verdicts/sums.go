package main

import (
	"encoding/json"

	"github.com/choria-io/go-choria/providers/agent/mcorpc/ddl/agent"
)

// sumUp has an action sum up replies, with what its DDL aggregates.
func sumUp(declared string, replies []string) (map[string]any, error) {
	var action agent.Action
	if err := json.Unmarshal([]byte(declared), &action); err != nil {
		return nil, err
	}
	for _, reply := range replies {
		if err := action.AggregateResultJSON([]byte(reply)); err != nil {
			return nil, err
		}
	}
	formatted, err := action.AggregateSummaryFormattedStrings()
	if err != nil {
		return nil, err
	}
	texts, err := action.AggregateSummaryStrings()
	if err != nil {
		return nil, err
	}
	// Empty where a number is none that JSON has.
	values, err := action.AggregateSummaryJSON()
	if err != nil {
		return nil, err
	}
	return map[string]any{"formatted": formatted, "texts": texts, "json": string(values)}, nil
}
