// Package conformance reads cases evaluated by the Python original: inputs, parameters and expected results. The tests of
// train/neural replay them: the data pipeline, the forward pass, losses and gradients, and the trajectory. Start reading at Run.
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

// DirVariable is the environment variable with an additional folder of cases, absolute or relative to the root of the
// project.
const DirVariable = "CONFORMANCE_DIR"

// Case is one JSON file. Its sections are decoded by the tests that use them.
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

// Kind is a set of kinds of cases, determined by their fields.
type Kind int

const (
	Pipeline   Kind = 1 << iota // has expected.train: scaling, season and starts of raw data
	Model                       // has parameters and results of one forward and backward pass
	Trajectory                  // a model case with a training of some epochs
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

// Run runs a subtest, named after its file, for every case of a kind. A file of no kind fails.
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
		if !filepath.IsAbs(extra) { // relative to the project, not to the package under test
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

// Flat decodes a nested list of numbers, of any depth, and returns its values in row-major order and its shape. A null is a
// missing value, NaN, which is not Close to anything.
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
