package simulate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCalendarCountsMondays(t *testing.T) {
	weeks := newCalendar(time.Date(2023, time.January, 2, 0, 0, 0, 0, time.UTC), 130)
	for _, day := range weeks {
		require.Equal(t, time.Monday, day.Weekday())
	}
	require.Equal(t, "2025-06-23", weeks[129].Format(time.DateOnly))
	require.InDelta(t, 1, weeks.years(52), 0.01)
}

func TestWaveIsHighestAtItsPeakEveryYear(t *testing.T) {
	weeks := newCalendar(time.Date(2023, time.January, 2, 0, 0, 0, 0, time.UTC), 156)
	for t0 := 0; t0 < 156; t0 += 52 {
		crest := t0
		for t1 := t0; t1 < t0+52; t1++ {
			if weeks.wave(t1, 1, summer) > weeks.wave(crest, 1, summer) {
				crest = t1
			}
		}
		require.Equal(t, time.July, weeks[crest].Month())
	}
}
