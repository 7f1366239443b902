package panel

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpacing(t *testing.T) {
	for name, c := range map[string]struct {
		labels []string
		want   Spacing
		says   string
	}{
		"one week":     {[]string{"2021-01-04"}, Spacing{Unit: "date"}, ""},
		"even days":    {[]string{"2020-12-21", "2020-12-28", "2021-01-04"}, Spacing{Unit: "date", Step: 7}, ""},
		"even numbers": {[]string{"-2", "0", "2"}, Spacing{Unit: "integer", Step: 2}, ""},
		"a week that no region has": {
			[]string{"2021-01-04", "2021-01-11", "2021-01-25", "2021-02-01"},
			Spacing{Unit: "date", Step: 7, Gaps: []Gap{{"2021-01-11", "2021-01-25", 14}}},
			"weeks are 7 days apart, but not 2021-01-11 to 2021-01-25 (lags across are wrong)",
		},
		"year and week run together": {
			[]string{"202051", "202052", "202101", "202102"},
			Spacing{Unit: "date", Step: 7, Gaps: []Gap{{"2020-W52", "2021-W01", 14}}}, // 2020 has 53
			"weeks are 7 days apart, but not 2020-W52 to 2021-W01",
		},
		"equally common distances": {
			[]string{"1", "4", "6", "9", "11"},
			Spacing{Unit: "integer", Step: 2, Gaps: []Gap{{"1", "4", 3}, {"6", "9", 3}}},
			"weeks are 2 apart, but not 1 to 4, 6 to 9",
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := "r,w,y,x\n"
			for _, label := range c.labels {
				table += "a," + label + ",1,1\n"
			}
			p, err := Read(write(t, "panel.csv", table), small())
			require.NoError(t, err)
			require.Equal(t, c.want, p.Report.Spacing)
			if c.says == "" {
				require.Len(t, p.Report.Lines(), 1)
				return
			}
			require.Contains(t, p.Report.String(), c.says)
		})
	}
}
