package main

import (
	"fmt"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

type typedAnswer struct {
	Strict     string    `json:"strict"`
	Loose      string    `json:"loose"`
	Other      string    `json:"other"`
	Set        fieldsRaw `json:"set"`
	Added      fieldsRaw `json:"added"`
	Modified   fieldsRaw `json:"modified"`
	Removed    fieldsRaw `json:"removed"`
	Merged     any       `json:"merged"`
	MergeError string    `json:"mergeError"`
	Kept       any       `json:"kept"`
	Named      fieldsRaw `json:"named"`
	Fitted     fieldsRaw `json:"fitted"`
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// runTyped does all operations with two values and a set. Without the name of a type, the types are deduced.
func runTyped(r *request) any {
	parser, err := r.Types.parser()
	if err != nil {
		return typedAnswer{Strict: "no types: " + err.Error()}
	}
	answer := typedAnswer{}
	_, err = read(parser, r.Type, r.A.value)
	answer.Strict = text(err)
	a, err := read(parser, r.Type, r.A.value, typed.AllowDuplicates)
	answer.Loose = text(err)
	b, other := read(parser, r.Type, r.B.value, typed.AllowDuplicates)
	answer.Other = text(other)
	if err != nil || other != nil {
		return answer
	}
	set, err := a.ToFieldSet()
	if err != nil {
		panic(err)
	}
	answer.Set = toRaw(set)
	comparison, err := a.Compare(b)
	if err != nil {
		panic(err)
	}
	answer.Added, answer.Modified, answer.Removed = toRaw(comparison.Added), toRaw(comparison.Modified), toRaw(comparison.Removed)
	merged, err := a.Merge(b)
	answer.MergeError = text(err)
	if err == nil && merged.AsValue() != nil {
		answer.Merged = merged.AsValue().Unstructured()
	}
	items := mustSet(r.Items)
	answer.Kept = a.RemoveItems(items).AsValue().Unstructured()
	answer.Named = toRaw(items.EnsureNamedFieldsAreMembers(a.Schema(), a.TypeRef()))
	fitted, err := typed.ReconcileFieldSetWithSchema(items, a)
	if err != nil {
		panic(err)
	}
	if fitted == nil {
		fitted = items
	}
	answer.Fitted = toRaw(fitted)
	return answer
}

type fieldsAnswer struct {
	LeftError    string    `json:"leftError"`
	RightError   string    `json:"rightError"`
	Left         fieldsRaw `json:"left"`
	Right        fieldsRaw `json:"right"`
	Paths        []string  `json:"paths"`
	Size         int       `json:"size"`
	Equal        bool      `json:"equal"`
	Union        fieldsRaw `json:"union"`
	Intersection fieldsRaw `json:"intersection"`
	Difference   fieldsRaw `json:"difference"`
	Recursive    fieldsRaw `json:"recursive"`
	Leaves       fieldsRaw `json:"leaves"`
	Has          []bool    `json:"has"`
}

// runFields reads two texts as FieldsV1, and does all operations with them.
func runFields(r *request) any {
	answer := fieldsAnswer{}
	left, err := toSet([]byte(r.Left))
	answer.LeftError = text(err)
	right, other := toSet([]byte(r.Right))
	answer.RightError = text(other)
	if err != nil || other != nil {
		return answer
	}
	answer.Left, answer.Right = toRaw(left), toRaw(right)
	left.Iterate(func(p fieldpath.Path) {
		answer.Paths = append(answer.Paths, fmt.Sprint(p))
		answer.Has = append(answer.Has, right.Has(p))
	})
	answer.Size, answer.Equal = left.Size(), left.Equals(right)
	answer.Union, answer.Intersection = toRaw(left.Union(right)), toRaw(left.Intersection(right))
	answer.Difference, answer.Recursive = toRaw(left.Difference(right)), toRaw(left.RecursiveDifference(right))
	answer.Leaves = toRaw(left.Leaves())
	return answer
}
