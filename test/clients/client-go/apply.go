package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/csaupgrade"
)

// applyScenario has two managers apply the same object.
func applyScenario(ctx context.Context, t *target) error {
	client, err := t.client()
	if err != nil {
		return err
	}
	apply := func(manager string, force bool, version string, labels map[string]string) (*unstructured.Unstructured, error) {
		wished := t.object("applied")
		wished.SetLabels(labels)
		if err := unstructured.SetNestedField(wished.Object, version, "spec", "version"); err != nil {
			return nil, err
		}
		return client.Apply(ctx, "applied", wished, metav1.ApplyOptions{FieldManager: manager, Force: force})
	}
	if _, err := apply("one", false, "1.0", map[string]string{"tier": "gold", "one": "1"}); err != nil {
		return err
	}
	first, err := apply("one", false, "1.0", map[string]string{"tier": "gold", "one": "1"})
	if err != nil {
		return err
	}
	again, err := apply("one", false, "1.0", map[string]string{"tier": "gold", "one": "1"})
	if err != nil {
		return err
	}
	step("apply again changes nothing", first.GetResourceVersion() == again.GetResourceVersion())

	_, err = apply("two", false, "1.1", map[string]string{"tier": "silver"})
	step("conflict", t.toldConflict(err))
	forced, err := apply("two", true, "1.1", map[string]string{"tier": "silver"})
	if err != nil {
		return err
	}
	step("forced", t.owners(forced))
	given, err := client.Apply(ctx, "applied", t.bare("applied"), metav1.ApplyOptions{FieldManager: "one"})
	if err != nil {
		return err
	}
	step("what one gave up", map[string]any{"labels": given.GetLabels(), "owners": t.owners(given)})
	if err := t.extract(ctx, given); err != nil {
		return err
	}
	_, err = client.Apply(ctx, "applied", t.object("applied"), metav1.ApplyOptions{})
	step("apply without a manager", predicatesOf(err))
	withFields := given.DeepCopy()
	_, err = client.Apply(ctx, "applied", withFields, metav1.ApplyOptions{FieldManager: "one"})
	step("apply with managedFields", err != nil)
	return t.upgrade(ctx, client)
}

// bare is what a manager applies that wishes nothing more but the object's name.
func (t *target) bare(name string) *unstructured.Unstructured {
	whole := t.object(name)
	bare := &unstructured.Unstructured{Object: map[string]any{}}
	bare.SetAPIVersion(whole.GetAPIVersion())
	bare.SetKind(whole.GetKind())
	bare.SetNamespace(whole.GetNamespace())
	bare.SetName(name)
	return bare
}

func (t *target) toldConflict(err error) any {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return fmt.Sprint(err)
	}
	causes := []string{}
	for _, cause := range status.Status().Details.Causes {
		causes = append(causes, fmt.Sprintf("%s %s: %s", cause.Type, cause.Field, t.told(cause.Message)))
	}
	sort.Strings(causes)
	return map[string]any{"conflict": apierrors.IsConflict(err), "causes": causes}
}

func (t *target) owners(object *unstructured.Unstructured) []string {
	owners := []string{}
	for _, entry := range object.GetManagedFields() {
		fields := ""
		if entry.FieldsV1 != nil {
			fields = string(entry.FieldsV1.Raw)
		}
		owners = append(owners, fmt.Sprintf("%s %s %s", entry.Manager, entry.Operation, fields))
	}
	sort.Strings(owners)
	return owners
}

// extract asks for what a manager has applied, as controllers do that change only that. It reads OpenAPI v2.
func (t *target) extract(ctx context.Context, object *unstructured.Unstructured) error {
	found, err := discovery.NewDiscoveryClientForConfig(t.config)
	if err != nil {
		return err
	}
	extractor, err := metav1ac.NewUnstructuredExtractor(found)
	if err != nil {
		return err
	}
	for _, manager := range []string{"one", "two"} {
		extracted, err := extractor.Extract(object, manager)
		if err != nil {
			return err
		}
		spec, _, err := unstructured.NestedMap(extracted.Object, "spec")
		if err != nil {
			return err
		}
		step("extracted of "+manager, map[string]any{"labels": extracted.GetLabels(), "spec": spec})
	}
	return nil
}

// upgrade makes what was written by updates what was applied, as kubectl and controllers do when they change over.
func (t *target) upgrade(ctx context.Context, client dynamic.ResourceInterface) error {
	created, err := client.Create(ctx, t.object("upgraded"), metav1.CreateOptions{FieldManager: "before"})
	if err != nil {
		return err
	}
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(created, sets.New("before"), "after")
	if err != nil {
		return err
	}
	upgraded, err := client.Patch(ctx, "upgraded", types.JSONPatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return err
	}
	owners := t.owners(upgraded)
	if len(owners) != 1 || !strings.HasPrefix(owners[0], "after Apply ") {
		return fmt.Errorf("the fields are managed by %v", owners)
	}
	bare, err := client.Apply(ctx, "upgraded", t.object("upgraded"), metav1.ApplyOptions{FieldManager: "after"})
	if err != nil {
		return err
	}
	step("changed over to apply", t.owners(bare))
	return nil
}
