// Package settings reads what a configuration's structs say of their keys. A key is spelled once, in the yaml tag of its
// field; beside it are its default, its range or choices, and its help text:
//
//	Dropout float64 `yaml:"dropout" default:"0.12" range:"[0, 0.95]" doc:"dropout on the control features"`
//
// Defaults, validation, suggestions for unknown keys, JSON and the documentation's table all come from there. Start reading
// at Fields.
package settings

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// Field is one key of a configuration.
type Field struct {
	Key     string // dotted
	Default string
	Range   Interval // of a number; the zero value if it has none
	Choices []string // of a text, which may be empty if it is omitted then; nil if any will do
	Doc     string
	File    bool // the value is the path of a file
	Omit    bool // not written if it has no value
	Value   reflect.Value
}

// Section reports whether the field holds keys of its own.
func (f Field) Section() bool { return f.Value.Kind() == reflect.Struct }

// Kind is the kind of value that the key takes, pointers followed.
func (f Field) Kind() reflect.Kind {
	if f.Value.Kind() == reflect.Pointer {
		return f.Value.Type().Elem().Kind()
	}
	return f.Value.Kind()
}

// Fields lists the keys of structs, which are given by pointers, in the order of their declaration. A struct that is a key
// comes before the keys that it holds. Embedded structs count as if their fields stood in their place.
func Fields(structs ...any) []Field {
	var fields []Field
	for _, s := range structs {
		fields = append(fields, fieldsOf(reflect.ValueOf(s).Elem(), "")...)
	}
	return fields
}

func fieldsOf(v reflect.Value, prefix string) []Field {
	var fields []Field
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name, option, _ := strings.Cut(tag.Get("yaml"), ",")
		if option == "inline" {
			fields = append(fields, fieldsOf(v.Field(i), prefix)...)
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		f := Field{
			Omit: option == "omitempty", Key: prefix + name, Default: tag.Get("default"), Doc: tag.Get("doc"), File: isFile(tag.Get("file"), v.Field(i)), Value: v.Field(i),
		}
		if text := tag.Get("range"); text != "" {
			f.Range = parseInterval(text)
		}
		if text := tag.Get("choices"); text != "" {
			f.Choices = strings.Split(text, ", ")
		}
		fields = append(fields, f)
		if f.Section() {
			fields = append(fields, fieldsOf(f.Value, f.Key+".")...)
		}
	}
	return fields
}

// isFile reports whether a value is a path: always if the tag says true; if it says path, only one with a dot or a slash.
func isFile(tag string, v reflect.Value) bool {
	return tag == "true" || tag == "path" && strings.ContainsAny(v.String(), `./\`)
}

// SetDefaults gives every field its default. A default that its field cannot take is a mistake in the program and panics.
func SetDefaults(structs ...any) {
	for _, f := range Fields(structs...) {
		if f.Default == "" {
			continue
		}
		if err := yaml.Unmarshal([]byte(f.Default), f.Value.Addr().Interface()); err != nil {
			panic(fmt.Sprintf("settings: the default of %s: %v", f.Key, err))
		}
	}
}

// Checker is a struct with rules that tags cannot say.
type Checker interface {
	// Check returns the first key that breaks a rule and the problem; both are empty if none does.
	Check() (key, problem string)
}

// Check returns the first key whose value is out of its range or not one of its choices, and the problem, then what
// the structs' own rules say. Both are empty if all is well.
func Check(structs ...any) (key, problem string) {
	for _, f := range Fields(structs...) {
		if problem := f.problem(); problem != "" {
			return f.Key, problem
		}
	}
	for _, s := range structs {
		if c, ok := s.(Checker); ok {
			if key, problem := c.Check(); key != "" {
				return key, problem
			}
		}
	}
	return "", ""
}

func (f Field) problem() string {
	if f.Choices != nil && !(f.Omit && f.Value.IsZero()) {
		if chosen := reflect.Indirect(f.Value).String(); !slices.Contains(f.Choices, chosen) {
			return fmt.Sprintf("%q is not one of %s", chosen, strings.Join(f.Choices, ", "))
		}
	}
	if f.Range == (Interval{}) {
		return ""
	}
	for _, x := range numbers(f.Value) {
		if !f.Range.Contains(x) {
			return fmt.Sprintf("%g is out of range %s", x, f.Range)
		}
	}
	return ""
}

// numbers are those of a field: one, none of a nil pointer, or those of a list.
func numbers(v reflect.Value) []float64 {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return numbers(v.Elem())
	case reflect.Slice:
		var all []float64
		for i := range v.Len() {
			all = append(all, numbers(v.Index(i))...)
		}
		return all
	case reflect.Float64:
		return []float64{v.Float()}
	case reflect.Int:
		return []float64{float64(v.Int())}
	}
	panic(fmt.Sprintf("settings: a range of a %s", v.Kind()))
}

// Interval is a range of numbers, whose upper bound belongs to it.
type Interval struct {
	Low, High float64
	Open      bool // Low does not belong to it
}

// Contains reports whether x is in the interval; NaN never is.
func (i Interval) Contains(x float64) bool {
	return x <= i.High && (x > i.Low || x == i.Low && !i.Open) && !math.IsInf(x, 0)
}

func (i Interval) String() string {
	bracket := "["
	if i.Open {
		bracket = "("
	}
	return fmt.Sprintf("%s%g, %g]", bracket, i.Low, i.High)
}

// parseInterval reads "[0, 1]" or "(0, 1]".
func parseInterval(text string) Interval {
	low, high, ok := strings.Cut(strings.Trim(text, "([]"), ", ")
	i := Interval{Open: strings.HasPrefix(text, "(")}
	var errors [2]error
	i.Low, errors[0] = strconv.ParseFloat(low, 64)
	i.High, errors[1] = strconv.ParseFloat(high, 64)
	if !ok || errors[0] != nil || errors[1] != nil {
		panic("settings: no interval: " + text)
	}
	return i
}
