package main

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// untilScenario waits for conditions as kubectl wait and tests do.
func untilScenario(ctx context.Context, t *target) error {
	client, err := t.client()
	if err != nil {
		return err
	}
	created, err := client.Create(ctx, t.object("awaited"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	from := created.GetResourceVersion()
	if err := label(ctx, client, "first"); err != nil {
		return err
	}
	event, err := watchtools.Until(ctx, from, named(client), isLabelled("first"))
	if err != nil {
		return err
	}
	step("until a change from a version on", event.Type)

	go func() {
		time.Sleep(200 * time.Millisecond)
		if err := label(ctx, client, "second"); err != nil {
			panic(err)
		}
	}()
	event, err = watchtools.UntilWithSync(ctx, named(client), &unstructured.Unstructured{}, nil, isLabelled("second"))
	if err != nil {
		return err
	}
	step("until a change after a list", event.Object.(*unstructured.Unstructured).GetLabels())
	return t.retryWatch(ctx, client)
}

func named(client dynamic.ResourceInterface) *cache.ListWatch {
	const field = "metadata.name=awaited"
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			options.FieldSelector = field
			return client.List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.FieldSelector = field
			return client.Watch(ctx, options)
		},
	}
}

func label(ctx context.Context, client dynamic.ResourceInterface, value string) error {
	patch := []byte(fmt.Sprintf(`{"metadata":{"labels":{"seen":%q}}}`, value))
	_, err := client.Patch(ctx, "awaited", types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

func isLabelled(value string) watchtools.ConditionFunc {
	return func(event watch.Event) (bool, error) {
		object, ok := event.Object.(*unstructured.Unstructured)
		return ok && object.GetLabels()["seen"] == value, nil
	}
}

// retryWatch goes on by itself after the server was away.
func (t *target) retryWatch(ctx context.Context, client dynamic.ResourceInterface) error {
	found, err := client.Get(ctx, "awaited", metav1.GetOptions{})
	if err != nil {
		return err
	}
	watching, err := watchtools.NewRetryWatcherWithContext(ctx, found.GetResourceVersion(), named(client))
	if err != nil {
		return err
	}
	defer watching.Stop()
	if err := label(ctx, client, "third"); err != nil {
		return err
	}
	if err := pause("restart"); err != nil {
		return err
	}
	if err := label(ctx, client, "fourth"); err != nil {
		return err
	}
	if err := client.Delete(ctx, "awaited", metav1.DeleteOptions{}); err != nil {
		return err
	}
	events := []string{}
	for event := range watching.ResultChan() {
		object, ok := event.Object.(*unstructured.Unstructured)
		if !ok {
			return fmt.Errorf("the watch said %s: %v", event.Type, event.Object)
		}
		events = append(events, fmt.Sprintf("%s %s", event.Type, object.GetLabels()["seen"]))
		if event.Type == watch.Deleted {
			step("watched while the server was away", events)
			return nil
		}
	}
	return fmt.Errorf("the watch ended after %v", events)
}
