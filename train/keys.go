package train

import (
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
		if option == "inline" {
			maps.Copy(keys, keysOf(f.Type, prefix))
			continue
		}
		if name == "-" {
			continue
		}
		keys[prefix+name] = f.Type.Kind()
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
