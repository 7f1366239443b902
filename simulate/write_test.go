package simulate

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"deepcausalmmm/panel"
)

func bytesOf(t require.TestingT, w *World) (panel, truth []byte) {
	var p, q bytes.Buffer
	require.NoError(t, w.WriteCSV(&p))
	require.NoError(t, w.WriteTruth(&q))
	return p.Bytes(), q.Bytes()
}

func TestSameSeedSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		panel, truth := bytesOf(t, runDrawn(t, c))
		panelAgain, truthAgain := bytesOf(t, runDrawn(t, c))
		require.Equal(t, string(panel), string(panelAgain))
		require.Equal(t, string(truth), string(truthAgain))
		c.Seed++
		other, _ := bytesOf(t, runDrawn(t, c))
		require.NotEqual(t, string(panel), string(other))
	})
}

func TestPanelAgreesWithItsTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := runDrawn(t, drawConfig(t))
		written, _ := bytesOf(t, w)
		truth := w.Truth()
		rows, err := csv.NewReader(bytes.NewReader(written)).ReadAll()
		require.NoError(t, err)
		header := append([]string{"region", "week", Target}, truth.Channels...)
		require.Equal(t, append(header, truth.Controls...)[w.keys():], rows[0])
		require.Len(t, rows[1:], truth.Rows)
		sales := 0.0
		for _, row := range rows[1:] {
			row = append([]string{panel.Whole}, row...)[1-w.keys():]
			week, err := time.Parse(time.DateOnly, row[1])
			require.NoError(t, err)
			require.Equal(t, time.Monday, week.Weekday())
			value, err := strconv.ParseFloat(row[2], 64)
			require.NoError(t, err)
			sales += value
		}
		require.InDelta(t, truth.KPITotal, sales, 0.005*float64(truth.Rows)+0.01)
	})
}

func TestTruthHasTheDocumentedKeys(t *testing.T) {
	w, err := Run(DefaultConfig())
	require.NoError(t, err)
	_, truth := bytesOf(t, w)
	var keys map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(truth, &keys))
	for _, key := range []string{
		"seed", "regions", "weeks", "channels", "adjacency_rule", "edges", "causal_order", "upstream",
		"direct_contribution", "total_effect", "kpi_total", "carryover", "half_saturation", "hill_slope",
	} {
		require.Contains(t, keys, key)
	}
}

func TestTruthOfAnEdgelessWorldHasEmptyListsNotNull(t *testing.T) {
	c, err := DefaultConfig().Sized(1, 0)
	require.NoError(t, err)
	w, err := Run(c)
	require.NoError(t, err)
	_, truth := bytesOf(t, w)
	require.NotContains(t, string(truth), "null")
}

// The bundled sample is the output of `go run ./cmd/simulate --out testdata/sample.csv`.
func TestBundledSampleIsTheDefaultWorld(t *testing.T) {
	w, err := Run(DefaultConfig())
	require.NoError(t, err)
	path := filepath.Join("..", "testdata", "sample.csv")
	panel, truth := bytesOf(t, w)
	for name, want := range map[string][]byte{path: panel, TruthPath(path): truth} {
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), "%s is not what the defaults give: write it again", name)
	}
}

func TestSaveLeavesTwoWholeFilesAndNothingElse(t *testing.T) {
	w, err := Run(DefaultConfig())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "panel.csv")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.NoError(t, w.Save(path, nil))

	panel, truth := bytesOf(t, w)
	saved, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(panel, saved))
	saved, err = os.ReadFile(TruthPath(path))
	require.NoError(t, err)
	require.True(t, bytes.Equal(truth, saved))
	require.Equal(t, []string{"panel.csv", "panel.truth.json"}, entries(t, filepath.Dir(path)))
}

func TestSaveRemovesWhatBelongsToAnEarlierPanel(t *testing.T) {
	c := DefaultConfig()
	c.Experiments = []Experiment{{Channels: c.Channels[:1], From: c.Start.AddDate(0, 0, 70), Weeks: 4}}
	w, err := Run(c)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "panel.csv")
	require.NoError(t, w.Save(path, &Intervention{Do: map[string]float64{"tv_impressions": 0}}))
	require.Equal(t, []string{"panel.csv", "panel.do.csv", "panel.experiments.yaml", "panel.truth.json"}, entries(t, filepath.Dir(path)))

	w, err = Run(DefaultConfig())
	require.NoError(t, err)
	require.NoError(t, w.Save(path, nil))
	require.Equal(t, []string{"panel.csv", "panel.truth.json"}, entries(t, filepath.Dir(path)))
}

func TestFailedSaveCleansUp(t *testing.T) {
	w, err := Run(DefaultConfig())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "panel.csv")
	require.NoError(t, os.Mkdir(path, 0o755)) // a folder with the name of the file
	require.Error(t, w.Save(path, nil))
	require.Equal(t, []string{"panel.csv"}, entries(t, filepath.Dir(path)))
}

func entries(t *testing.T, folder string) []string {
	found, err := os.ReadDir(folder)
	require.NoError(t, err)
	var names []string
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	return names
}
