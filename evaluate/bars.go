package evaluate

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"deepcausalmmm/internal/files"
	"deepcausalmmm/internal/suggest"
	"deepcausalmmm/internal/yamltext"
	"deepcausalmmm/panel"
)

// Bar bounds a figure of worlds.
type Bar struct {
	Figure string   `yaml:"figure"` // a column of evaluate.csv
	Of     string   `yaml:"of"`     // each, mean, median or sum of the worlds that have the figure; default mean
	Worlds string   `yaml:"worlds"` // glob of the worlds' group; default all
	Least  *float64 `yaml:"least"`
	Most   *float64 `yaml:"most"`
}

// summaries turn a figure of several worlds, of which there is one at least, into what a bar bounds.
var summaries = map[string]func([]float64) []float64{
	"each":   func(x []float64) []float64 { return x },
	"mean":   func(x []float64) []float64 { return []float64{stat.Mean(x, nil)} },
	"median": func(x []float64) []float64 { return []float64{panel.Median(x)} },
	"sum":    func(x []float64) []float64 { return []float64{floats.Sum(x)} },
}

// ReadBars reads a YAML list of bars.
func ReadBars(file string) ([]Bar, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the bars: %w", file, files.Cause(err))
	}
	root, err := yamltext.Parse(text)
	if err != nil {
		return nil, yamlError(file, err)
	}
	list, ok := root.(*ast.SequenceNode)
	if !ok {
		return nil, fmt.Errorf("%s: no list of bars (write lines such as `- {figure: total_mean_error, most: 0.3}`)", file)
	}
	var bars []Bar
	for _, item := range list.Values {
		bar := Bar{Of: "mean", Worlds: "*"}
		if err := yaml.NodeToValue(item, &bar, yaml.Strict()); err != nil {
			return nil, yamlError(file, yamltext.Explain(err, string(text)))
		}
		if problem := bar.check(); problem != "" {
			at := item.GetToken().Position
			return nil, fmt.Errorf("%s:%d:%d: %s", file, at.Line, at.Column, problem)
		}
		bars = append(bars, bar)
	}
	return bars, nil
}

// check says what is wrong with a bar, nothing if all is well.
func (b Bar) check() string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	_, glob := path.Match(b.Worlds, "")
	switch {
	case !slices.Contains(names, b.Figure):
		if meant := suggest.Nearest(b.Figure, names); meant != "" {
			return fmt.Sprintf("figure %q: no such column; did you mean %s?", b.Figure, meant)
		}
		return fmt.Sprintf("figure %q: no such column (there is: %s)", b.Figure, strings.Join(names, ", "))
	case summaries[b.Of] == nil:
		return fmt.Sprintf("of %q: choose each, mean, median or sum", b.Of)
	case glob != nil:
		return fmt.Sprintf("worlds %q is not a glob (write *, ? or [abc])", b.Worlds)
	case b.Least == nil && b.Most == nil:
		return "neither least nor most is set"
	}
	return ""
}

// Missed are sentences on the bars that rows miss. A bar on a figure that no world has is missed too.
func Missed(bars []Bar, rows []Row) []string {
	var missed []string
	for _, b := range bars {
		among := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
			matches, _ := path.Match(b.Worlds, r.World.Group)
			return !matches
		})
		missed = append(missed, b.missed(Group{Rows: among})...)
	}
	return missed
}

func (b Bar) missed(g Group) (missed []string) {
	values := g.values(named(b.Figure))
	if len(values) == 0 {
		return []string{fmt.Sprintf("%s: no world of %q has it", b.Figure, b.Worlds)}
	}
	for _, v := range summaries[b.Of](values) {
		switch {
		case b.Most != nil && !(v <= *b.Most):
			missed = append(missed, fmt.Sprintf("%s, %s of %q: %.4g is more than %g", b.Figure, b.Of, b.Worlds, v, *b.Most))
		case b.Least != nil && !(v >= *b.Least):
			missed = append(missed, fmt.Sprintf("%s, %s of %q: %.4g is less than %g", b.Figure, b.Of, b.Worlds, v, *b.Least))
		}
	}
	return missed
}

// yamlError gives the line and the column of a problem.
func yamlError(file string, err error) error {
	var at *yamltext.Error
	if errors.As(err, &at) && at.Line > 0 {
		return fmt.Errorf("%s:%d:%d: %s", file, at.Line, at.Column, at.Problem)
	}
	return fmt.Errorf("%s: %w", file, err)
}
