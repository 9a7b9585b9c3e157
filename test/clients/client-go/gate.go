package main

import (
	"context"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
)

// gate keeps an informer away from the server while it is shut, and remembers what its watches were refused with.
type gate struct {
	mutex    sync.Mutex
	opened   chan struct{}
	current  watch.Interface
	refusals [][]string
}

func newGate() *gate {
	g := &gate{opened: make(chan struct{})}
	close(g.opened)
	return g
}

// shut ends the watch that runs; the next one waits until open.
func (g *gate) shut() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.opened = make(chan struct{})
	if g.current != nil {
		g.current.Stop()
	}
}

func (g *gate) open() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	close(g.opened)
}

// refused has the predicates of each error that a watch was sent.
func (g *gate) refused() [][]string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return append([][]string{}, g.refusals...)
}

func (g *gate) listWatch(client dynamic.ResourceInterface) *cache.ListWatch {
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return client.List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			g.mutex.Lock()
			opened := g.opened
			g.mutex.Unlock()
			select {
			case <-opened:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			watching, err := client.Watch(ctx, options)
			if err != nil {
				return nil, err
			}
			g.mutex.Lock()
			defer g.mutex.Unlock()
			g.current = watch.Filter(watching, g.see())
			return g.current, nil
		},
	}
}

// see lets through what comes while the gate is open. Only the first error of a watch is the server's: client-go makes
// one of its own when it stops a watch.
func (g *gate) see() watch.FilterFunc {
	refused := false
	return func(event watch.Event) (watch.Event, bool) {
		g.mutex.Lock()
		defer g.mutex.Unlock()
		select {
		case <-g.opened:
		default:
			return event, false
		}
		if event.Type == watch.Error && !refused {
			refused = true
			g.refusals = append(g.refusals, predicatesOf(apierrors.FromObject(event.Object)))
		}
		return event, true
	}
}
