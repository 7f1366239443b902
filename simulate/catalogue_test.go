package simulate

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/panel"
)

// claims are what a world of the catalogue has and the clean one has not.
var claims = map[string]func(w *World, t Truth) bool{
	"delayed": func(_ *World, t Truth) bool {
		return everyForm(t, func(f Form) bool { return f.Carryover == Delayed && f.Peak >= 1 && f.MeanLag > 0.5 })
	},
	"weibull": func(_ *World, t Truth) bool {
		return everyForm(t, func(f Form) bool { return f.Carryover == Weibull && f.Shape > 0 })
	},
	"instant": func(_ *World, t Truth) bool {
		return everyForm(t, func(f Form) bool { return f.Carryover == NoCarryover && f.MeanLag == 0 })
	},
	"exponential": func(_ *World, t Truth) bool {
		return everyForm(t, func(f Form) bool { return f.Saturation == Exponential })
	},
	"s_shape": func(_ *World, t Truth) bool { return everyForm(t, func(f Form) bool { return f.Slope >= 2.5 }) },
	"power": func(_ *World, t Truth) bool {
		return everyForm(t, func(f Form) bool { return f.Saturation == Power && f.Slope < 1 })
	},
	"linear": func(_ *World, t Truth) bool { return everyForm(t, func(f Form) bool { return f.Saturation == Linear }) },
	"mixed_forms": func(_ *World, t Truth) bool {
		kinds := map[Form]bool{}
		for _, f := range t.Forms {
			kinds[Form{Carryover: f.Carryover, Saturation: f.Saturation}] = true
		}
		return len(kinds) > 1
	},
	"cannibal": func(_ *World, t Truth) bool {
		negative := 0
		for _, effect := range t.TotalEffect {
			if effect < 0 {
				negative++
			}
		}
		return negative == 1
	},
	"level_shift": func(_ *World, t Truth) bool { return len(t.LevelShifts) > 0 && math.Abs(t.LevelShifts[0].Share) >= 0.1 },
	"heavy_tails": func(w *World, _ Truth) bool {
		var noise []float64
		for r, region := range w.regions {
			for _, e := range w.given.noise[r] {
				noise = append(noise, e/region.baseline)
			}
		}
		return stat.ExKurtosis(noise, nil) > 1
	},
	"entry_errors": func(w *World, _ Truth) bool { return hasSpike(w) },
	"noise_controls": func(_ *World, t Truth) bool {
		return len(t.NoiseControls) >= 12 && t.ControlContribution[t.NoiseControls[0]] == 0
	},
	"collinear": func(w *World, _ Truth) bool { return planCorrelation(w) > 0.5 },
	"tested": func(w *World, t Truth) bool {
		return planCorrelation(w) > 0.5 && len(t.Experiments) == 1 && t.Experiments[0].TrueLift < 0
	},
	"confounded":        func(w *World, t Truth) bool { return demandCorrelation(w) > 0.2 && shownCorrelation(w) == 1 },
	"confounded_proxy":  func(w *World, t Truth) bool { return demandCorrelation(w) > 0.2 && between01(shownCorrelation(w)) },
	"confounded_hidden": func(w *World, t Truth) bool { return demandCorrelation(w) > 0.2 && len(t.HiddenControl) == 1 },
	"wandering":         func(w *World, t Truth) bool { return w.config.Chase == 0 && len(t.HiddenControl) == 1 },
	"promoted": func(w *World, t Truth) bool {
		return w.config.Chase > 0.25 && slices.Min(w.z[0][0]) == -0.4 && t.Controls[0] == "control_promotion"
	},
	"peaks": func(w *World, _ Truth) bool {
		return len(w.peaks) > 0 && slices.Max(w.given.season[0]) > 1.5*-slices.Min(w.given.season[0])
	},
	"follows_sales": func(w *World, _ Truth) bool { return w.config.Follow > 0 && budgetsMoved(w) },
	"mediated": func(_ *World, t Truth) bool {
		through := t.Edges[0][0]
		return len(t.Mediators) == 1 && t.TotalEffect[through] > 2*t.DirectContribution[through]
	},
	"funnel_amounts": func(_ *World, t Truth) bool { return len(t.Edges) > 0 && t.Mechanism == Amounts && travels(t) },
	"funnel_shares":  func(_ *World, t Truth) bool { return len(t.Edges) > 0 && t.Mechanism == Shares && travels(t) },
	"drifting": func(w *World, _ Truth) bool {
		return slices.Max(w.force[0][0]) > 1.2*slices.Min(w.force[0][0])
	},
	"synergy": func(_ *World, t Truth) bool { return len(t.Edges) == 0 && travels(t) },
	"uneven": func(w *World, t Truth) bool {
		return w.force[0][0][0] != w.force[0][1][0] && len(t.TotalByRegion) == t.Regions
	},
	"ragged": func(_ *World, t Truth) bool { return t.Rows < t.Regions*t.Weeks },
	"everything": func(w *World, t Truth) bool {
		return len(t.Edges) > 0 && len(t.LevelShifts) == 1 && len(t.NoiseControls) > 0 && w.config.Negative == 1 && between01(shownCorrelation(w))
	},
}

func everyForm(t Truth, holds func(Form) bool) bool {
	for _, f := range t.Forms {
		if !holds(f) {
			return false
		}
	}
	return true
}

