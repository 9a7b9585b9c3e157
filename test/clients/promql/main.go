// Reads rule files and expressions as Prometheus does.
//
// Standard input: {"rules": "the text of a rule file", "expressions": {"name": "expression"}}. Standard output: a list of what is wrong.
package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sort"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

type input struct {
	Rules       string            `json:"rules"`
	Expressions map[string]string `json:"expressions"`
}

func main() {
	var given input
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	expressions := parser.NewParser(parser.Options{})
	problems := []string{}
	_, errs := rulefmt.Parse([]byte(given.Rules), false, model.UTF8Validation, expressions, slog.New(slog.DiscardHandler))
	for _, err := range errs {
		problems = append(problems, "rules: "+err.Error())
	}
	for name, text := range given.Expressions {
		if _, err := expressions.ParseExpr(text); err != nil {
			problems = append(problems, name+": "+err.Error())
		}
	}
	sort.Strings(problems)
	if err := json.NewEncoder(os.Stdout).Encode(problems); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
