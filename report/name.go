package report

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// separators separate the parts of column names.
const separators = "_-. /"

// labels shortens names for a picture: it drops the beginning and end that all share (tv_impressions and radio_impressions
// become tv and radio) and shortens the rest to at most longest characters, all different.
func labels(names []string, longest int) []string {
	short := slices.Clone(names)
	head, tail := sharedAffixes(names)
	for i, name := range names {
		short[i] = shortened(oneLine(name[head:len(name)-tail]), longest)
	}
	if distinct(short) {
		return short
	}
	for i, name := range names { // the ends may differ if the beginnings do not
		r := []rune(oneLine(name))
		if len(r) > longest {
			short[i] = string(r[:longest/2]) + "…" + string(r[len(r)-(longest-1)/2:])
		}
	}
	if distinct(short) {
		return short
	}
	for i, name := range names {
		short[i] = strconv.Itoa(i+1) + " " + shortened(oneLine(name), longest-4)
	}
	return short
}

// sharedAffixes counts the bytes of the beginning and the end that all names share, up to and including a separator. The rest
// begins with a letter: channel_01 stays whole.
func sharedAffixes(names []string) (head, tail int) {
	if len(names) < 2 {
		return 0, 0
	}
	shortest := slices.MinFunc(names, func(a, b string) int { return len(a) - len(b) })
	for i := range len(shortest) - 1 {
		prefix := shortest[:i+1]
		if isSeparator(prefix[i]) && all(names, func(name string) bool {
			return strings.HasPrefix(name, prefix) && startsWithLetter(name[len(prefix):])
		}) {
			head = i + 1
		}
	}
	for i := range len(shortest) - head - 1 {
		suffix := shortest[len(shortest)-i-1:]
		if isSeparator(suffix[0]) && all(names, func(name string) bool { return strings.HasSuffix(name, suffix) }) {
			tail = i + 1
		}
	}
	return head, tail
}

func isSeparator(b byte) bool { return strings.IndexByte(separators, b) >= 0 }

func startsWithLetter(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r)
}

func all(names []string, ok func(name string) bool) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !ok(name) })
}

func distinct(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) == len(names)
}

// shortened is text of at most longest characters.
func shortened(text string, longest int) string {
	r := []rune(text)
	if len(r) <= longest {
		return text
	}
	return string(r[:longest-1]) + "…"
}

// oneLine replaces control characters by spaces.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
