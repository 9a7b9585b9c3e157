// Command linearizable judges a history of requests about objects, with porcupine
// (https://github.com/anishathalye/porcupine).
//
// It reads one operation a line as JSON from the file that its argument names, prints one line of JSON, and ends with
// status 1 if no order of the operations explains what the clients saw.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

// request is what a client wanted. Every write has a value of its own; "" is the value of an object that does not exist.
type request struct {
	// Op is get, create, update or delete; the last two under the condition that the object has the value Expected.
	Op       string `json:"op"`
	Key      string `json:"key"`
	Expected string `json:"expected"`
	Value    string `json:"value"`
}

// answer is what it got: done, refused, or unknown if nobody can say whether the request was carried out.
type answer struct {
	Outcome string `json:"outcome"`
	Found   string `json:"found"`
}

type operation struct {
	Client int   `json:"client"`
	Call   int64 `json:"call"`
	Return int64 `json:"return"`
	request
	answer
}

// applied is the value after the request, and whether its condition holds.
func applied(state string, in request) (string, bool) {
	switch in.Op {
	case "create":
		return in.Value, state == ""
	case "update":
		return in.Value, state == in.Expected
	case "delete":
		return "", state == in.Expected
	}
	panic("there is no operation " + in.Op)
}

func step(state, input, output any) (bool, any) {
	in, out, now := input.(request), output.(answer), state.(string)
	if in.Op == "get" {
		return out.Outcome == "unknown" || out.Found == now, now
	}
	next, holds := applied(now, in)
	switch out.Outcome {
	case "done":
		return holds, next
	case "refused":
		return !holds, now
	}
	if holds {
		return true, next
	}
	return true, now
}

var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[string][]porcupine.Operation{}
		for _, one := range history {
			key := one.Input.(request).Key
			byKey[key] = append(byKey[key], one)
		}
		parts := make([][]porcupine.Operation, 0, len(byKey))
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: step,
	DescribeOperation: func(input, output any) string {
		in, out := input.(request), output.(answer)
		return fmt.Sprintf("%s %s %s→%s: %s %s", in.Op, in.Key, in.Expected, in.Value, out.Outcome, out.Found)
	},
}

func read(path string) ([]porcupine.Operation, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var history []porcupine.Operation
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var one operation
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, err
		}
		// It may be carried out at any later time, or never.
		if one.Outcome == "unknown" {
			one.Return = math.MaxInt64
		}
		history = append(history, porcupine.Operation{
			ClientId: one.Client, Input: one.request, Call: one.Call, Output: one.answer, Return: one.Return,
		})
	}
	return history, lines.Err()
}

func main() {
	history, err := read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	result, info := porcupine.CheckOperationsVerbose(model, history, 2*time.Minute)
	picture := ""
	if result != porcupine.Ok {
		picture = os.Args[1] + ".html"
		if err := porcupine.VisualizePath(model, info, picture); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"result": result, "operations": len(history), "picture": picture})
	if result != porcupine.Ok {
		os.Exit(1)
	}
}
