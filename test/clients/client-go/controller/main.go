// A controller made with controller-runtime: controller NAMESPACE APP. For each ConfigMap with the label
// "example.com/wish" it keeps a KubeDirectorCluster, which it owns, and tells in the ConfigMap when that is Ready.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

var clusterKind = schema.GroupVersionKind{Group: "kubedirector.hpe.com", Version: "v1beta1", Kind: "KubeDirectorCluster"}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: controller NAMESPACE APP")
	}
	log.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Cache:   cache.Options{DefaultNamespaces: map[string]cache.Config{args[0]: {}}},
		Client:  client.Options{Cache: &client.CacheOptions{Unstructured: true}},
		Metrics: server.Options{BindAddress: "0"},
	})
	if err != nil {
		return err
	}
	err = ctrl.NewControllerManagedBy(manager).For(&corev1.ConfigMap{}).Owns(newCluster()).
		Complete(&reconciler{Client: manager.GetClient(), app: args[1]})
	if err != nil {
		return err
	}
	// It works until the test has seen what it wants to see.
	go func() {
		defer cancel()
		if manager.GetCache().WaitForCacheSync(ctx) {
			fmt.Println(`{"pause":"working"}`)
			_, _ = os.Stdin.Read(make([]byte, 1))
		}
	}()
	return manager.Start(ctx)
}

func newCluster() *unstructured.Unstructured {
	cluster := &unstructured.Unstructured{}
	cluster.SetGroupVersionKind(clusterKind)
	return cluster
}
