package train

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
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
		keys[prefix+name] = f.Type.Kind()
		if f.Type.Kind() == reflect.Struct {
			maps.Copy(keys, keysOf(f.Type, prefix+name+"."))
		}
	}
	return keys
}

func unknownKey(key string) string {
	best, distance := "", 1+len(key)/2
	for _, k := range slices.Sorted(maps.Keys(known)) {
		if d := editDistance(key, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return "no such key"
	}
	return fmt.Sprintf("no such key; did you mean %s?", best)
}

// editDistance is Levenshtein's (1966): the fewest insertions, deletions and substitutions from a to b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
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
