package panel

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// events is a table of one region whose control is words, one a week.
func events(cells ...string) string {
	table := "w,y,x,events\n"
	for week, cell := range cells {
		table += fmt.Sprintf("%d,5,1,%s\n", week+1, cell)
	}
	return table
}

func eventColumns() Columns {
	return Columns{Week: "w", Target: "y", Media: []string{"x"}, Controls: []string{"ev*"}}
}

// Words become indicators of all levels but the commonest, and a cell without a word is a level.
func TestWordsBecomeIndicators(t *testing.T) {
	for _, c := range []struct {
		cells, names []string
		control      []float64
	}{
		{[]string{"na", "event2", "", "event1", "NA"}, []string{"events=event1", "events=event2"}, []float64{0, 0, 0, 1, 0, 0, 1, 0, 0, 0}},
		{[]string{"b", "a", "b", "", "b"}, []string{"events=a", "events=none"}, []float64{0, 0, 1, 0, 0, 0, 0, 1, 0, 0}},
		{[]string{"a", "a"}, nil, nil},
	} {
		p, err := Read(write(t, "panel.csv", events(c.cells...)), eventColumns())
		require.NoError(t, err)
		require.Equal(t, c.names, p.Controls)
		require.Equal(t, c.control, p.Control)
		require.Contains(t, p.Report.String(), "events has words: ")
		require.Empty(t, p.Report.Words, "a level is no missing value")
	}
	treated := eventColumns()
	treated.Controls, treated.Treatments = nil, []string{"events"}
	p, err := Read(write(t, "panel.csv", events("sale", "", "")), treated)
	require.NoError(t, err)
	require.Equal(t, []string{"events=sale"}, p.Controls)
	require.True(t, p.IsTreatment(0))
}

func TestColumnsOfNumbersStayNumbers(t *testing.T) {
	p, err := Read(write(t, "panel.csv", events("1", "TRUE", "na", "-2")), eventColumns())
	require.NoError(t, err)
	require.Equal(t, []string{"events"}, p.Controls)
	require.Equal(t, []float64{1, 1, 1, -2}, p.Control)
	require.Equal(t, map[string]map[string]int{"controls": {"na": 1}}, p.Report.Words)
}

func TestBadCategories(t *testing.T) {
	many := make([]string, maxLevels+1)
	for i := range many {
		many[i] = fmt.Sprintf("name %c", 'a'+i)
	}
	for says, cells := range map[string][]string{
		`:3: column "events": "sale" is not a number`:                                              {"1", "sale"},
		`:4: column "events": "3" is a number, but "sale" on line 2 is a word`:                     {"sale", "", "3"},
		`:22: column "events": "name u" is the word number 21 of a column of words (a control has`: many,
	} {
		_, err := Read(write(t, "panel.csv", events(cells...)), eventColumns())
		require.ErrorContains(t, err, says)
	}
}

// A prediction has the training's indicators, whatever words its table has.
func TestPredictionHasTheTrainingsLevels(t *testing.T) {
	trained, err := Read(write(t, "panel.csv", events("none", "a", "b", "none")), eventColumns())
	require.NoError(t, err)
	c := eventColumns()
	c.Categories = trained.Categories
	for _, later := range []struct {
		cells   []string
		control []float64
	}{
		{[]string{"b", "b", "", ""}, []float64{0, 1, 0, 1, 0, 0, 0, 0}},
		{[]string{"a", "a"}, []float64{1, 0, 1, 0}},
		{[]string{"", ""}, []float64{0, 0, 0, 0}},
	} {
		p, err := Read(write(t, "panel.csv", events(later.cells...)), c)
		require.NoError(t, err)
		require.Equal(t, trained.Controls, p.Controls)
		require.Equal(t, later.control, p.Control)
	}
	_, err = Read(write(t, "panel.csv", events("c", "a")), c)
	require.ErrorContains(t, err, `column "events" has the word "c", which the training did not have (it had none, a, b)`)
	_, err = Read(write(t, "panel.csv", events("1", "0")), c)
	require.ErrorContains(t, err, `"1" is a number, but the training had words in this column`)

	trained, err = Read(write(t, "panel.csv", events("a", "b", "a")), eventColumns())
	require.NoError(t, err)
	c.Categories = trained.Categories
	p, err := Read(write(t, "panel.csv", events("b", "", "a")), c)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 1, 0}, p.Control, "without such a level an empty cell is missing")
}

// A missing row has no word: it takes its region's last, as controls do. An empty cell is a level.
func TestMissingRowsHaveNoWord(t *testing.T) {
	c := eventColumns()
	c.Region, c.MissingRows = "r", "complete"
	p, err := Read(write(t, "panel.csv", "r,w,y,x,events\na,1,5,1,sale\na,2,5,1,\na,3,5,1,\nb,1,5,1,sale\nb,3,5,1,\n"), c)
	require.NoError(t, err)
	require.Equal(t, []string{"events=sale"}, p.Controls)
	require.Equal(t, []float64{1, 0, 0, 1, 1, 0}, p.Control)
}
