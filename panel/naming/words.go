// Package naming reads the names of a table's columns as people write them: their words, and which name belongs to which.
package naming

import (
	"strings"
	"unicode"
)

// Money and Exposure are the words by which the names of a channel's spend and of its exposure differ.
var (
	Money = Set("spend spends spending spent cost costs budget budgets money paid amount expense expenses investment invested " +
		"usd eur gbp dollars euros")
	Exposure = Set("impression impressions impr imps imp click clicks grp grps trp trps view views viewed reach frequency contacts " +
		"spot spots insertions exposure exposures opens sends sent volume deliveries circulation seconds minutes media activity")
	measureLetters = Set("s i p c g m") // of one letter and at the end: facebook_I, facebook_S
)

// Set is the set of the words of a text.
func Set(text string) map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(text) {
		all[word] = true
	}
	return all
}

// Words are the words of a name in lower case: tv and grps of tv_GRPs, of TVGrps and of "TV (GRPs)". Digits belong to the word
// before them.
func Words(name string) []string {
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
