package panel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestGlobs(t *testing.T) {
	header := []string{"r", "w", "y", "tv_a", "tv_b", "", "web", "tv_c"}
	for name, c := range map[string]struct {
		media []string
		want  []int
	}{
		"one name":           {[]string{"web"}, []int{6}},
		"a glob":             {[]string{"tv_?"}, []int{3, 4, 7}},
		"file order":         {[]string{"web", "tv_*"}, []int{3, 4, 6, 7}},
		"globs that overlap": {[]string{"tv_*", "tv_b", "*_a"}, []int{3, 4, 7}},
		"a class":            {[]string{"tv_[ac]"}, []int{3, 7}},
		"a negated class":    {[]string{"[^rwy]*"}, []int{3, 4, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			columns := Columns{Region: "r", Week: "w", Target: "y", Media: c.media}
			found, err := columns.resolve("panel.csv", header)
			require.NoError(t, err)
			require.Equal(t, map[role][]int{regionRole: {0}, weekRole: {1}, targetRole: {2}, mediaRole: c.want}, found)
		})
	}
}

// The order of the requested names and globs does not matter.
func TestOrderOfGlobsDoesNotMatter(t *testing.T) {
	header := []string{"r", "w", "y", "a1", "b1", "a2", "b2"}
	ask := func(media []string) map[role][]int {
		found, err := Columns{Region: "r", Week: "w", Target: "y", Media: media}.resolve("panel.csv", header)
		require.NoError(t, err)
		return found
	}
	media := []string{"b*", "a1", "*2"}
	want := ask(media)
	rapid.Check(t, func(t *rapid.T) {
		require.Equal(t, want, ask(rapid.Permutation(media).Draw(t, "media")))
	})
}

func TestReadPrefersANameToAGlob(t *testing.T) {
	table := strings.Replace(shop, "tv_spots", "tv [GRP]", 1)
	c := shopColumns()
	c.Media = []string{"tv [GRP]"}
	p, err := Read(write(t, "panel.csv", table), c)
	require.NoError(t, err)
	require.Equal(t, []string{"tv [GRP]"}, p.Channels)
}
