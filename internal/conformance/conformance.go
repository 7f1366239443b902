// Package conformance reads the cases that the Python original evaluated: inputs, parameters and what must come
// out. Tests of three packages replay them: panel the data pipeline, graph the forward pass, losses and
// gradients, train the trajectory. Start at Cases.
package conformance

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// DirVariable names the environment variable that adds a folder of cases to the project's own; a relative one
// counts from the project's top.
const DirVariable = "CONFORMANCE_DIR"

// Case is one JSON file. Its sections stay raw until the test that replays them says what they hold.
type Case struct {
	Name       string                     `json:"name"`
	Source     string                     `json:"source"`
	Dims       map[string]int             `json:"dims"`
	Config     json.RawMessage            `json:"config"`
	Active     bool                       `json:"notears_active"`
	Inputs     map[string]json.RawMessage `json:"inputs"`
	Parameters map[string]json.RawMessage `json:"parameters"`
	Expected   map[string]json.RawMessage `json:"expected"`
	Trajectory json.RawMessage            `json:"trajectory"`
}

// Kind tells cases apart by the fields they hold.
type Kind int

const (
	Pipeline   Kind = 1 << iota // expected.train: what scaling, season and starts make of raw data
	Model                       // parameters and what they give: one forward and backward pass
	Trajectory                  // a model case that also trains for some epochs
)

func (c *Case) kind() Kind {
	var k Kind
	if c.Expected["train"] != nil {
		k |= Pipeline
	}
	if c.Parameters != nil && c.Expected != nil && c.Expected["train"] == nil {
		k |= Model
	}
	if c.Trajectory != nil {
		k |= Trajectory
	}
	return k
}

// Run replays every case of a kind as a subtest named after its file. A file that is of no kind at all fails.
func Run(t *testing.T, kind Kind, replay func(t *testing.T, c *Case)) {
	found := 0
	for _, path := range files(t) {
		c := read(t, path)
		require.NotZero(t, c.kind(), "%s holds neither a pipeline nor a model case", path)
		if c.kind()&kind == 0 {
			continue
		}
		found++
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) { replay(t, c) })
	}
	require.Positive(t, found, "no case of this kind found")
}

func files(t *testing.T) []string {
	_, here, _, ok := runtime.Caller(0)
	require.True(t, ok)
	root := filepath.Join(filepath.Dir(here), "..", "..")
	dirs := []string{filepath.Join(root, "testdata", "conformance")}
	if extra := os.Getenv(DirVariable); extra != "" {
		if !filepath.IsAbs(extra) { // relative to the project, not to whichever package is tested
			extra = filepath.Join(root, extra)
		}
		dirs = append(dirs, extra)
	}
	var all []string
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
		require.NoError(t, err)
		require.NotEmpty(t, paths, "no cases in %s", dir)
		all = append(all, paths...)
	}
	return all
}

func read(t *testing.T, path string) *Case {
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	c := new(Case)
	require.NoError(t, json.Unmarshal(raw, c), "%s", path)
	return c
}

// Flat reads a nested list of numbers, of any depth, in row-major order, with its shape. A null is a
// missing cell, NaN, which Close takes for equal to nothing.
func Flat(t testing.TB, raw json.RawMessage) (values []float64, shape []int) {
	t.Helper()
	require.NotEmpty(t, raw, "the case lacks this field")
	var v any
	require.NoError(t, json.Unmarshal(raw, &v))
	for at := v; ; {
		list, ok := at.([]any)
		if !ok {
			break
		}
		shape = append(shape, len(list))
		if len(list) == 0 {
			break
		}
		at = list[0]
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case nil:
			values = append(values, math.NaN())
		case float64:
			values = append(values, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		default:
			require.Fail(t, "not a number", "%v", v)
		}
	}
	walk(v)
	return values, shape
}

// Close requires |got − want| ≤ tolerance·max(1, |want|) element by element: relative, absolute below 1.
func Close(t testing.TB, name string, want, got []float64, tolerance float64) {
	t.Helper()
	require.Len(t, got, len(want), name)
	for i, w := range want {
		scale := 1.0
		if w > 1 || w < -1 {
			scale = w
		}
		if d := (got[i] - w) / scale; !(d <= tolerance && d >= -tolerance) {
			require.Failf(t, "not close", "%s[%d]: want %.17g, got %.17g (off by %.2g, tolerance %g)", name, i, w, got[i], d, tolerance)
		}
	}
}
