package train

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/dag"
	"deepcausalmmm/internal/bounded"
	"deepcausalmmm/panel"
	"deepcausalmmm/train/model"
)

// requireSameResult compares what the dashboard shows of two results: all but the panel, the fitted model and the timing.
func requireSameResult(t *testing.T, want, got *Result) {
	require.Equal(t, textOf(t, want), textOf(t, got))
	sameNumbers(t, flatHistory(want), flatHistory(got))
	require.Equal(t, want.History.Columns, got.History.Columns)
	require.Equal(t, len(want.Parts), len(got.Parts))
	for i, part := range want.Parts {
		sameNumbers(t, part.Actual, got.Parts[i].Actual)
		part.Actual, got.Parts[i].Actual = nil, nil
		require.Equal(t, part, got.Parts[i])
	}
	require.Equal(t, want.Graph.Adjacency, got.Graph.Adjacency)
	if want.Graph.Pruned != nil {
		require.Equal(t, want.Graph.Pruned.Strongest(), got.Graph.Pruned.Strongest())
	}
	require.Equal(t, want.Intervals, got.Intervals)
	for name, pair := range map[string][2]any{
		"details": {want.Details, got.Details}, "description": {want.Description, got.Description},
		"metrics": {untimed(want.Metrics), untimed(got.Metrics)},
	} {
		a, err := json.Marshal(pair[0])
		require.NoError(t, err)
		b, err := json.Marshal(pair[1])
		require.NoError(t, err)
		require.JSONEq(t, string(a), string(b), name)
	}
}

func textOf(t *testing.T, r *Result) string {
	text, err := r.Config.Text()
	require.NoError(t, err)
	return text
}

func untimed(m Metrics) Metrics {
	m.Timing = Timing{Epochs: m.Timing.Epochs}
	return m
}

func flatHistory(r *Result) (all []float64) {
	for _, row := range r.History.Rows {
		all = append(all, row...)
	}
	return all
}

// sameNumbers compares to the last bit, and NaN with NaN.
func sameNumbers(t *testing.T, want, got []float64) {
	require.Equal(t, len(want), len(got))
	for i := range want {
		require.True(t, want[i] == got[i] || math.IsNaN(want[i]) && math.IsNaN(got[i]), "element %d: %v, not %v", i, got[i], want[i])
	}
}

func TestResultRoundTripsThroughItsFolder(t *testing.T) {
	for name, c := range map[string]Config{
		"original": quickConfig(t, dag.NOTEARS), "structural": structuralConfig(t),
		"without a graph or a holdout": structuralConfig(t, "enable_dag=false", "holdout_ratio=0"),
	} {
		t.Run(name, func(t *testing.T) {
			p := noise(t, 4, 70, 3, 1)
			gaps := *p
			gaps.Target = append([]float64(nil), p.Target...)
			gaps.Target[7] = math.NaN()
			made, err := panel.New(gaps)
			require.NoError(t, err)
			training, err := New(c, made, model.Observer{})
			require.NoError(t, err)
			if c.Preset == RecommendedPreset {
				require.NoError(t, training.Ensemble(3))
			}
			r, err := training.Run(t.Context())
			require.NoError(t, err)
			dir := t.TempDir()
			require.NoError(t, r.Write(dir))
			loaded, err := LoadResult(dir)
			require.NoError(t, err)
			require.Equal(t, c.Preset == RecommendedPreset, loaded.Intervals != nil)
			requireSameResult(t, r, loaded)
		})
	}
}

