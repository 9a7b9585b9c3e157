// Answers cases of the property test with structured-merge-diff itself. Each line of input and output is JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// request is one case. Its kind decides which fields are used.
type request struct {
	Kind     string               `json:"kind"`
	Types    types                `json:"types"`
	Versions map[string]string    `json:"versions"`
	Ignored  map[string]fieldsRaw `json:"ignored"`
	Steps    []step               `json:"steps"`
	Type     string               `json:"type"`
	A        document             `json:"a"`
	B        document             `json:"b"`
	Items    fieldsRaw            `json:"items"`
	Left     string               `json:"left"`
	Right    string               `json:"right"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	decoder := json.NewDecoder(in)
	for decoder.More() {
		var r request
		if err := decoder.Decode(&r); err != nil {
			fmt.Fprintln(os.Stderr, "no case:", err)
			os.Exit(1)
		}
		answer, err := json.Marshal(answer(&r))
		if err != nil {
			fmt.Fprintln(os.Stderr, "no answer:", err)
			os.Exit(1)
		}
		out.Write(answer)
		out.WriteByte('\n')
		// The caller waits for the answers to the cases that it has sent.
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
	out.Flush()
}

func answer(r *request) any {
	switch r.Kind {
	case "sequence":
		return runSequence(r)
	case "typed":
		return runTyped(r)
	default:
		return runFields(r)
	}
}
