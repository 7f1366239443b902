package evaluate

import (
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/train/model"
)

// reported are rows of two groups: one with published errors, one that failed in part.
func reported() []Row {
	rows := append(made("mine: published", 0.2, 0.4), made("mine: national", 0.5, 0.7)...)
	for i := range rows {
		rows[i].World.channels = map[string]string{"tv": "tv"}
	}
	rows[0].World.Published, rows[1].World.Published = &Published{25, 50}, &Published{30, 50}
	for i := range rows[:2] {
		rows[i].Estimates = []Estimate{{Channel: "tv", Kind: model.Total, Truth: 1, Value: 2, Error: 1, Small: i == 1, Bounds: []Bound{{80, 0, 3}}}}
		rows[i].Total.Coverage = []float64{0.5, 0.75, math.NaN()}
		rows[i].Direct.Median, rows[i].Total.Median = 0.2, 0.2*float64(i+1)
	}
	none := rows[3].World.unknown()
	none.Err = errors.New("one | two\nthree")
	rows[3] = none
	return rows
}

func TestFilesHoldEveryWorldAndChannel(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Write(dir, reported()))
	tables := map[string][]map[string]string{}
	for _, name := range []string{WorldsFile, ChannelsFile} {
		file, err := os.Open(filepath.Join(dir, name))
		require.NoError(t, err)
		defer file.Close()
		lines, err := csv.NewReader(file).ReadAll()
		require.NoError(t, err)
		for _, line := range lines[1:] {
			cells := map[string]string{}
			for i, v := range line {
				cells[lines[0][i]] = v
			}
			tables[name] = append(tables[name], cells)
		}
	}
	all := tables[WorldsFile]
	require.Len(t, all, 4)
	require.Equal(t, "0.4", all[1]["total_median_error"])
	require.Equal(t, []string{"1", "0"}, []string{all[0]["better_than_published"], all[1]["better_than_published"]})
	require.Equal(t, "1", all[1]["better_by_either"])
	require.Equal(t, "0.3", all[1]["published_median_error"])
	require.Empty(t, all[2]["better_than_published"])
	require.Equal(t, "one | two; three", all[3]["error"])
	require.Empty(t, all[3]["edges_found"])
	channels := tables[ChannelsFile]
	require.Len(t, channels, 2)
	require.Equal(t, []string{"0", "3", "true", ""}, []string{channels[0]["low_80"], channels[0]["high_80"], channels[0]["inside_80"], channels[0]["low_95"]})
	require.Equal(t, "true", channels[1]["small"])

	text, err := os.ReadFile(filepath.Join(dir, MarkdownFile))
	require.NoError(t, err)
	require.Contains(t, string(text), Markdown(reported()))
}

func TestMarkdownHasMeansAndVerdicts(t *testing.T) {
	text := Markdown(reported())
	for _, part := range []string{
		"| mine: published | 2 | 20 %, –, – | 30 %, –, 30 % | 1 of 2, by either 2 | –; 50 %, 75 %, –; – |",
		"| mine: national | 2 (1 failed) |",
		"| a | 1 | 20 %, –, – | – | 20 %, –, 20 % | – | 25 %, 50 %: better |",
		"| b * | 1 | 20 %, –, – | – | 40 %, –, 40 % | – | 30 %, 50 %: worse |",
		`| b | 1 | failed: one \| two; three |`,
		"| mean |  | 20 %, –, – | – | 30 %, –, 30 % |",
	} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, text+Markdown(reported()[3:]), "NaN")
	for _, line := range strings.Split(text, "\n") { // every row of a table has the columns of its header
		if strings.HasPrefix(line, "| ") {
			require.Contains(t, []int{11, 14}, strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"), line)
		}
	}
}
