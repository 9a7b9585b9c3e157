package main

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/merge"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// step is a write ("update", "apply") or a change of the types ("types").
type step struct {
	Op       string            `json:"op"`
	Version  string            `json:"version"`
	Manager  string            `json:"manager"`
	Force    bool              `json:"force"`
	Object   document          `json:"object"`
	Types    types             `json:"types"`
	Versions map[string]string `json:"versions"`
}

type managerAnswer struct {
	Set     fieldsRaw `json:"set"`
	Version string    `json:"version"`
	Applied bool      `json:"applied"`
}

type stepAnswer struct {
	Object    any                      `json:"object"`
	Unchanged bool                     `json:"unchanged"`
	Managers  map[string]managerAnswer `json:"managers"`
	Conflicts []string                 `json:"conflicts"`
	Message   string                   `json:"message"`
	Error     string                   `json:"error"`
}

// state is an object and its owners between writes. The object is kept in the first version.
type state struct {
	parser   *typed.Parser
	versions map[string]string
	filters  map[fieldpath.APIVersion]fieldpath.Filter
	live     any
	managers map[string]managerAnswer
}

const hub = "v1"

var errMissing = errors.New("missing version")

// Convert renames the fields of the root: each version except for the first has its own suffix.
func (s *state) Convert(object *typed.TypedValue, version fieldpath.APIVersion) (*typed.TypedValue, error) {
	name, ok := s.versions[string(version)]
	if !ok {
		return object, errMissing
	}
	from := ""
	for v, n := range s.versions {
		if ref := object.TypeRef(); ref.NamedType != nil && n == *ref.NamedType {
			from = v
		}
	}
	if from == string(version) {
		return object, nil
	}
	return read(s.parser, name, rename(object.AsValue().Unstructured(), from, string(version)))
}

func (s *state) IsMissingVersionError(err error) bool { return errors.Is(err, errMissing) }

func rename(v any, from, to string) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for name, part := range object {
		if from != hub {
			name = strings.TrimSuffix(name, "_"+from)
		}
		if to != hub {
			name += "_" + to
		}
		out[name] = part
	}
	return out
}

func runSequence(r *request) any {
	s := &state{versions: r.Versions, live: map[string]any{}, managers: map[string]managerAnswer{}}
	s.filters = map[fieldpath.APIVersion]fieldpath.Filter{}
	for version, raw := range r.Ignored {
		s.filters[fieldpath.APIVersion(version)] = fieldpath.NewExcludeSetFilter(mustSet(raw))
	}
	var err error
	if s.parser, err = r.Types.parser(); err != nil {
		return []stepAnswer{{Error: err.Error()}}
	}
	answers := []stepAnswer{}
	for i := range r.Steps {
		answer := s.run(&r.Steps[i])
		answer.Object, answer.Managers = s.live, map[string]managerAnswer{}
		for name, entry := range s.managers {
			answer.Managers[name] = entry
		}
		answers = append(answers, answer)
	}
	return answers
}

func (s *state) run(st *step) (answer stepAnswer) {
	defer func() {
		if p := recover(); p != nil {
			answer = stepAnswer{Error: fmt.Sprint("panic: ", p)}
		}
	}()
	if st.Op == "types" {
		parser, err := st.Types.parser()
		if err != nil {
			return stepAnswer{Error: err.Error()}
		}
		s.parser, s.versions = parser, st.Versions
		return stepAnswer{}
	}
	next, managers, err := s.write(st)
	var conflicts merge.Conflicts
	if errors.As(err, &conflicts) {
		sort.SliceStable(conflicts, func(i, j int) bool { return conflicts[i].Manager < conflicts[j].Manager })
		for _, c := range conflicts {
			answer.Conflicts = append(answer.Conflicts, c.Manager+" "+c.Path.String())
		}
		answer.Message = conflicts.Error()
		return answer
	}
	if err != nil {
		return stepAnswer{Error: err.Error()}
	}
	s.managers = map[string]managerAnswer{}
	for name, entry := range managers {
		s.managers[name] = managerAnswer{toRaw(entry.Set()), string(entry.APIVersion()), entry.Applied()}
	}
	if next == nil {
		return stepAnswer{Unchanged: true}
	}
	s.live = rename(next.AsValue().Unstructured(), st.Version, hub)
	return stepAnswer{}
}

// write does the same as the field manager of kube-apiserver.
func (s *state) write(st *step) (*typed.TypedValue, fieldpath.ManagedFields, error) {
	managers := fieldpath.ManagedFields{}
	for name, entry := range s.managers {
		managers[name] = fieldpath.NewVersionedSet(mustSet(entry.Set), fieldpath.APIVersion(entry.Version), entry.Applied)
	}
	updater := (&merge.UpdaterBuilder{Converter: s, IgnoreFilter: s.filters}).BuildUpdater()
	name, version := s.versions[st.Version], fieldpath.APIVersion(st.Version)
	options := []typed.ValidationOptions{typed.AllowDuplicates}
	if st.Op == "apply" {
		options = nil
	}
	object, err := read(s.parser, name, value.NewValueInterface(st.Object.value).Unstructured(), options...)
	if err != nil {
		return nil, nil, err
	}
	live, err := read(s.parser, name, rename(s.live, hub, st.Version), typed.AllowDuplicates)
	if err != nil {
		return nil, nil, err
	}
	if st.Op == "apply" {
		return updater.Apply(live, object, version, managers, st.Manager, st.Force)
	}
	return updater.Update(live, object, version, managers, st.Manager)
}
