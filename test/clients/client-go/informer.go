package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
)

func compareVersions(one, other string) (int, error) {
	return resourceversion.CompareResourceVersion(one, other)
}

// informerScenario follows whole objects.
func informerScenario(ctx context.Context, t *target) error {
	asked := &modes{counts: map[string]int{}}
	client, err := dynamic.NewForConfig(t.watched(asked.see))
	if err != nil {
		return err
	}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, t.Namespace, nil)
	return t.follow(ctx, factory.ForResource(t.gvr()).Informer(), asked)
}

// metadataScenario follows the metadata of objects, as the garbage collector does.
func metadataScenario(ctx context.Context, t *target) error {
	asked := &modes{counts: map[string]int{}}
	client, err := metadata.NewForConfig(t.watched(asked.see))
	if err != nil {
		return err
	}
	informer := metadatainformer.NewFilteredSharedInformerFactory(client, 0, t.Namespace, nil).ForResource(t.gvr()).Informer()
	if err := t.follow(ctx, informer, asked); err != nil {
		return err
	}
	resource := client.Resource(t.gvr()).Namespace(t.Namespace)
	found, err := resource.Get(ctx, "c", metav1.GetOptions{})
	if err != nil {
		return err
	}
	step("metadata of one", map[string]any{"kind": found.Kind, "apiVersion": found.APIVersion, "labels": found.Labels})
	list, err := resource.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	step("metadata of a list", map[string]any{"kind": list.Kind, "apiVersion": list.APIVersion, "items": len(list.Items)})
	patch := []byte(`{"metadata":{"finalizers":["example.com/kept"]}}`)
	patched, err := resource.Patch(ctx, "c", types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return err
	}
	step("metadata of what was patched", map[string]any{"kind": patched.Kind, "finalizers": patched.Finalizers})
	if err := resource.Delete(ctx, "c", metav1.DeleteOptions{}); err != nil {
		return err
	}
	patch = []byte(`{"metadata":{"finalizers":null}}`)
	_, err = resource.Patch(ctx, "c", types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// follow writes while an informer runs, and goes on when the server has been away.
func (t *target) follow(ctx context.Context, informer cache.SharedIndexInformer, asked *modes) error {
	client, err := t.client()
	if err != nil {
		return err
	}
	w := writer{ctx, t, client}

	if err := errors.Join(w.create("a"), w.create("b"), w.create("c")); err != nil {
		return err
	}
	told, err := synced(ctx, informer)
	if err != nil {
		return err
	}
	if err := told.expect(ctx, map[string][]string{"a": {"first"}, "b": {"first"}, "c": {"first"}}); err != nil {
		return err
	}
	step("asked by", asked.names())

	if err := errors.Join(w.create("d"), w.label("a", "1"), w.remove("b"), w.label("a", "2")); err != nil {
		return err
	}
	events := map[string][]string{
		"a": {"first", "update", "update"}, "b": {"first", "delete"}, "c": {"first"}, "d": {"add"},
	}
	if err := told.expect(ctx, events); err != nil {
		return err
	}
	step("changes seen", true)

	if err := pause("restart"); err != nil {
		return err
	}
	if err := errors.Join(w.create("e"), w.label("c", "3"), w.remove("d"), w.create("b")); err != nil {
		return err
	}
	events["e"], events["c"], events["d"] = []string{"add"}, []string{"first", "update"}, []string{"add", "delete"}
	events["b"] = append(events["b"], "add")
	if err := told.expect(ctx, events); err != nil {
		return err
	}
	step("changes seen after the server was away", true)
	return t.sameAsListed(ctx, informer)
}

// synced runs an informer, and returns what its handler is told.
func synced(ctx context.Context, informer cache.SharedIndexInformer) (*seen, error) {
	told := newSeen()
	if _, err := informer.AddEventHandler(told); err != nil {
		return nil, err
	}
	go informer.RunWithContext(ctx)
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, errors.New("the informer has not become synced")
	}
	return told, nil
}

// sameAsListed compares the informer's store with a list.
func (t *target) sameAsListed(ctx context.Context, informer cache.SharedIndexInformer) error {
	client, err := t.client()
	if err != nil {
		return err
	}
	listed := map[string]string{}
	kept := map[string]string{}
	err = wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		list, err := client.List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		clear(listed)
		clear(kept)
		for _, item := range list.Items {
			listed[item.GetName()] = item.GetResourceVersion()
		}
		for _, object := range informer.GetStore().List() {
			kept[accessor(object).GetName()] = accessor(object).GetResourceVersion()
		}
		return fmt.Sprint(listed) == fmt.Sprint(kept), nil
	})
	if err != nil {
		return fmt.Errorf("the informer has %v, and a list %v: %w", kept, listed, err)
	}
	step("in the informer's store", len(kept))
	return nil
}
