package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
)

// More than the 32 MiB of past states that the server keeps by default, in objects that kube-apiserver takes, too.
const (
	notes    = 200
	noteSize = 200 << 10
)

// expiredScenario has an informer fall behind so far that its resourceVersion has expired.
func expiredScenario(ctx context.Context, t *target) error {
	asked := &modes{counts: map[string]int{}}
	client, err := dynamic.NewForConfig(t.watched(asked.see))
	if err != nil {
		return err
	}
	away := newGate()
	lists := away.listWatch(client.Resource(t.gvr()).Namespace(t.Namespace))
	informer := cache.NewSharedIndexInformer(lists, &unstructured.Unstructured{}, 0, cache.Indexers{})
	writing, err := t.client()
	if err != nil {
		return err
	}
	w := writer{ctx, t, writing}

	if err := errors.Join(w.create("kept"), w.create("changed"), w.create("removed"), w.create("made-again")); err != nil {
		return err
	}
	told, err := synced(ctx, informer)
	if err != nil {
		return err
	}
	if err := w.label("changed", "1"); err != nil {
		return err
	}
	events := map[string][]string{
		"kept": {"first"}, "changed": {"first", "update"}, "removed": {"first"}, "made-again": {"first"},
	}
	if err := told.expect(ctx, events); err != nil {
		return err
	}
	step("asked for everything", asked.everything())

	from := informer.LastSyncResourceVersion()
	away.shut()
	if err := w.missed(); err != nil {
		return err
	}
	if err := pause("forget"); err != nil {
		return err
	}
	if err := w.forgotten(from); err != nil {
		return err
	}
	away.open()
	events["changed"], events["removed"] = append(events["changed"], "update"), []string{"first", "delete"}
	// Another object of the same name: client-go cannot know that the first one was removed in between.
	events["made-again"], events["made"] = []string{"first", "update"}, []string{"add"}
	if err := told.expect(ctx, events); err != nil {
		return err
	}
	step("the watch was refused as", away.refused())
	step("asked for everything in all", asked.everything())

	if err := errors.Join(w.label("kept", "3"), w.remove("made")); err != nil {
		return err
	}
	events["kept"], events["made"] = []string{"first", "update"}, []string{"add", "delete"}
	if err := told.expect(ctx, events); err != nil {
		return err
	}
	step("changes seen after the new list", true)
	return t.sameAsListed(ctx, informer)
}

// missed makes changes of each kind, and so many that the first ones are forgotten.
func (w writer) missed() error {
	if err := errors.Join(w.label("changed", "2"), w.remove("removed"), w.create("made"), w.remove("made-again")); err != nil {
		return err
	}
	for count := range notes {
		if err := w.annotate("changed", fmt.Sprint(count, strings.Repeat(" ", noteSize))); err != nil {
			return err
		}
	}
	return w.create("made-again")
}

// forgotten waits until a watch from this version on is refused.
func (w writer) forgotten(version string) error {
	err := wait.PollUntilContextTimeout(w.ctx, 200*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		watching, err := w.client.Watch(ctx, metav1.ListOptions{ResourceVersion: version})
		if err != nil {
			return false, nil
		}
		defer watching.Stop()
		event := <-watching.ResultChan()
		return event.Type == watch.Error && apierrors.IsResourceExpired(apierrors.FromObject(event.Object)), nil
	})
	if err != nil {
		return fmt.Errorf("version %s has not expired: %w", version, err)
	}
	return nil
}
