package evaluate

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// made are rows of total errors.
func made(group string, errors ...float64) (rows []Row) {
	for i, e := range errors {
		w := &World{Name: string(rune('a' + i)), Group: group}
		row := w.unknown()
		row.Total.Mean = e
		rows = append(rows, row)
	}
	return rows
}

func TestBars(t *testing.T) {
	rows := append(made("mine: national", 0.1, 0.2, 0.6, math.NaN()), made("theirs: national", 3)...)
	file := filepath.Join(t.TempDir(), "bars.yaml")
	for bar, missed := range map[string][]string{
		"{figure: total_mean_error, worlds: 'mine*', most: 0.3}":             nil,
		"{figure: total_mean_error, worlds: 'mine*', most: 0.29}":            {`total_mean_error, mean of "mine*": 0.3 is more than 0.29`},
		"{figure: total_mean_error, worlds: 'mine*', of: median, most: 0.2}": nil,
		"{figure: total_mean_error, worlds: 'mine*', of: sum, least: 0.91}":  {`total_mean_error, sum of "mine*": 0.9 is less than 0.91`},
		"{figure: total_mean_error, worlds: 'mine*', of: each, most: 0.15}":  {`total_mean_error, each of "mine*": 0.2 is more than 0.15`, `total_mean_error, each of "mine*": 0.6 is more than 0.15`},
		"{figure: total_mean_error, of: median, least: 0.4, most: 0.4}":      nil,
		"{figure: total_mean_error, worlds: other, most: 1}":                 {`total_mean_error: no world of "other" has it`},
		"{figure: skill, least: 0}":                                          {`skill: no world of "*" has it`},
	} {
		write(t, file, "- "+bar)
		bars, err := ReadBars(file)
		require.NoError(t, err, bar)
		require.Equal(t, missed, Missed(bars, rows), bar)
	}
}

func TestReadBarsNamesWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bars.yaml")
	_, err := ReadBars(file)
	require.ErrorContains(t, err, "cannot read the bars")
	for text, says := range map[string]string{
		"":           "no list of bars",
		"figure: f1": "no list of bars",
		"- {figure: f1, least: 1}\n- {figure: total_mean_eror, most: 1}": "bars.yaml:2:3: figure \"total_mean_eror\": no such column; did you mean total_mean_error?",
		"- {figure: beauty, most: 1}":                                    "no such column (there is: direct_median_error, ",
		"- {figure: f1, of: all, most: 1}":                               `of "all": choose each, mean, median or sum`,
		"- {figure: f1, worlds: '[', most: 1}":                           "is not a glob",
		"- {figure: f1}":                                                 "neither least nor most is set",
		"- {figure: f1, mots: 1}":                                        "bars.yaml:1:",
		"- {figure: f1":                                                  "bars.yaml:1:",
	} {
		write(t, file, text)
		_, err := ReadBars(file)
		require.ErrorContains(t, err, says, text)
	}
}

func TestEveryFigureOfTheTablesHasAColumn(t *testing.T) {
	require.NotEmpty(t, Markdown(made("mine", 0.1))) // named panics on a name without a column
}
