package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"k8s.io/kube-openapi/pkg/schemaconv"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// document is a JSON value, with whole numbers as int64, as kube-apiserver decodes it.
type document struct{ value any }

func (d *document) UnmarshalJSON(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return err
	}
	d.value = withIntegers(v)
	return nil
}

func withIntegers(v any) any {
	switch t := v.(type) {
	case json.Number:
		if i, err := t.Int64(); err == nil {
			return i
		}
		f, _ := t.Float64()
		return f
	case []any:
		for i := range t {
			t[i] = withIntegers(t[i])
		}
	case map[string]any:
		for k := range t {
			t[k] = withIntegers(t[k])
		}
	}
	return v
}

// fieldsRaw is a set of fields as FieldsV1.
type fieldsRaw = json.RawMessage

func toSet(raw []byte) (*fieldpath.Set, error) {
	set := &fieldpath.Set{}
	if len(raw) == 0 {
		return set, nil
	}
	return set, set.FromJSON(bytes.NewReader(raw))
}

func mustSet(raw []byte) *fieldpath.Set {
	set, err := toSet(raw)
	if err != nil {
		panic(err)
	}
	return set
}

func toRaw(set *fieldpath.Set) fieldsRaw {
	raw, err := set.ToJSON()
	if err != nil {
		panic(err)
	}
	return raw
}

// types is a schema, in the form of structured-merge-diff or as OpenAPI.
type types struct {
	SMD     json.RawMessage         `json:"smd"`
	OpenAPI map[string]*spec.Schema `json:"openapi"`
}

func (t types) parser() (*typed.Parser, error) {
	if t.OpenAPI == nil {
		return typed.NewParser(typed.YAMLObject(t.SMD))
	}
	converted, err := schemaconv.ToSchemaFromOpenAPI(t.OpenAPI, false)
	if err != nil {
		return nil, fmt.Errorf("no schema: %w", err)
	}
	return &typed.Parser{Schema: schema.Schema{Types: converted.Types}}, nil
}

func read(p *typed.Parser, name string, v any, options ...typed.ValidationOptions) (*typed.TypedValue, error) {
	if name == "" {
		return typed.AsTyped(value.NewValueInterface(v), typed.DeducedParseableType.Schema, typed.DeducedParseableType.TypeRef, options...)
	}
	return p.Type(name).FromUnstructured(v, options...)
}
