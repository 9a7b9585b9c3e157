package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/pager"
)

const listed = 25

func listsScenario(ctx context.Context, t *target) error {
	var requests atomic.Int32
	dynamicClient, err := dynamic.NewForConfig(t.watched(func(*http.Request) { requests.Add(1) }))
	if err != nil {
		return err
	}
	client := dynamicClient.Resource(t.gvr()).Namespace(t.Namespace)
	for index := range listed {
		made := t.object(fmt.Sprintf("listed-%02d", index))
		made.SetLabels(map[string]string{"odd": fmt.Sprint(index%2 == 1)})
		if _, err := client.Create(ctx, made, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	page := func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return client.List(ctx, options)
	}

	requests.Store(0)
	pages := pager.New(page)
	pages.PageSize = 10
	list, paginated, err := pages.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	names, err := namesOf(list)
	if err != nil {
		return err
	}
	step("list by pages", map[string]any{"names": names, "paginated": paginated, "requests": requests.Load()})

	// An object that comes after the first page is none of the list.
	names = []string{}
	err = pages.EachListItem(ctx, metav1.ListOptions{LabelSelector: "odd=true"}, func(object runtime.Object) error {
		item := object.(*unstructured.Unstructured)
		names = append(names, item.GetName())
		if len(names) > 1 {
			return nil
		}
		late := t.object("listed-99")
		late.SetLabels(map[string]string{"odd": "true"})
		_, err := client.Create(ctx, late, metav1.CreateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	step("items of a selection, one by one", names)

	first, err := client.List(ctx, metav1.ListOptions{Limit: 10})
	if err != nil {
		return err
	}
	remaining := int64(-1)
	if first.GetRemainingItemCount() != nil {
		remaining = *first.GetRemainingItemCount()
	}
	second, err := client.List(ctx, metav1.ListOptions{Limit: 10, Continue: first.GetContinue()})
	if err != nil {
		return err
	}
	step("a page and the next", map[string]any{
		"items": len(first.Items), "remaining": remaining, "next": len(second.Items),
		"same version": first.GetResourceVersion() == second.GetResourceVersion(),
	})

	err = client.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "odd=true"})
	if err != nil {
		return err
	}
	rest, err := client.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	step("what is left when a selection is deleted", len(rest.Items))
	byName, err := client.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=listed-04"})
	if err != nil {
		return err
	}
	step("a list by name", len(byName.Items))
	return nil
}

func namesOf(list runtime.Object) ([]string, error) {
	names := []string{}
	each := func(object runtime.Object) error {
		names = append(names, object.(metav1.Object).GetName())
		return nil
	}
	return names, meta.EachListItem(list, each)
}
