package panel

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func axisOf(t require.TestingT, r Resolution, weeks ...string) Axis {
	p, err := New(Panel{Regions: []string{"a"}, Weeks: weeks, Channels: []string{"tv"}, Media: make([]float64, len(weeks)), Resolution: r})
	require.NoError(t, err)
	return p.Axis()
}

// A label of a position lies in this position.
func TestLabelsOfAnAxisAreAtTheirPositions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom([]Axis{
			axisOf(t, Resolution{}, "2021-01-04", "2021-01-11"), axisOf(t, Resolution{}, "5", "7"),
			axisOf(t, Resolution{}, "2021-01-01", "2021-02-01"), axisOf(t, Resolution{}, "2021-01-31", "2021-02-28", "2021-03-31"),
			axisOf(t, Resolution{}, "2021-01-01", "2021-04-01", "2021-07-01"), axisOf(t, Resolution{}, "2021-W01", "2021-W02", "2021-W03"),
			axisOf(t, Resolution{}, "2021-01", "2021-02", "2021-03"), axisOf(t, Resolution{}, "2021-Q1", "2021-Q2"),
		}).Draw(t, "axis")
		want := rapid.IntRange(-300, 300).Draw(t, "position")
		position, exact, err := a.Position(a.Label(want))
		require.NoError(t, err)
		require.Equal(t, want, position)
		require.True(t, exact)
	})
}

// A date that begins no step is in the step that it lies in.
func TestDatesLieInTheirSteps(t *testing.T) {
	weekly := axisOf(t, Resolution{}, "2021-01-04", "2021-01-11")
	for label, want := range map[string]int{"2021-01-11": 0, "2021-01-17": 0, "2021-01-18": 1, "2021-01-10": -1, "2021-01-03": -2} {
		position, _, err := weekly.Position(label)
		require.NoError(t, err)
		require.Equal(t, want, position, label)
	}
	monthly := axisOf(t, Resolution{Month, 1}, "2021-01-01", "2021-02-01")
	position, exact, err := monthly.Position("2021-12-31")
	require.NoError(t, err)
	require.Equal(t, 10, position)
	require.False(t, exact)
	_, _, err = weekly.Position("7")
	require.ErrorContains(t, err, `week "7" is not written as the training's, "2021-01-11"`)
}

// Weeks of a prediction's table that fit two notations are read in the training's, or so that they follow its weeks.
func TestAmbiguousWeeksAreReadAsTheTraining(t *testing.T) {
	plan := "w,y,x\n2/5/2024,1,1\n2/12/2024,1,1\n"
	columns := small()
	columns.Region = ""
	path := filepath.Join(t.TempDir(), "plan.csv")
	_, err := readText(path, plan, columns)
	require.ErrorContains(t, err, "set data.date_format")
	for label, want := range map[string][]string{
		"1/22/2024,1/29/2024": {"2024-02-05", "2024-02-12"}, "22/1/2024,29/1/2024": {"2024-05-02", "2024-12-02"},
		"2024-01-22,2024-01-29": {"2024-02-05", "2024-02-12"}, "2023-12-02,2024-03-02": {"2024-05-02", "2024-12-02"},
	} {
		if columns.Training, err = readLabels(t, strings.Split(label, ","), ""); err != nil {
			t.Fatal(err)
		}
		p, err := readText(path, plan, columns)
		require.NoError(t, err, label)
		require.Equal(t, want, p.Weeks, label)
	}
}
