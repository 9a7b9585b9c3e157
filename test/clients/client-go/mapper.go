package main

import (
	"context"
	"sort"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/openapi3"
	"k8s.io/client-go/restmapper"
)

// mapperScenario finds out about the group what tools find out by discovery and OpenAPI.
func mapperScenario(_ context.Context, t *target) error {
	found, err := discovery.NewDiscoveryClientForConfig(t.config)
	if err != nil {
		return err
	}
	cached := memory.NewMemCacheClient(found)
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	for _, name := range []string{"kdapp", "kdcluster", "kdclusters", "kdrole", "kubedirectorapp", "kubedirectorconfigs"} {
		resource, err := mapper.ResourceFor(schema.GroupVersionResource{Resource: name})
		if err != nil {
			return err
		}
		step(name, resource.String())
	}
	kind, err := mapper.KindFor(schema.GroupVersionResource{Group: t.Group, Resource: "kubedirectorclusters"})
	if err != nil {
		return err
	}
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: t.Group, Kind: kind.Kind})
	if err != nil {
		return err
	}
	step("mapping", map[string]any{
		"resource": mapping.Resource.String(), "kind": mapping.GroupVersionKind.String(), "scope": mapping.Scope.Name(),
	})
	resources, ok := restmapper.NewDiscoveryCategoryExpander(cached).Expand("kubedirector")
	names := []string{}
	for _, resource := range resources {
		names = append(names, resource.String())
	}
	sort.Strings(names)
	step("category", map[string]any{"known": ok, "resources": names})
	return t.listed(found)
}

func (t *target) listed(found *discovery.DiscoveryClient) error {
	groups, lists, err := found.ServerGroupsAndResources()
	if err != nil {
		return err
	}
	for _, group := range groups {
		if group.Name == t.Group {
			step("preferred version", group.PreferredVersion.GroupVersion)
		}
	}
	verbs := map[string]any{}
	for _, list := range lists {
		if list.GroupVersion != t.Group+"/"+t.Version {
			continue
		}
		for _, resource := range list.APIResources {
			verbs[resource.Name] = map[string]any{"kind": resource.Kind, "verbs": resource.Verbs, "namespaced": resource.Namespaced}
		}
	}
	step("resources", verbs)
	preferred, err := found.ServerPreferredNamespacedResources()
	if err != nil {
		return err
	}
	isThere := false
	for _, list := range preferred {
		isThere = isThere || list.GroupVersion == t.Group+"/"+t.Version
	}
	step("among the preferred", isThere)

	spec, err := openapi3.NewRoot(found.OpenAPIV3()).GVSpec(schema.GroupVersion{Group: t.Group, Version: t.Version})
	if err != nil {
		return err
	}
	step("OpenAPI v3 has schemas and paths", len(spec.Components.Schemas) > 0 && len(spec.Paths.Paths) > 0)
	return nil
}
