package main

import (
	"context"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// withoutMembers is what ignoreDifferences of an Application says that leaves the number of members to an autoscaler.
type withoutMembers struct{}

func (withoutMembers) Normalize(object *unstructured.Unstructured) error {
	roles, found, err := unstructured.NestedSlice(object.Object, "spec", "roles")
	if err != nil || !found || object.GetKind() != "KubeDirectorCluster" {
		return err
	}
	for _, role := range roles {
		delete(role.(map[string]any), "members")
	}
	return unstructured.SetNestedSlice(object.Object, roles, "spec", "roles")
}

// differences tells which manifests are OutOfSync, by each of the three ways that Argo CD compares. What is written
// meanwhile makes it compare again, as Argo CD does when it is told of a change.
func (s *story) differences(ctx context.Context, when string) error {
	for {
		before, err := s.live(ctx)
		if err != nil {
			return err
		}
		told, err := s.compare(before)
		if err != nil {
			return fmt.Errorf("%s: %w", when, err)
		}
		after, err := s.live(ctx)
		if err != nil {
			return err
		}
		if versions(before) == versions(after) {
			step(when, told)
			return nil
		}
	}
}

func versions(objects []*unstructured.Unstructured) string {
	all := ""
	for _, object := range objects {
		all += object.GetResourceVersion() + " "
	}
	return all
}

func (s *story) compare(live []*unstructured.Unstructured) (map[string]any, error) {
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	applier, cleanup, err := kubectl.ManageServerSideDiffDryRuns(s.config)
	if err != nil {
		return nil, err
	}
	defer cleanup()
	common := []diff.Option{diff.WithGVKParser(s.cache.GetGVKParser()), diff.WithManager(manager), diff.WithLogr(logr.Discard())}
	ways := map[string]diff.Option{
		"three-way":        diff.WithStructuredMergeDiff(false),
		"structured merge": diff.WithStructuredMergeDiff(true),
		"server-side":      diff.WithServerSideDiff(true),
	}
	dryRunner := diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier))
	told := map[string]any{}
	for way, option := range ways {
		options := append([]diff.Option{option, dryRunner}, common...)
		all, err := outOfSync(s.manifests, live, options)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", way, err)
		}
		ignoring, err := outOfSync(s.manifests, live, append(options, diff.WithNormalizer(withoutMembers{})))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", way, err)
		}
		told[way] = map[string]any{"out of sync": all, "but for members": ignoring}
	}
	return told, nil
}

func outOfSync(manifests, live []*unstructured.Unstructured, options []diff.Option) ([]string, error) {
	results, err := diff.DiffArray(copies(manifests), copies(live), options...)
	if err != nil {
		return nil, err
	}
	found := []string{}
	for index, result := range results.Diffs {
		if result.Modified {
			fmt.Fprintf(os.Stderr, "live:      %s\npredicted: %s\n", result.NormalizedLive, result.PredictedLive)
			found = append(found, manifests[index].GetKind())
		}
	}
	return found, nil
}

func copies(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	made := []*unstructured.Unstructured{}
	for _, object := range objects {
		made = append(made, object.DeepCopy())
	}
	return made
}

func (s *story) live(ctx context.Context) ([]*unstructured.Unstructured, error) {
	client, err := dynamic.NewForConfig(s.config)
	if err != nil {
		return nil, err
	}
	live := []*unstructured.Unstructured{}
	for _, manifest := range s.manifests {
		resources := map[string]string{"KubeDirectorApp": "kubedirectorapps", "KubeDirectorCluster": "kubedirectorclusters"}
		gvr := manifest.GroupVersionKind().GroupVersion().WithResource(resources[manifest.GetKind()])
		object, err := client.Resource(gvr).Namespace(s.namespace).Get(ctx, manifest.GetName(), metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		live = append(live, object)
	}
	return live, nil
}
