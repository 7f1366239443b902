package panel

import (
	"slices"
	"strings"
	"unicode"
)

// The words by which the names of a channel's exposure and of its spend differ.
var (
	moneyWords = words("spend spends spending spent cost costs budget budgets money paid amount expense expenses investment invested " +
		"usd eur gbp dollars euros")
	exposureWords = words("impression impressions impr imps imp click clicks grp grps trp trps view views viewed reach frequency contacts " +
		"spot spots insertions exposure exposures opens sends sent volume deliveries circulation seconds minutes media activity")
	measureLetters = words("s i p c g m") // of one letter and at the end: facebook_I, facebook_S
)

func words(text string) map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(text) {
		all[word] = true
	}
	return all
}

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
	return joined(names, func(parts []string) []string { return without(parts, moneyWords) })
}

func withoutMeasure(names []string) []string { return joined(names, stem) }

// withoutShared drops the words of measure, and those with which all names begin or end.
func withoutShared(names []string) []string {
	all := make([][]string, len(names))
	for i, name := range names {
		all[i] = stem(parts(name))
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
	return without(without(parts, moneyWords), exposureWords)
}

func without(parts []string, words map[string]bool) []string {
	return slices.DeleteFunc(slices.Clone(parts), func(part string) bool { return words[part] })
}

func joined(names []string, keep func([]string) []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.Join(keep(parts(name)), " ")
	}
	return out
}

// parts are the words of a name in lower case: tv and grps of tv_GRPs, of TVGrps and of "TV (GRPs)". Digits belong to the word
// before them.
func parts(name string) []string {
	letters := []rune(name)
	var spaced strings.Builder
	for i, c := range letters {
		if i > 0 && beginsWord(letters, i) {
			spaced.WriteByte(' ')
		}
		spaced.WriteRune(unicode.ToLower(c))
	}
	return strings.FieldsFunc(spaced.String(), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) })
}

// beginsWord reports whether a capital begins a word inside a name: S of tvSpend and of TVSpend, but not P of GRPs.
func beginsWord(name []rune, i int) bool {
	before, rest := name[i-1], name[i+1:]
	switch {
	case !unicode.IsUpper(name[i]):
		return false
	case !unicode.IsUpper(before):
		return true
	case len(rest) == 0 || !unicode.IsLower(rest[0]):
		return false
	}
	return rest[0] != 's' || len(rest) > 1 && unicode.IsLower(rest[1])
}

// pairSpend completes SpendOf by name for the channels that are bought, and reports what found no partner.
func (p *Panel) pairSpend() {
	if len(p.SpendNames) == 0 {
		p.SpendOf = nil
		return
	}
	if len(p.SpendOf) == 0 {
		p.SpendOf = slices.Repeat([]int{-1}, len(p.Channels))
	}
	var channels []int
	var names []string
	for m, name := range p.Channels {
		if p.Kind(m) == Paid {
			channels, names = append(channels, m), append(names, name)
		}
	}
	of := slices.Clone(p.SpendOf)
	for k, s := range PairSpend(names, p.SpendNames) {
		if s >= 0 && of[channels[k]] < 0 && !slices.Contains(of, s) {
			of[channels[k]] = s
		}
	}
	for s, name := range p.SpendNames {
		if !slices.Contains(of, s) {
			p.Report.UnpairedSpend = append(p.Report.UnpairedSpend, name)
		}
	}
	if len(p.Report.UnpairedSpend) == len(p.SpendNames) {
		p.SpendOf = nil
		return
	}
	p.SpendOf = of
	for _, m := range channels {
		if of[m] < 0 {
			p.Report.WithoutSpend = append(p.Report.WithoutSpend, p.Channels[m])
		}
	}
}
