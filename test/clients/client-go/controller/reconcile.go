package main

import (
	"context"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const (
	wishLabel = "example.com/wish"
	finalizer = "example.com/goodbye"
	condition = "example.com/Announced"
	manager   = "wish-controller"
)

type reconciler struct {
	client.Client
	app string
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	wish := &corev1.ConfigMap{}
	if err := r.Get(ctx, request.NamespacedName, wish); err != nil {
		return ctrl.Result{}, r.sayGoodbye(ctx, request, client.IgnoreNotFound(err))
	}
	if _, ok := wish.Labels[wishLabel]; !ok {
		return ctrl.Result{}, nil
	}
	cluster := newCluster()
	err := r.Get(ctx, request.NamespacedName, cluster)
	if err != nil && !apierrors.IsNotFound(err) {
		return ctrl.Result{}, err
	}
	if err == nil && !cluster.GetDeletionTimestamp().IsZero() {
		return ctrl.Result{}, r.removeFinalizer(ctx, cluster)
	}
	if cluster.GetAnnotations()["example.com/workers"] != wish.Data["workers"] {
		return ctrl.Result{}, r.applyCluster(ctx, wish)
	}
	return ctrl.Result{}, r.announce(ctx, wish, cluster)
}

// applyCluster applies what is wished for; the change of the cluster brings the next reconcile.
func (r *reconciler) applyCluster(ctx context.Context, wish *corev1.ConfigMap) error {
	workers, err := strconv.ParseInt(wish.Data["workers"], 10, 64)
	if err != nil {
		return err
	}
	role := func(id string, members int64) any {
		amounts := map[string]any{"cpu": "10m", "memory": "16Mi"}
		return map[string]any{"id": id, "members": members, "resources": map[string]any{"requests": amounts, "limits": amounts}}
	}
	cluster := newCluster()
	cluster.SetNamespace(wish.Namespace)
	cluster.SetName(wish.Name)
	cluster.SetAnnotations(map[string]string{"example.com/workers": wish.Data["workers"]})
	cluster.SetFinalizers([]string{finalizer})
	cluster.Object["spec"] = map[string]any{
		"app": r.app, "serviceType": "ClusterIP", "namingScheme": "CrNameRole",
		"roles": []any{role("head", 1), role("worker", workers)},
	}
	if err := controllerutil.SetControllerReference(wish, cluster, r.Scheme()); err != nil {
		return err
	}
	return r.Apply(ctx, client.ApplyConfigurationFromUnstructured(cluster), client.FieldOwner(manager))
}

// announce patches the status of the cluster, once it is Ready, and tells in the ConfigMap.
func (r *reconciler) announce(ctx context.Context, wish *corev1.ConfigMap, cluster *unstructured.Unstructured) error {
	conditions, _, err := unstructured.NestedSlice(cluster.Object, "status", "conditions")
	if err != nil {
		return err
	}
	observed, _, err := unstructured.NestedInt64(cluster.Object, "status", "observedGeneration")
	if err != nil || observed != cluster.GetGeneration() || !isTrue(conditions, "Ready") {
		return err
	}
	if !isTrue(conditions, condition) {
		patched := cluster.DeepCopy()
		announced := map[string]any{
			"type": condition, "status": "True", "reason": "Seen", "message": "",
			"lastTransitionTime": cluster.GetCreationTimestamp().UTC().Format("2006-01-02T15:04:05Z"),
		}
		if err := unstructured.SetNestedSlice(patched.Object, append(conditions, announced), "status", "conditions"); err != nil {
			return err
		}
		patch := client.MergeFromWithOptions(cluster, client.MergeFromWithOptimisticLock{})
		return r.Status().Patch(ctx, patched, patch, client.FieldOwner(manager))
	}
	if wish.Annotations["example.com/ready"] == wish.Data["workers"] {
		return nil
	}
	patched := wish.DeepCopy()
	if patched.Annotations == nil {
		patched.Annotations = map[string]string{}
	}
	patched.Annotations["example.com/ready"] = wish.Data["workers"]
	return r.Patch(ctx, patched, client.MergeFrom(wish))
}

// sayGoodbye lets the cluster go whose owner is gone: the garbage collector has deleted it.
func (r *reconciler) sayGoodbye(ctx context.Context, request ctrl.Request, err error) error {
	if err != nil {
		return err
	}
	cluster := newCluster()
	if err := r.Get(ctx, request.NamespacedName, cluster); err != nil {
		return client.IgnoreNotFound(err)
	}
	if cluster.GetDeletionTimestamp().IsZero() {
		return nil
	}
	return r.removeFinalizer(ctx, cluster)
}

func (r *reconciler) removeFinalizer(ctx context.Context, cluster *unstructured.Unstructured) error {
	if !controllerutil.RemoveFinalizer(cluster, finalizer) {
		return nil
	}
	return client.IgnoreNotFound(r.Update(ctx, cluster))
}

func isTrue(conditions []any, kind string) bool {
	for _, one := range conditions {
		fields, ok := one.(map[string]any)
		if ok && fields["type"] == kind {
			return fields["status"] == "True"
		}
	}
	return false
}
