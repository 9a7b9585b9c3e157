// Scenarios that use client-go as controllers and tools do: client-go SCENARIO TARGET, where TARGET is JSON.
// Prints a JSON line for each step. Standard error says what went wrong.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// target is what a scenario works on: objects like Object, in a namespace of its own.
type target struct {
	Group     string         `json:"group"`
	Version   string         `json:"version"`
	Resource  string         `json:"resource"`
	Namespace string         `json:"namespace"`
	Object    map[string]any `json:"object"`
	config    *rest.Config
}

var scenarios = map[string]func(context.Context, *target) error{
	"apply":    applyScenario,
	"errors":   errorsScenario,
	"expired":  expiredScenario,
	"informer": informerScenario,
	"lists":    listsScenario,
	"mapper":   mapperScenario,
	"metadata": metadataScenario,
	"scale":    scaleScenario,
	"until":    untilScenario,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: client-go SCENARIO TARGET")
	}
	scenario := scenarios[args[0]]
	if scenario == nil {
		return fmt.Errorf("there is no scenario %q", args[0])
	}
	t := &target{}
	if err := json.Unmarshal([]byte(args[1]), t); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	t.config = config
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	return scenario(ctx, t)
}

func (t *target) gvr() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: t.Group, Version: t.Version, Resource: t.Resource}
}

func (t *target) client() (dynamic.ResourceInterface, error) {
	client, err := dynamic.NewForConfig(t.config)
	if err != nil {
		return nil, err
	}
	return client.Resource(t.gvr()).Namespace(t.Namespace), nil
}

// object is a new one of this name.
func (t *target) object(name string) *unstructured.Unstructured {
	made := (&unstructured.Unstructured{Object: t.Object}).DeepCopy()
	made.SetNamespace(t.Namespace)
	made.SetName(name)
	return made
}

// watched has every request counted by this function.
func (t *target) watched(see func(*http.Request)) *rest.Config {
	config := rest.CopyConfig(t.config)
	config.Wrap(func(inner http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			see(request)
			return inner.RoundTrip(request)
		})
	})
	return config
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }
