package main

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// writer makes, changes and removes objects of a target by their names.
type writer struct {
	ctx    context.Context
	t      *target
	client dynamic.ResourceInterface
}

func (w writer) create(name string) error {
	_, err := w.client.Create(w.ctx, w.t.object(name), metav1.CreateOptions{})
	return err
}

func (w writer) label(name, value string) error {
	return w.patch(name, map[string]any{"labels": map[string]string{"seen": value}})
}

func (w writer) annotate(name, value string) error {
	return w.patch(name, map[string]any{"annotations": map[string]string{"example.com/note": value}})
}

func (w writer) patch(name string, metadata map[string]any) error {
	patch, err := json.Marshal(map[string]any{"metadata": metadata})
	if err != nil {
		return err
	}
	_, err = w.client.Patch(w.ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

func (w writer) remove(name string) error {
	return w.client.Delete(w.ctx, name, metav1.DeleteOptions{})
}
