package evaluate

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBothDialectsOfTruth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x"+truthSuffix)
	write(t, path, `{"direct_contribution": {"tv": 1, "search": 2}, "total_effect": {"tv": 3, "search": 2}, "kpi_total": 10, "edges": [["tv", "search"]]}`)
	truth, err := ReadTruth(path)
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"tv": 1, "search": 2}, truth.Direct)
	require.Equal(t, map[string]float64{"tv": 3, "search": 2}, truth.Total)
	graph, err := truth.graph([]string{"search", "tv"})
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0, 1, 0}, graph.RawMatrix().Data)

	write(t, path, `{"true_contribution": {"tv": 3, "search": -2}, "total_sales": 10}`)
	truth, err = ReadTruth(path)
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"tv": 3, "search": -2}, truth.Total)
	require.Equal(t, truth.Total, truth.Direct)
	require.Equal(t, 10.0, truth.KPI)
	graph, err = truth.graph([]string{"search", "tv"})
	require.NoError(t, err)
	require.Nil(t, graph)
}

func TestReadTruthNamesWhatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x"+truthSuffix)
	_, err := ReadTruth(path)
	require.ErrorContains(t, err, "cannot read the truth")
	for text, says := range map[string]string{
		`{`:                                ":1:1: unexpected end of JSON input",
		"{\n \"true_contribution\": [1]}":  ":2:23: true_contribution: a array, not a map[string]float64",
		`{"kpi_total": 3}`:                 "no effects",
		`{"true_contribution": {"tv": 1}}`: "no sum of the KPI",
		`{"total_effect": {"tv": 1}, "kpi_total": 3, "direct_contribution": {"tw": 1}}`:          `no channel "tv"`,
		`{"total_effect": {"tv": 1}, "kpi_total": 3, "direct_contribution": {"tv": 1, "tw": 1}}`: "has 2 channels, total_effect 1",
	} {
		write(t, path, text)
		_, err := ReadTruth(path)
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, says)
	}
}
