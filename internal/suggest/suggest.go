// Package suggest finds the name that a misspelt one was meant to be.
package suggest

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the name with the fewest edits from written, ignoring case, or "" if every name needs edits in more than
// a third of written. The first of equally near names is taken.
func Nearest(written string, names []string) string {
	best, least := "", 1+(1+len([]rune(written)))/3
	for _, name := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(written), strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best
}
