package train

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/structural"
)

// extreme is a panel that is legal and unlike any other.
type extreme struct {
	name                               string
	regions, weeks, channels, controls int
	change                             func(p *panel.Panel)
	large                              bool
}

func extremes() []extreme {
	target := func(f func(y float64) float64) func(*panel.Panel) {
		return func(p *panel.Panel) {
			for i, y := range p.Target {
				p.Target[i] = f(y)
			}
		}
	}
	media := func(f func(week, channel int, x float64) float64) func(*panel.Panel) {
		return func(p *panel.Panel) {
			for i, x := range p.Media {
				p.Media[i] = f(i/len(p.Channels)%len(p.Weeks), i%len(p.Channels), x)
			}
		}
	}
	return []extreme{
		{name: "one region", regions: 1, weeks: 60, channels: 3, controls: 2},
		{name: "one channel", regions: 3, weeks: 60, channels: 1, controls: 2},
		{name: "one of each", regions: 1, weeks: 46, channels: 1, controls: 1},
		{name: "no controls", regions: 3, weeks: 60, channels: 3},
		{name: "constant media", regions: 3, weeks: 60, channels: 3, controls: 1,
			change: media(func(_, channel int, _ float64) float64 { return float64(channel) })},
		{name: "no media at all", regions: 3, weeks: 60, channels: 3, controls: 1,
			change: media(func(int, int, float64) float64 { return 0 })},
		{name: "media that are zero for a year", regions: 3, weeks: 130, channels: 3, controls: 1,
			change: media(func(week, channel int, x float64) float64 {
				if channel == 1 && week >= 40 && week < 92 {
					return 0
				}
				return x
			})},
		{name: "media on air only in the holdout", regions: 3, weeks: 60, channels: 3, controls: 1,
			change: media(func(week, channel int, x float64) float64 {
				if channel == 0 && week < 53 {
					return 0
				}
				return x
			})},
		{name: "media of 1e30", regions: 3, weeks: 60, channels: 3, controls: 1,
			change: media(func(_, channel int, x float64) float64 { return min(1e30, x*math.Pow(1e15, float64(channel))) })},
		{name: "constant controls", regions: 3, weeks: 60, channels: 2, controls: 2, change: func(p *panel.Panel) {
			for i := range p.Control {
				p.Control[i] = 7
			}
		}},
		{name: "a control that jumps", regions: 3, weeks: 60, channels: 2, controls: 1, change: func(p *panel.Panel) {
			clear(p.Control)
			p.Control[17] = 1e30
		}},
		{name: "targets of 1e-6", regions: 3, weeks: 60, channels: 3, controls: 2, change: target(func(y float64) float64 { return 1e-6 * y })},
		{name: "targets of 1e12", regions: 3, weeks: 60, channels: 3, controls: 2, change: target(func(y float64) float64 { return 1e12 * y })},
		{name: "constant target", regions: 3, weeks: 60, channels: 3, controls: 2, change: target(func(float64) float64 { return 5 })},
		{name: "a single sale", regions: 2, weeks: 60, channels: 2, controls: 1, change: func(p *panel.Panel) {
			clear(p.Target[60:])
			p.Target[70] = 1
		}},
		{name: "sizes that differ by 1e12", regions: 2, weeks: 60, channels: 2, controls: 1, change: func(p *panel.Panel) {
			for i := range 60 {
				p.Target[i] *= 1e12
			}
		}},
		{name: "1,000 regions", regions: 1000, weeks: 52, channels: 3, controls: 2, large: true},
		{name: "60 channels", regions: 5, weeks: 60, channels: 60, controls: 3, large: true},
	}
}

// TestExtremePanelsTrain: every legal panel trains in either mode to finite numbers that add up, and leaves files that
// can be read again.
func TestExtremePanelsTrain(t *testing.T) {
	for _, x := range extremes() {
		if x.large && testing.Short() {
			continue
		}
		p := noise(t, x.regions, x.weeks, x.channels, x.controls)
		if x.change != nil {
			x.change(p)
		}
		for _, mode := range []dag.Mode{dag.Triangular, dag.NOTEARS} {
			for _, dtype := range []string{"float32", "float64"} {
				if x.large && dtype == "float64" {
					continue
				}
				t.Run(fmt.Sprint(x.name, "/", mode, "/", dtype), func(t *testing.T) {
					t.Parallel()
					c := DefaultConfig()
					c.DAGMode, own(c).Dtype, own(c).HiddenDim, own(c).NEpochs, own(c).WarmStartEpochs = mode, dtype, 4, 30, 3
					own(c).NotearsWarmupEpochs, own(c).NotearsDualUpdateEvery = 2, 3
					trainsToNumbers(t, c, p)
				})
			}
		}
	}
}

// TestExtremePanelsTrainStructurally: the same of the structural model, its choice, its ensemble and what it predicts.
func TestExtremePanelsTrainStructurally(t *testing.T) {
	for _, x := range extremes() {
		if x.large && testing.Short() {
			continue
		}
		p := noise(t, x.regions, x.weeks, x.channels, x.controls)
		if x.change != nil {
			x.change(p)
		}
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c := RecommendedConfig()
			structuralOf(c).ChooseShape = !x.large && !testing.Short()
			trainsToNumbers(t, c, p)
		})
	}
}

func trainsToNumbers(t *testing.T, c Config, p *panel.Panel) {
	r := run(t, c, p, model.Observer{})
	absent := map[string]bool{"holdout_rmse": true} // NaN in some rows
	if _, ok := c.Settings.(*structural.Settings); ok {
		absent["rho"], absent["alpha"], absent["learning_rate"] = true, true, true
	}
	for i, row := range r.History.Rows {
		for k, v := range row {
			require.True(t, finite(v) != nil || math.IsNaN(v) && absent[r.History.Columns[k]], "row %d, %s", i, r.History.Columns[k])
		}
	}
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	text, err := os.ReadFile(filepath.Join(dir, "metrics.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, new(Metrics)))
	sums := map[string]float64{}
	for _, row := range rows(t, dir, "contributions.csv") {
		sums[row[0]+"|"+row[1]] += parsed(t, row[3])
	}
	for _, row := range rows(t, dir, "predictions.csv") {
		require.Equal(t, parsed(t, row[4]), sums[row[0]+"|"+row[1]], "what contributed adds up")
	}
	_, err = LoadModel(filepath.Join(dir, ModelFile))
	require.NoError(t, err, "all parameters are finite, too")
}

func rows(t *testing.T, dir, name string) [][]string {
	f, err := os.Open(filepath.Join(dir, name))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

func parsed(t *testing.T, text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	require.NotNil(t, finite(x), text)
	return x
}
