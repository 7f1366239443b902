package naming

import (
	"slices"
	"strings"
)

// PairSpend finds the spend column of each channel by name, −1 if there is none. The names are equal, or equal without words
// of money (tv and tv_spend), of measure (tv_grps and tv_spend), and without the beginning and end that all channels, or all
// spend columns, share (mdip_dm and mdsp_dm). A name that equals two others is not paired, and the order of names does not
// matter.
func PairSpend(channels, spend []string) []int {
	paired, used := make([]int, len(channels)), map[int]bool{}
	for m := range paired {
		paired[m] = -1
	}
	for _, stems := range []func([]string) []string{whole, withoutMoney, withoutMeasure, withoutShared} {
		ours, theirs := stems(channels), stems(spend)
		for m, stem := range ours {
			s := slices.Index(theirs, stem)
			if stem != "" && s >= 0 && paired[m] < 0 && !used[s] && occurs(ours, stem) == 1 && occurs(theirs, stem) == 1 {
				paired[m], used[s] = s, true
			}
		}
	}
	if len(channels) == 1 && len(spend) == 1 && (withoutMeasure(channels)[0] == "" || withoutMeasure(spend)[0] == "") {
		paired[0] = 0 // "cost" can only be that of the one channel
	}
	return paired
}

func occurs(names []string, name string) (n int) {
	for _, other := range names {
		if other == name {
			n++
		}
	}
	return n
}

func whole(names []string) []string { return names }

func withoutMoney(names []string) []string {
	return joined(names, func(parts []string) []string { return without(parts, Money) })
}

func withoutMeasure(names []string) []string { return joined(names, stem) }

// withoutShared drops the words of measure, and those with which all names begin or end.
func withoutShared(names []string) []string {
	all := make([][]string, len(names))
	for i, name := range names {
		all[i] = stem(Words(name))
	}
	if len(all) > 1 {
		for sharedAt(all, func(p []string) string { return p[0] }) {
			for i := range all {
				all[i] = all[i][1:]
			}
		}
		for sharedAt(all, func(p []string) string { return p[len(p)-1] }) {
			for i := range all {
				all[i] = all[i][:len(all[i])-1]
			}
		}
	}
	stems := make([]string, len(all))
	for i, p := range all {
		stems[i] = strings.Join(p, " ")
	}
	return stems
}

// sharedAt reports whether all names have more than one part, and the same one at a place.
func sharedAt(all [][]string, at func([]string) string) bool {
	for _, p := range all {
		if len(p) < 2 || at(p) != at(all[0]) {
			return false
		}
	}
	return true
}

// stem drops the words of measure.
func stem(parts []string) []string {
	if last := len(parts) - 1; last > 0 && measureLetters[parts[last]] {
		parts = parts[:last]
	}
	return without(without(parts, Money), Exposure)
}

func without(parts []string, words map[string]bool) []string {
	return slices.DeleteFunc(slices.Clone(parts), func(part string) bool { return words[part] })
}

func joined(names []string, keep func([]string) []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.Join(keep(Words(name)), " ")
	}
	return out
}
