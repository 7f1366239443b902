package evaluate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"gonum.org/v1/gonum/mat"

	"deepcausalmmm/dag/format"
	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/jsonfile"
)

// Truth is what is known about a simulated panel: the effects of its channels over all rows, in units of the KPI, and perhaps
// the graph. Effects are by channel, as the truth file names them.
type Truth struct {
	Direct  map[string]float64 // the total effect if the file has no direct ones
	Total   map[string]float64
	KPI     float64 // sum over all rows
	Roles   Roles
	file    string
	text    []byte
	hasEdge bool // the file has the key edges
}

// Roles are columns that a truth file names, all of which may be empty.
type Roles struct {
	Target     string   `json:"target"`
	Controls   []string `json:"controls"`
	Mediators  []string `json:"mediators"`
	Treatments []string `json:"treatments"`
}

// truthFile has the keys of both dialects: effects are direct_contribution and total_effect, as package simulate writes them, or
// true_contribution, which is total.
type truthFile struct {
	Direct     map[string]float64 `json:"direct_contribution"`
	Total      map[string]float64 `json:"total_effect"`
	True       map[string]float64 `json:"true_contribution"`
	KPITotal   float64            `json:"kpi_total"`
	TotalSales float64            `json:"total_sales"`
	Edges      json.RawMessage    `json:"edges"`
	Roles
}

// ReadTruth reads a truth file in either dialect.
func ReadTruth(path string) (*Truth, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the truth: %w", path, files.Cause(err))
	}
	var f truthFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, jsonError(path, text, err)
	}
	t := &Truth{Direct: f.Direct, Total: f.Total, KPI: f.KPITotal, Roles: f.Roles, file: path, text: text, hasEdge: f.Edges != nil}
	if t.Total == nil {
		t.Total = f.True
	}
	if t.Direct == nil {
		t.Direct = t.Total
	}
	if t.KPI == 0 {
		t.KPI = f.TotalSales
	}
	return t, t.check()
}

func (t *Truth) check() error {
	switch {
	case len(t.Total) == 0:
		return fmt.Errorf("%s: no effects (write true_contribution, or direct_contribution and total_effect, of each channel)", t.file)
	case !(t.KPI > 0):
		return fmt.Errorf("%s: no sum of the KPI (write kpi_total or total_sales, a positive number)", t.file)
	}
	for _, name := range t.channels() {
		if _, ok := t.Direct[name]; !ok {
			return fmt.Errorf("%s: direct_contribution has no channel %q, which total_effect has", t.file, name)
		}
	}
	if len(t.Direct) != len(t.Total) {
		return fmt.Errorf("%s: direct_contribution has %d channels, total_effect %d (write the same)", t.file, len(t.Direct), len(t.Total))
	}
	return nil
}

// channels are the truth's channels, sorted by name.
func (t *Truth) channels() []string {
	var names []string
	for name := range t.Total {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// graph is the true graph over channels, nil if the file does not tell.
func (t *Truth) graph(channels []string) (*mat.Dense, error) {
	if !t.hasEdge {
		return nil, nil
	}
	return format.ReadTruth(bytes.NewReader(t.text), t.file, channels)
}

// jsonError says where decoding stopped, and why.
func jsonError(file string, text []byte, err error) error {
	var kind *json.UnmarshalTypeError
	problem := err.Error()
	if errors.As(err, &kind) {
		problem = fmt.Sprintf("%s: a %s, not a %s", kind.Field, kind.Value, kind.Type)
	}
	line, column := jsonfile.Position(text, err)
	return fmt.Errorf("%s:%d:%d: %s", file, line, column, problem)
}
