package simulate

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/internal/files"
)

// WriteCSV writes the panel, a row per region and week: region (unless there is only one), week, sales with two decimals, impressions as integers,
// spend, if there is any, with two decimals, controls with four decimals. Mediators follow the channels.
func (w *World) WriteCSV(to io.Writer) error { return w.WriteWeeks(to, 0, w.config.Weeks) }

// WriteWeeks writes the panel's weeks from one position to before another.
func (w *World) WriteWeeks(to io.Writer, from, before int) error {
	out := csv.NewWriter(to)
	header := slices.Concat([]string{"region", "week", Target}, w.config.nodes(), w.spendColumns(), w.columns())
	if err := out.Write(header[w.keys():]); err != nil {
		return err
	}
	for r := range w.regions {
		for t, kept := range w.kept[r] {
			if !kept || t < from || t >= before {
				continue
			}
			if err := out.Write(w.row(r, t)[w.keys():]); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// keys is the position of the panel's first column: a national panel has none of the region.
func (w *World) keys() int {
	if len(w.regions) == 1 {
		return 1
	}
	return 0
}

func (w *World) row(r, t int) []string {
	region := w.regions[r]
	row := []string{region.name, w.weeks[t].Format(time.DateOnly), decimal(w.observed.sales[r][t], 2)}
	for m, channel := range w.channels {
		row = append(row, decimal(w.observed.activity[m][r][t]*w.entered[m][r][t]*channel.unit*region.size, 0))
	}
	for m, price := range w.price {
		row = append(row, decimal(price*w.observed.activity[m][r][t]*w.channels[m].unit*region.size, 2))
	}
	for c, control := range w.controls {
		if c > 0 || !w.hidden() {
			row = append(row, decimal(control.level+control.scale*w.shown[c][r][t], 4))
		}
	}
	return row
}

func decimal(x float64, places int) string { return strconv.FormatFloat(x, 'f', places, 64) }

// WriteTruth writes the truth as JSON.
func (w *World) WriteTruth(to io.Writer) error {
	out := json.NewEncoder(to)
	out.SetIndent("", " ")
	out.SetEscapeHTML(false)
	return out.Encode(w.Truth())
}

// TruthPath returns the path of the truth of a panel: panel.csv → panel.truth.json.
func TruthPath(path string) string { return strings.TrimSuffix(path, ".csv") + ".truth.json" }

// DoPath and ExperimentsPath return the paths of what is written beside a panel: panel.do.csv and panel.experiments.yaml.
func DoPath(path string) string { return strings.TrimSuffix(path, ".csv") + ".do.csv" }
func ExperimentsPath(path string) string {
	return strings.TrimSuffix(path, ".csv") + ".experiments.yaml"
}

// Save writes the panel to path and beside it the truth, the KPI under an intervention unless that is nil, and what experiments
// measured if there are any; it removes the last two of an earlier panel. All are complete before any is renamed. The folder must
// exist.
func (w *World) Save(path string, under *Intervention) error {
	dir := filepath.Dir(path)
	out := []files.File{files.As(filepath.Base(path), w.WriteCSV), files.As(filepath.Base(TruthPath(path)), w.WriteTruth)}
	var stale []string
	if do := filepath.Base(DoPath(path)); under == nil {
		stale = append(stale, do)
	} else {
		i, err := w.Intervene(*under)
		if err != nil {
			return err
		}
		out = append(out, files.As(do, i.WriteCSV))
	}
	if lifts := filepath.Base(ExperimentsPath(path)); len(w.tests) == 0 {
		stale = append(stale, lifts)
	} else {
		out = append(out, files.As(lifts, w.WriteExperiments))
	}
	if _, err := os.Stat(dir); err != nil {
		return cli.Failure(err)
	}
	if err := files.Write(dir, out...); err != nil {
		return cli.Failure(err)
	}
	return cli.Failure(files.Remove(dir, stale...))
}
