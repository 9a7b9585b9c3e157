package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/retry"
)

var predicates = map[string]func(error) bool{
	"AlreadyExists":         apierrors.IsAlreadyExists,
	"BadRequest":            apierrors.IsBadRequest,
	"Conflict":              apierrors.IsConflict,
	"Forbidden":             apierrors.IsForbidden,
	"Gone":                  apierrors.IsGone,
	"InternalError":         apierrors.IsInternalError,
	"Invalid":               apierrors.IsInvalid,
	"MethodNotSupported":    apierrors.IsMethodNotSupported,
	"NotFound":              apierrors.IsNotFound,
	"RequestEntityTooLarge": apierrors.IsRequestEntityTooLargeError,
	"ResourceExpired":       apierrors.IsResourceExpired,
	"Timeout":               apierrors.IsTimeout,
	"UnexpectedServerError": apierrors.IsUnexpectedServerError,
	"UnsupportedMediaType":  apierrors.IsUnsupportedMediaType,
}

// toldError is what a controller looks at. The causes are without their messages: those are each server's own.
func (t *target) toldError(err error) any {
	if err == nil {
		return "no error"
	}
	is := predicatesOf(err)
	told := map[string]any{"is": is}
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		told["message"] = err.Error()
		return told
	}
	told["code"] = status.Status().Code
	if details := status.Status().Details; details != nil {
		told["name"], told["kind"], told["group"] = details.Name, details.Kind, t.told(details.Group)
		causes := []string{}
		for _, cause := range details.Causes {
			causes = append(causes, fmt.Sprintf("%s %s", cause.Type, cause.Field))
		}
		sort.Strings(causes)
		told["causes"] = causes
	}
	if len(is) == 0 || apierrors.IsInvalid(err) {
		return told
	}
	told["message"] = t.told(err.Error())
	return told
}

func errorsScenario(ctx context.Context, t *target) error {
	client, err := t.client()
	if err != nil {
		return err
	}
	first, err := client.Create(ctx, t.object("one"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	_, err = client.Create(ctx, t.object("one"), metav1.CreateOptions{})
	step("create what is there", t.toldError(err))
	_, err = client.Get(ctx, "two", metav1.GetOptions{})
	step("get what is not there", t.toldError(err))
	_, err = client.Get(ctx, "one", metav1.GetOptions{}, "nothing")
	step("get a subresource that is not there", predicatesOf(err))
	step("delete what is not there", t.toldError(client.Delete(ctx, "two", metav1.DeleteOptions{})))
	other := types.UID("c0ffee00-0000-4000-8000-000000000000")
	err = client.Delete(ctx, "one", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &other}})
	step("delete another uid", map[string]any{"conflict": apierrors.IsConflict(err)})

	newer := first.DeepCopy()
	newer.SetLabels(map[string]string{"seen": "newer"})
	if _, err = client.Update(ctx, newer, metav1.UpdateOptions{}); err != nil {
		return err
	}
	older := first.DeepCopy()
	older.SetLabels(map[string]string{"seen": "older"})
	_, err = client.Update(ctx, older, metav1.UpdateOptions{})
	step("update what has been overtaken", t.toldError(err))
	stale := []byte(fmt.Sprintf(`{"metadata":{"resourceVersion":%q,"labels":{"a":"b"}}}`, first.GetResourceVersion()))
	_, err = client.Patch(ctx, "one", types.MergePatchType, stale, metav1.PatchOptions{})
	step("patch what has been overtaken", t.toldError(err))
	_, err = client.Patch(ctx, "one", types.PatchType("application/nothing"), []byte("{}"), metav1.PatchOptions{})
	step("patch of an unknown type", map[string]any{"unsupported": apierrors.IsUnsupportedMediaType(err)})

	if err := t.invalid(ctx, client); err != nil {
		return err
	}
	_, err = client.List(ctx, metav1.ListOptions{Limit: 1, Continue: "nothing"})
	step("list on from nowhere", predicatesOf(err))
	return t.retries(ctx, client)
}

func (t *target) invalid(ctx context.Context, client dynamic.ResourceInterface) error {
	wrong := t.object("wrong")
	if err := unstructured.SetNestedField(wrong.Object, int64(1), "spec", "configSchemaVersion"); err != nil {
		return err
	}
	unstructured.RemoveNestedField(wrong.Object, "spec", "version")
	_, err := client.Create(ctx, wrong, metav1.CreateOptions{})
	step("create with a value that is too small, without another", t.toldError(err))
	wrong = t.object("wrong")
	if err := unstructured.SetNestedField(wrong.Object, "seven", "spec", "configSchemaVersion"); err != nil {
		return err
	}
	_, err = client.Create(ctx, wrong, metav1.CreateOptions{})
	step("create with a value of the wrong type", t.toldError(err))
	_, err = client.Create(ctx, t.object("Not_A_Name"), metav1.CreateOptions{})
	step("create with a wrong name", t.toldError(err))
	unknown := t.object("unknown")
	if err := unstructured.SetNestedField(unknown.Object, "x", "metadata", "nothing"); err != nil {
		return err
	}
	_, err = client.Create(ctx, unknown, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	step("create with an unknown field", map[string]any{"bad request": apierrors.IsBadRequest(err)})
	return nil
}

func predicatesOf(err error) []string {
	is := []string{}
	for name, holds := range predicates {
		if holds(err) {
			is = append(is, name)
		}
	}
	sort.Strings(is)
	return is
}

// retries has five writers count together, each by retry.RetryOnConflict.
func (t *target) retries(ctx context.Context, client dynamic.ResourceInterface) error {
	const writers, each = 5, 4
	failed := make(chan error, writers)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				failed <- retry.RetryOnConflict(retry.DefaultBackoff, func() error { return increment(ctx, client) })
			}
		})
	}
	go func() { all.Wait(); close(failed) }()
	done := 0
	for err := range failed {
		if err == nil {
			done++
		} else if !apierrors.IsConflict(err) {
			return err
		}
	}
	found, err := client.Get(ctx, "one", metav1.GetOptions{})
	if err != nil {
		return err
	}
	counted, err := strconv.Atoi(found.GetAnnotations()["count"])
	if err != nil {
		return err
	}
	step("writers that count together", map[string]any{"some": done > 0, "exact": counted == done})
	return nil
}

func increment(ctx context.Context, client dynamic.ResourceInterface) error {
	found, err := client.Get(ctx, "one", metav1.GetOptions{})
	if err != nil {
		return err
	}
	count, _ := strconv.Atoi(found.GetAnnotations()["count"])
	found.SetAnnotations(map[string]string{"count": strconv.Itoa(count + 1)})
	_, err = client.Update(ctx, found, metav1.UpdateOptions{})
	return err
}
