package train

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
	"deepcausalmmm/train/money"
)

// priced is noise whose channels but the last have a spend, and whose target is worth something.
func priced(t *testing.T) *panel.Panel {
	p := *noise(t, 3, 70, 3, 1)
	p.SpendNames, p.SpendOf = []string{"cost_0", "cost_1"}, []int{0, 1, -1}
	for cell := range 3 * 70 {
		p.Spend = append(p.Spend, 2*p.Media[3*cell], 0.5*p.Media[3*cell+1])
		p.Revenue = append(p.Revenue, 4)
	}
	full, err := panel.New(p)
	require.NoError(t, err)
	return full
}

// accounted trains and accounts.
func accounted(t *testing.T, p *panel.Panel, byRegion bool) *Result {
	training, err := New(structuralConfig(t), p, model.Observer{})
	require.NoError(t, err)
	require.NoError(t, training.Ensemble(6))
	r, err := training.Run(t.Context())
	require.NoError(t, err)
	require.NoError(t, r.Account(byRegion))
	return r
}

// roi.csv and response.csv at 1 say what effects.csv does, to the last digit; regions add up; what has no spend has no return.
func TestFilesOfReturnsAgreeWithEffects(t *testing.T) {
	r := accounted(t, priced(t), true)
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	of := func(file, name string) []string { return column(t, filepath.Join(dir, file), name) }
	multiples := of(responseFile, "multiple")
	for _, bound := range []string{"", "_low", "_high"} {
		value := bound
		if value == "" {
			value = "_value"
		}
		effects := of(effectsFile, value[1:])
		for c := range 3 {
			at := c*len(money.Multiples) + 4
			require.Equal(t, "1", multiples[at])
			for kind, name := range map[int]string{0: "direct", 2: "total"} {
				require.Equal(t, effects[3*c+kind], of(returnsFile, name+bound)[c])
				require.Equal(t, effects[3*c+kind], of(responseFile, name+bound)[at])
			}
		}
	}
	for _, name := range []string{"direct", "total", "total_value", "moved_spend", "exposure"} {
		national, regional := cellsOf(t, of(returnsFile, name)), cellsOf(t, of(regionReturnsFile, name))
		for i, x := range regional {
			national[i%3] -= x
		}
		for c, rest := range national {
			require.InDelta(t, 0, rest, 1e-6, "%s of channel %d", name, c)
		}
	}
	spend, roi := of(returnsFile, "spend"), of(returnsFile, "roi_total")
	require.NotEmpty(t, roi[1])
	require.Empty(t, spend[2])
	require.Empty(t, roi[2])
	total := 0.0
	for i := 0; i < len(r.Panel.Spend); i += 2 {
		total += r.Panel.Spend[i]
	}
	require.InEpsilon(t, total, cellsOf(t, spend[:1])[0], 1e-12)

	loaded, err := LoadResult(dir)
	require.NoError(t, err)
	want, err := json.Marshal(r.Money)
	require.NoError(t, err)
	got, err := json.Marshal(loaded.Money)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	lines := r.returnLines()
	require.Len(t, lines, 3, "a heading, and two channels with a return")
	require.Contains(t, lines[0], "revenue per unit of spend")

	for name, broken := range map[string]func(*money.Accounts){
		"accounts of 2 channels":       func(a *money.Accounts) { a.Channels = a.Channels[:2] },
		"has 10 points, not 11":        func(a *money.Accounts) { a.Responses[1].Points = a.Responses[1].Points[:10] },
		"has the multiple 3, not 0.25": func(a *money.Accounts) { a.Responses[1].Points[1].Multiple = 3 },
		"responses of 2, not of 3":     func(a *money.Accounts) { a.Responses = a.Responses[:2] },
	} {
		again, err := LoadResult(dir)
		require.NoError(t, err)
		broken(again.Money)
		s := stored{Money: again.Money}
		require.ErrorContains(t, s.checkMoney(3), name)
	}
}

// A later training whose panel has no spend leaves its responses, and no returns of an earlier one. By its digits, a return is in the
// target's units where nothing says what these are worth.
func TestResponsesNeedNoSpend(t *testing.T) {
	r := accounted(t, noise(t, 3, 70, 3, 1), true)
	dir := t.TempDir()
	for _, name := range []string{returnsFile, regionReturnsFile} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("of an earlier training"), 0o600))
	}
	require.NoError(t, r.Write(dir))
	require.NoFileExists(t, filepath.Join(dir, returnsFile))
	require.NoFileExists(t, filepath.Join(dir, regionReturnsFile))
	require.Len(t, column(t, filepath.Join(dir, responseFile), "total"), 3*len(money.Multiples))
	require.Equal(t, "", column(t, filepath.Join(dir, responseFile), "total_value")[3], "nothing says what a unit is worth")
	require.Empty(t, r.returnLines())
}

func TestReturnsByRegionNeedEffectsAndSpend(t *testing.T) {
	training, err := New(structuralConfig(t), noise(t, 3, 70, 3, 1), model.Observer{})
	require.NoError(t, err)
	require.EqualError(t, training.CanAccountByRegion(), "no channel has a column of spend (name the columns in data.spend)")
	training, err = New(structuralConfig(t), priced(t), model.Observer{})
	require.NoError(t, err)
	require.NoError(t, training.CanAccountByRegion())
	training, err = New(configOf(t, "deepcausalmmm"), priced(t), model.Observer{})
	require.NoError(t, err)
	require.ErrorContains(t, training.CanAccountByRegion(), "model: original reports no effects that could be valued")
	r := &Result{}
	require.NoError(t, r.Account(false))
	require.Nil(t, r.Money, "a model without markets has no accounts")
}

func TestBriefFiguresHaveThreeDigits(t *testing.T) {
	for want, x := range map[string]float64{"0": 0, "0.00123": 0.001234, "1.23": 1.234, "12.3": 12.34, "1234": 1234.4, "-0.500": -0.5} {
		require.Equal(t, want, brief(x))
	}
}
