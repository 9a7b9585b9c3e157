package main

import (
	"context"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/util/retry"
)

// scaleScenario scales as the HPA controller does, which finds the kind of the subresource by discovery.
func scaleScenario(ctx context.Context, t *target) error {
	client, err := t.client()
	if err != nil {
		return err
	}
	if _, err := client.Create(ctx, t.object("scaled"), metav1.CreateOptions{}); err != nil {
		return err
	}
	found, err := discovery.NewDiscoveryClientForConfig(t.config)
	if err != nil {
		return err
	}
	cached := memory.NewMemCacheClient(found)
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(cached)
	resolver := scale.NewDiscoveryScaleKindResolver(cached)
	kind, err := resolver.ScaleForResource(t.gvr())
	if err != nil {
		return err
	}
	step("kind", kind.String())
	all, err := scale.NewForConfig(t.config, mapper, dynamic.LegacyAPIPathResolverFunc, resolver)
	if err != nil {
		return err
	}
	scales := all.Scales(t.Namespace)
	resource := t.gvr().GroupResource()

	first, err := scales.Get(ctx, resource, "scaled", metav1.GetOptions{})
	if err != nil {
		return err
	}
	step("get", told(first))
	// Controllers write the new object's status meanwhile.
	var updated *autoscalingv1.Scale
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		wish, err := scales.Get(ctx, resource, "scaled", metav1.GetOptions{})
		if err != nil {
			return err
		}
		wish.Spec.Replicas = 2
		updated, err = scales.Update(ctx, resource, wish, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	step("update", told(updated))
	stale := first.DeepCopy()
	stale.Spec.Replicas = 3
	_, err = scales.Update(ctx, resource, stale, metav1.UpdateOptions{})
	step("update what has been overtaken", apierrors.IsConflict(err))
	patched, err := scales.Patch(ctx, t.gvr(), "scaled", types.MergePatchType, []byte(`{"spec":{"replicas":1}}`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	step("patch", told(patched))
	_, err = scales.Patch(ctx, t.gvr(), "scaled", types.MergePatchType, []byte(`{"spec":{"replicas":-1}}`), metav1.PatchOptions{})
	step("patch to less than none", apierrors.IsInvalid(err))
	_, err = scales.Get(ctx, resource, "missing", metav1.GetOptions{})
	step("get what is not there", apierrors.IsNotFound(err))
	return nil
}

func told(scale *autoscalingv1.Scale) map[string]any {
	return map[string]any{
		"name": scale.Name, "replicas": scale.Spec.Replicas,
		"has uid": scale.UID != "", "has version": scale.ResourceVersion != "", "has selector": scale.Status.Selector != "",
	}
}
