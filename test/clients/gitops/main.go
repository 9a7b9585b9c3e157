// Syncs and compares with Argo CD's engine, as Argo CD does: gitops NAMESPACE MODE MANIFESTS. MODE says how it applies:
// client or server. MANIFESTS are a JSON list. Prints a JSON line for each step.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/cache"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/engine"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/go-logr/logr/funcr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// The name that Argo CD applies by.
const manager = "argocd-controller"

// Argo CD marks what it manages, by a label or an annotation.
const tracking = "argocd.argoproj.io/tracking-id"

var answered = bufio.NewReader(os.Stdin)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type story struct {
	namespace  string
	serverSide bool
	manifests  []*unstructured.Unstructured
	config     *rest.Config
	cache      cache.ClusterCache
	engine     engine.GitOpsEngine
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: gitops NAMESPACE client|server MANIFESTS")
	}
	s := &story{namespace: args[0], serverSide: args[1] == "server"}
	var objects []map[string]any
	if err := json.Unmarshal([]byte(args[2]), &objects); err != nil {
		return err
	}
	for _, object := range objects {
		manifest := &unstructured.Unstructured{Object: object}
		manifest.SetAnnotations(map[string]string{tracking: s.namespace})
		s.manifests = append(s.manifests, manifest)
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	s.config = config
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	return s.tell(ctx)
}

func (s *story) tell(ctx context.Context) error {
	log := funcr.New(func(_, line string) { fmt.Fprintln(os.Stderr, line) }, funcr.Options{})
	s.cache = cache.NewClusterCache(s.config,
		cache.SetNamespaces([]string{s.namespace}),
		cache.SetLogr(log),
		cache.SetPopulateResourceInfoHandler(func(object *unstructured.Unstructured, _ bool) (any, bool) {
			id := object.GetAnnotations()[tracking]
			return id, id != ""
		}),
	)
	s.engine = engine.NewEngine(s.config, s.cache, engine.WithLogr(log))
	stop, err := s.engine.Run()
	if err != nil {
		return err
	}
	defer stop()

	if err := s.sync(ctx, "sync", s.manifests); err != nil {
		return err
	}
	if err := s.differences(ctx, "after the sync"); err != nil {
		return err
	}
	if err := pause("ready"); err != nil {
		return err
	}
	if err := s.differences(ctx, "after the status was written"); err != nil {
		return err
	}
	step("tree", s.tree())
	if err := s.sync(ctx, "sync again", s.manifests); err != nil {
		return err
	}
	if err := pause("scale"); err != nil {
		return err
	}
	if err := s.differences(ctx, "after a role was scaled"); err != nil {
		return err
	}
	if err := s.sync(ctx, "sync without the cluster", s.manifests[:1]); err != nil {
		return err
	}
	return s.sync(ctx, "sync without anything", nil)
}

func (s *story) sync(ctx context.Context, name string, manifests []*unstructured.Unstructured) error {
	isManaged := func(resource *cache.Resource) bool { return resource.Info == s.namespace }
	results, err := s.engine.Sync(ctx, manifests, isManaged, "revision", s.namespace,
		sync.WithPrune(true), sync.WithServerSideApply(s.serverSide), sync.WithServerSideApplyManager(manager))
	if err != nil {
		return fmt.Errorf("%s: %w, %v", name, err, results)
	}
	told := map[string]string{}
	for _, result := range results {
		told[result.ResourceKey.Kind] = string(result.Status)
	}
	step(name, told)
	return nil
}

// tree has the kinds that Argo CD shows below the last manifest.
func (s *story) tree() []string {
	kinds := map[string]bool{}
	key := kube.GetResourceKey(s.manifests[len(s.manifests)-1])
	s.cache.IterateHierarchyV2([]kube.ResourceKey{key}, func(resource *cache.Resource, _ map[kube.ResourceKey]*cache.Resource) bool {
		kinds[resource.Ref.Kind] = true
		return true
	})
	sorted := []string{}
	for kind := range kinds {
		sorted = append(sorted, kind)
	}
	sort.Strings(sorted)
	return sorted
}

func step(name string, value any) { write(map[string]any{"step": name, "value": value}) }

// pause lets the test do something, and goes on after it.
func pause(what string) error {
	write(map[string]any{"pause": what})
	_, err := answered.ReadString('\n')
	return err
}

func write(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}
