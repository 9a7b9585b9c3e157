// Says what Flux and Helm 4 take objects for: kstatus OBJECTS. OBJECTS are a JSON list; prints a JSON list of statuses.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: kstatus OBJECTS")
	}
	var texts []json.RawMessage
	if err := json.Unmarshal([]byte(os.Args[1]), &texts); err != nil {
		return err
	}
	found := []status.Status{}
	for _, text := range texts {
		var object map[string]any
		// Whole numbers are int64, as kstatus expects them.
		if err := utiljson.Unmarshal(text, &object); err != nil {
			return err
		}
		result, err := status.Compute(&unstructured.Unstructured{Object: object})
		if err != nil {
			return err
		}
		found = append(found, result.Status)
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}