func TestBrokenResultsAreRefused(t *testing.T) {
	p := noise(t, 4, 70, 3, 1)
	training, err := New(structuralConfig(t), p, model.Observer{})
	require.NoError(t, err)
	require.NoError(t, training.Ensemble(2))
	r, err := training.Run(t.Context())
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	path := filepath.Join(dir, DetailsFile)
	text := string(readFile(t, dir, DetailsFile))
	edited := func(edit func(tree map[string]any)) string {
		var tree map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &tree))
		edit(tree)
		changed, err := json.Marshal(tree)
		require.NoError(t, err)
		return string(changed)
	}
	list := func(v any, keys ...any) []any {
		for _, key := range keys {
			switch key := key.(type) {
			case string:
				v = v.(map[string]any)[key]
			case int:
				v = v.([]any)[key]
			}
		}
		return v.([]any)
	}
	// short drops the last element of the list at the keys.
	short := func(keys ...any) string {
		return edited(func(tree map[string]any) {
			at := list(tree, keys...)
			var parent any = tree
			for _, key := range keys[:len(keys)-1] {
				if name, ok := key.(string); ok {
					parent = parent.(map[string]any)[name]
				} else {
					parent = parent.([]any)[key.(int)]
				}
			}
			if name, ok := keys[len(keys)-1].(string); ok {
				parent.(map[string]any)[name] = at[:len(at)-1]
			} else {
				parent.([]any)[keys[len(keys)-1].(int)] = at[:len(at)-1]
			}
		})
	}
	set := func(key string, value any) string { return edited(func(tree map[string]any) { tree[key] = value }) }
	for name, broken := range map[string]string{
		"empty": "", "truncated": text[:len(text)/2], "another JSON": `{"a": 1}`, "a list": "[1, 2]", "null": "null", "no JSON": "region,week\na,1\n",
		"regions": short("regions"), "weeks": short("weeks"), "filled": short("filled"), "components": short("components"),
		"parts": short("parts"), "actual": short("parts", 0, "actual"), "predicted": short("parts", 1, "predicted"),
		"values": short("parts", 1, "components", 2), "history": short("history", "values"), "a column": short("history", "values", 1),
		"columns": short("history", "columns"), "adjacency": short("graph", "adjacency"), "a row": short("graph", "pruned", 1),
		"low": short("low"), "high": short("high"), "coefficients": short("coefficients", 0, "median"), "responses": short("responses"), "a curve": set("responses", []any{map[string]any{"channel": "a", "carry_over": []any{1.0}}}),
		"effects": short("structural", "effects"), "frequency": short("structural", "frequency"),
		"frequencies of a channel": short("structural", "frequency", 0), "total": short("structural", "total_low"),
		"kinds": set("kinds", []any{"paid"}), "population": set("population", []any{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0}), "revenue": set("revenue", []any{1.0}),
		"holdout": set("holdout_from", -1), "late holdout": set("holdout_from", 1e6), "text": set("regions", "a"),
		"configuration": set("config", map[string]any{"holdout_ratio": 7}), "no configuration": set("config", ""), "version": set("version", 1),
		"a week": set("filled", append([]any{[]any{1000}}, list(map[string]any{"f": make([]any, len(p.Regions)-1)}, "f")...)),
	} {
		require.NoError(t, os.WriteFile(path, []byte(broken), 0o600))
		_, err := LoadResult(dir)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "\n", name)
		require.True(t, strings.HasPrefix(err.Error(), path+": "), "%s: %v", name, err)
	}
	require.NoError(t, os.Remove(path))
	_, err = LoadResult(dir)
	require.ErrorContains(t, err, "is "+dir+" the output folder of a training?")
}

// A result of a configuration made in Go, whose panel has no columns to name, can be drawn again.
func TestResultMadeInGoRoundTrips(t *testing.T) {
	c := DefaultConfig()
	own(c).HiddenDim, own(c).NEpochs, own(c).WarmStartEpochs = 4, 1, 0
	r := run(t, c, noise(t, 2, 60, 2, 0), model.Observer{})
	dir := t.TempDir()
	require.NoError(t, r.Write(dir))
	loaded, err := LoadResult(dir)
	require.NoError(t, err)
	requireSameResult(t, r, loaded)
}

// Numbers that JSON cannot hold cost neither the file nor the result, and are named, once for each Write.
func TestInfinitiesAreNamedAndWrittenAsNull(t *testing.T) {
	r := run(t, quickConfig(t, dag.Triangular), noise(t, 4, 70, 3, 1), model.Observer{})
	r.Parts[0].Predicted[3], r.History.Rows[1][1] = math.Inf(1), math.Inf(-1)
	r.Responses[0].MeanLag = math.Inf(1)
	dir := t.TempDir()
	for range 2 {
		require.NoError(t, r.Write(dir))
		require.Equal(t, []string{
			"details.json: 1 values of history.loss are infinite and are written as null",
			"details.json: 1 values of train.predicted are infinite and are written as null",
			"details.json: responses[0].mean_lag is not a finite number and is written as null",
		}, r.Warnings)
	}
	loaded, err := LoadResult(dir)
	require.NoError(t, err)
	require.True(t, math.IsNaN(loaded.Parts[0].Predicted[3]))
	require.Equal(t, r.Parts[0].Predicted[4:], loaded.Parts[0].Predicted[4:])
}

// FuzzResult: for any bytes, no panic, and an error is one line.
func FuzzResult(f *testing.F) {
	text, err := os.ReadFile(filepath.Join("testdata", "details.json"))
	require.NoError(f, err)
	_, err = parseResult(text)
	require.NoError(f, err)
	for _, n := range []int{0, 1, 100, len(text) / 2, len(text) - 1, len(text)} {
		f.Add(text[:n])
	}
	for at := 1; at < len(text); at += 307 {
		bent := append([]byte(nil), text...)
		bent[at] ^= 0x11
		f.Add(bent)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		bounded.Memory(t, len(text), func() {
			if _, err := parseResult(text); err != nil {
				require.NotContains(t, err.Error(), "\n")
			}
		})
	})
}
