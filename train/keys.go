package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"deepcausalmmm/internal/suggest"
)

// known are the configuration's keys, dotted, with the kind of their values; those that hold keys have the kind Struct.
var known = keysOf(reflect.TypeFor[Config](), "")

func keysOf(t reflect.Type, prefix string) map[string]reflect.Kind {
	keys := map[string]reflect.Kind{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		kind := f.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		if option == "inline" {
			maps.Copy(keys, keysOf(f.Type, prefix))
			continue
		}
		if name == "-" {
			continue
		}
		keys[prefix+name] = kind.Kind()
		if f.Type.Kind() == reflect.Struct {
			maps.Copy(keys, keysOf(f.Type, prefix+name+"."))
		}
	}
	return keys
}

// Knows reports whether a configuration has a key, dotted.
func Knows(key string) bool { _, ok := known[key]; return ok }

func unknownKey(key string) string {
	if meant := suggest.Nearest(key, slices.Sorted(maps.Keys(known))); meant != "" {
		return fmt.Sprintf("no such key; did you mean %s?", meant)
	}
	return "no such key"
}

func typeName(k reflect.Kind) string {
	switch k {
	case reflect.Int, reflect.Uint64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "a section of keys"
}

// value is what a configuration has at a key that is in no section, or in a whole section, as text.
func value(c Config, key string) string {
	var find func(v reflect.Value) (reflect.Value, bool)
	find = func(v reflect.Value) (reflect.Value, bool) {
		for i := range v.NumField() {
			name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if option == "inline" {
				if found, ok := find(v.Field(i)); ok {
					return found, true
				}
			}
			if name == key {
				return v.Field(i), true
			}
		}
		return reflect.Value{}, false
	}
	v, ok := find(reflect.ValueOf(c))
	if !ok {
		panic("train: no key " + key)
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		panic(err) // a configuration holds nothing that JSON cannot
	}
	return string(text)
}