func hasSpike(w *World) bool {
	for _, f := range w.entered {
		for r := range f {
			if slices.Max(f[r]) >= 4 {
				return true
			}
		}
	}
	return false
}

// logs are the logarithms of a region's values.
func logs(x []float64) []float64 {
	z := make([]float64, len(x))
	for i := range x {
		z[i] = math.Log(x[i])
	}
	return z
}

// planCorrelation is the mean correlation of the first channel's log plan with those of the others.
func planCorrelation(w *World) float64 {
	mean, others := 0.0, float64(len(w.config.Channels)-1)
	for m := 1; m < len(w.config.Channels); m++ {
		mean += stat.Correlation(logs(w.plans[0][0]), logs(w.plans[m][0]), nil) / others
	}
	return mean
}

// demandCorrelation is the mean correlation of plans with the first control.
func demandCorrelation(w *World) float64 {
	mean := 0.0
	for m := range w.config.Channels {
		mean += stat.Correlation(w.z[0][0], logs(w.plans[m][0]), nil) / float64(len(w.config.Channels))
	}
	return mean
}

func shownCorrelation(w *World) float64 {
	if &w.shown[0][0][0] == &w.z[0][0][0] {
		return 1
	}
	return stat.Correlation(w.z[0][0], w.shown[0][0], nil)
}

func between01(x float64) bool { return 0.3 < x && x < 0.99 }

// budgetsMoved reports whether plans differ from those of a world whose budgets do not follow sales.
func budgetsMoved(w *World) bool {
	c := w.config
	c.Follow = 0
	fixed, err := Run(c)
	return err == nil && !slices.Equal(fixed.plans[0][0], w.plans[0][0])
}

// travels reports whether a channel sells through others.
func travels(t Truth) bool {
	return slices.ContainsFunc(t.Channels, func(c string) bool { return t.TotalEffect[c] > 1.02*t.DirectContribution[c] })
}

func runNamed(t *testing.T, name string, seed uint64) *World {
	c, err := NamedConfig(name, seed, nil)
	require.NoError(t, err)
	w, err := Run(c)
	require.NoError(t, err, "%s, seed %d", name, seed)
	return w
}

func TestEveryWorldHasWhatItClaims(t *testing.T) {
	for seed := range uint64(2) {
		clean := map[bool]*World{false: runNamed(t, "clean", seed), true: runNamed(t, "geo_clean", seed)}
		for _, h := range Catalogue() {
			for _, name := range h.Names() {
				w := runNamed(t, name, seed)
				truth := w.Truth()
				requireWithinRanges(t, name, truth)
				if h.Name == "clean" {
					continue
				}
				claim, ok := claims[h.Name]
				require.True(t, ok, "%s claims nothing", h.Name)
				require.True(t, claim(w, truth), "%s, seed %d", name, seed)
				if c := clean[strings.HasPrefix(name, geoPrefix)]; h.Name != "mediated" { // whose claim presumes an edge
					require.False(t, claim(c, c.Truth()), "the clean world has it too: %s, seed %d", name, seed)
				}
			}
		}
	}
}

func requireWithinRanges(t *testing.T, name string, truth Truth) {
	all := 0.0
	for _, direct := range truth.DirectContribution {
		all += math.Abs(direct)
	}
	require.Equal(t, name, truth.World)
	require.True(t, 4 <= len(truth.Channels) && len(truth.Channels) <= 6, name)
	require.True(t, 0.05 <= all/truth.KPITotal && all/truth.KPITotal <= 0.55, name)
	require.True(t, 0.02 <= truth.Noise && truth.Noise <= 0.08, name)
	if strings.HasPrefix(name, geoPrefix) {
		require.True(t, 12 <= truth.Regions && truth.Regions <= 30, name)
	} else {
		require.Equal(t, []int{1, 156}, []int{truth.Regions, truth.Weeks}, name)
	}
}

func TestUnknownWorldIsRefused(t *testing.T) {
	for _, name := range []string{"", "geo_", "hard", "uneven", "geo_geo_clean"} {
		_, err := NamedConfig(name, 1, nil)
		require.ErrorContains(t, err, "--list", name)
	}
}

func TestNamedWorldsRepeatAndDifferBySeed(t *testing.T) {
	a, _ := bytesOf(t, runNamed(t, "everything", 1))
	b, _ := bytesOf(t, runNamed(t, "everything", 1))
	require.Equal(t, string(a), string(b))
	c, _ := bytesOf(t, runNamed(t, "everything", 2))
	require.NotEqual(t, string(a), string(c))
}

func TestNationalPanelNamesItsRegionAsTablesWithoutRegions(t *testing.T) {
	require.Equal(t, panel.Whole, national)
}

// The page has the catalogue; UPDATE=1 writes it.
func TestPageHasTheCatalogue(t *testing.T) {
	const begin, end = "<!-- catalogue -->\n", "<!-- end of catalogue -->"
	path := filepath.Join("..", "docs", "simulate.md")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), begin)
	require.True(t, found)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found)
	var table strings.Builder
	table.WriteString("| world | what it breaks |\n| --- | --- |\n")
	for _, h := range Catalogue() {
		fmt.Fprintf(&table, "| `%s` | %s |\n", strings.Join(h.Names(), "`, `"), h.Says)
	}
	want := before + begin + table.String() + end + after
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(page), "write it again: UPDATE=1 go test ./simulate -run PageHasTheCatalogue")
}
