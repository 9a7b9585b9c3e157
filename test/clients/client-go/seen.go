package main

import (
	"context"
	"fmt"
	"net/http"
	"sort"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"
)

// seen is what an informer's handler was told, by the object's name.
type seen struct {
	mutex    sync.Mutex
	events   map[string][]string
	versions map[string]string
	faults   []string
}

func newSeen() *seen { return &seen{events: map[string][]string{}, versions: map[string]string{}} }

func (s *seen) OnAdd(object any, isInInitialList bool) {
	event := "add"
	if isInInitialList {
		event = "first"
	}
	s.tell(object, event, func(name, version string) string {
		if known, ok := s.versions[name]; ok {
			return fmt.Sprintf("%s was added at %s and is there at %s", name, version, known)
		}
		return ""
	})
}

// OnUpdate leaves out what a new list after a lost watch repeats: client-go tells it to handlers, with the old version.
func (s *seen) OnUpdate(old, object any) {
	before, after := accessor(old).GetResourceVersion(), accessor(object).GetResourceVersion()
	if before == after {
		return
	}
	s.tell(object, "update", func(name, version string) string {
		if known := s.versions[name]; known != before {
			return fmt.Sprintf("%s was updated from %s, and was at %s", name, before, known)
		}
		if order, err := compareVersions(before, version); err != nil || order >= 0 {
			return fmt.Sprintf("%s went from %s to %s", name, before, version)
		}
		return ""
	})
}

func (s *seen) OnDelete(object any) {
	if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = unknown.Obj
	}
	s.tell(object, "delete", func(name, version string) string {
		if _, ok := s.versions[name]; !ok {
			return fmt.Sprintf("%s was deleted at %s and was not there", name, version)
		}
		return ""
	})
}

func (s *seen) tell(object any, event string, fault func(name, version string) string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	name, version := accessor(object).GetName(), accessor(object).GetResourceVersion()
	if found := fault(name, version); found != "" {
		s.faults = append(s.faults, found)
	}
	s.events[name] = append(s.events[name], event)
	if event == "delete" {
		delete(s.versions, name)
	} else {
		s.versions[name] = version
	}
}

func accessor(object any) metav1.Object {
	found, err := meta.Accessor(object)
	if err != nil {
		panic(err)
	}
	return found
}

// expect waits until these are all the events of these names.
func (s *seen) expect(ctx context.Context, events map[string][]string) error {
	err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		return fmt.Sprint(s.events) == fmt.Sprint(events), nil
	})
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err != nil {
		return fmt.Errorf("the handler was told %v and not %v", s.events, events)
	}
	if len(s.faults) > 0 {
		return fmt.Errorf("what the handler was told does not fit: %v", s.faults)
	}
	return nil
}

// modes counts how an informer asks for what there is: by lists, by streamed lists, and by watches of changes.
type modes struct {
	mutex  sync.Mutex
	counts map[string]int
}

func (m *modes) see(request *http.Request) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	query := request.URL.Query()
	switch {
	case query.Get("sendInitialEvents") == "true":
		m.counts["streamed list"]++
	case query.Get("watch") == "true":
		m.counts["watch"]++
	default:
		m.counts["list"]++
	}
}

func (m *modes) names() []string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	names := []string{}
	for name := range m.counts {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// everything counts the requests for all there is, in either way.
func (m *modes) everything() int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.counts["list"] + m.counts["streamed list"]
}
