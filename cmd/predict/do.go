package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"deepcausalmmm/train"
)

// intervention reads --do and --lever.
func (o options) intervention(saved *train.Saved) (i train.Intervention, err error) {
	names := slices.Concat(saved.Settable(), saved.Panel.Controls)
	if i.Do, err = factors("do", o.do, names); err != nil {
		return i, err
	}
	i.Lever, err = factors("lever", o.lever, names)
	return i, err
}

// factors reads the values of a flag: pairs name=factor, separated by commas. A name may hold commas and equality signs
// itself, since pairs are those of the model's names; it may be the first or last words of a name if no other has them.
func factors(flag string, values, names []string) (map[string]float64, error) {
	out := map[string]float64{}
	for _, value := range values {
		pairs, ok := split(strings.Split(value, ","), names)
		if !ok {
			pairs = strings.Split(value, ",") // one of them is wrong
		}
		for _, pair := range pairs {
			at := strings.LastIndex(pair, "=")
			if at < 0 {
				return nil, fmt.Errorf("--%s %s: %q is not of the form name=factor", flag, value, pair)
			}
			name, number := meant(pair[:at], names), pair[at+1:]
			factor, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
			if err != nil {
				return nil, fmt.Errorf("--%s %s: %q is not a number", flag, value, number)
			}
			if _, twice := out[name]; twice {
				return nil, fmt.Errorf("--%s names %q twice", flag, name)
			}
			out[name] = factor
		}
	}
	return out, nil
}

// split joins pieces to pairs of the model's names and numbers, the shortest first.
func split(pieces, names []string) (pairs []string, ok bool) {
	if len(pieces) == 0 {
		return nil, true
	}
	for n := 1; n <= len(pieces); n++ {
		pair := strings.Join(pieces[:n], ",")
		at := strings.LastIndex(pair, "=")
		if at < 0 || !slices.Contains(names, meant(pair[:at], names)) {
			continue
		}
		if _, err := strconv.ParseFloat(strings.TrimSpace(pair[at+1:]), 64); err != nil {
			continue
		}
		if rest, ok := split(pieces[n:], names); ok {
			return append([]string{pair}, rest...), true
		}
	}
	return nil, false
}

// meant is the one of names that a name or its first or last words mean, or the name itself.
func meant(name string, names []string) string {
	for _, name := range []string{name, strings.TrimSpace(name)} {
		if slices.Contains(names, name) {
			return name
		}
	}
	name = strings.TrimSpace(name)
	var found []string
	for _, full := range names {
		if strings.HasPrefix(full, name+"_") || strings.HasSuffix(full, "_"+name) {
			found = append(found, full)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return name
}
