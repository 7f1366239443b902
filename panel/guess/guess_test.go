package guess

import (
	"deepcausalmmm/panel/table"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// isDates reads ISO dates and integers, which is enough here: the project's own reader of dates is tested where it is.
func isDates(cells []string) bool {
	for _, c := range cells {
		_, asDate := time.Parse(time.DateOnly, c)
		_, asNumber := strconv.Atoi(c)
		if asDate != nil && asNumber != nil {
			return false
		}
	}
	return true
}

// read reads a table as a user's file is read.
func read(t require.TestingT, text string) *Table {
	dir, err := os.MkdirTemp("", "guess")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "table.csv")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	out, err := Read(path, "")
	require.NoError(t, err)
	return out
}

// TestRoles states what an analyst would say of small tables with the names that people use.
func TestRoles(t *testing.T) {
	for name, c := range map[string]struct {
		table string
		want  map[Role][]string
	}{
		"a national table with suffixes": {
			"DATE,revenue,tv_S,facebook_I,search_clicks_P,search_S,competitor_sales_B,facebook_S,events,newsletter\n" +
				"2015-11-23,1,2,3,4,5,6,7,na,8\n2015-11-30,2,3,4,5,6,7,8,event1,9\n2015-12-07,3,4,5,6,7,8,9,na,10\n",
			map[Role][]string{
				Time: {"DATE"}, Target: {"revenue"}, Exposure: {"facebook_I", "search_clicks_P"}, Both: {"tv_S"}, Spend: {"search_S", "facebook_S"},
				Control: {"competitor_sales_B", "events"}, Organic: {"newsletter"},
			},
		},
		"a geo table with an index": {
			",geo,time,Channel0_impression,sentiment_score_control,Channel0_spend,Organic_channel0_impression,Promo,conversions,revenue_per_conversion,population\n" +
				"0,A,2021-01-25,1,-1,3,4,5,6,7,8\n1,A,2021-02-01,2,-2,4,5,6,7,8,8\n2,B,2021-01-25,3,1,5,6,7,8,9,9\n3,B,2021-02-01,4,2,6,7,8,9,10,9\n",
			map[Role][]string{
				Region: {"geo"}, Time: {"time"}, Target: {"conversions"}, Exposure: {"Channel0_impression"}, Spend: {"Channel0_spend"},
				Control: {"sentiment_score_control"}, Organic: {"Organic_channel0_impression"}, Treatment: {"Promo"},
				Revenue: {"revenue_per_conversion"}, Population: {"population"}, LeftOut: {""},
			},
		},
		"clocks and constants are left out": {
			"wk_strt_dt,yr_nbr,wk_nbr,sales,mdip_dm,mdip_so,mdsp_dm,mdsp_so,hldy_Easter,seas_week_40,one\n" +
				"2014-08-03,2014,1,9,1,5,2,4,0,0,1\n2014-08-10,2014,2,8,2,6,3,5,1,1,1\n2014-08-17,2014,3,7,3,7,4,6,0,0,1\n",
			map[Role][]string{
				Time: {"wk_strt_dt"}, Target: {"sales"}, Exposure: {"mdip_dm", "mdip_so"}, Spend: {"mdsp_dm", "mdsp_so"}, Control: {"hldy_Easter"},
				LeftOut: {"yr_nbr", "wk_nbr", "seas_week_40", "one"},
			},
		},
		"a long table": {
			"geo,week,variable,value\nA,2021-01-04,sales,1\nA,2021-01-04,tv,2\nB,2021-01-04,sales,3\nB,2021-01-11,tv,4\n",
			map[Role][]string{Region: {"geo"}, Time: {"week"}, Variable: {"variable"}, Value: {"value"}},
		},
	} {
		g := Roles(read(t, c.table), isDates)
		found := map[Role][]string{}
		for _, column := range g.Columns {
			found[column.Role] = append(found[column.Role], column.Name)
		}
		require.Equal(t, c.want, found, name)
	}
}

// TestQuestions: what a training cannot do without is asked for, and only that.
func TestQuestions(t *testing.T) {
	full := "week,sales,tv_impressions\n2021-01-04,1,2\n2021-01-11,2,3\n"
	require.Empty(t, Roles(read(t, full), isDates).Questions())
	for without, word := range map[string]string{"week": "data.week", "sales": "data.target", "tv_impressions": "data.media"} {
		text := strings.Replace(full, without, "control_a", 1)
		if without == "week" {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "2021-01-04", "2.5"), "2021-01-11", "1.5")
		}
		questions := Roles(read(t, text), isDates).Questions()
		require.Len(t, questions, 1, text)
		require.Contains(t, questions[0], word)
	}
	twice := "geo,week,sales,tv_impressions\nA,2021-01-04,1,2\nA,2021-01-04,1,2\nB,2021-01-04,2,3\nB,2021-01-11,2,3\n"
	require.Contains(t, strings.Join(Roles(read(t, twice), isDates).Questions(), ""), "data.duplicates")
}

// TestEveryColumnHasOneRole: whatever a table holds, each of its columns is proposed once, with a reason, and no text breaks it.
func TestEveryColumnHasOneRole(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		columns := rapid.IntRange(1, 6).Draw(r, "columns")
		names := rapid.SliceOfN(rapid.String(), columns, columns).Draw(r, "names")
		cell := rapid.Custom(func(r *rapid.T) table.Cell {
			text := rapid.StringMatching(`[0-9a-z.\-]{0,4}`).Draw(r, "text")
			return table.Cell{Text: text, Missing: text == ""}
		})
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, columns, columns), 1, 6).Draw(r, "rows")
		g := Roles(&Table{Names: names, Rows: rows}, isDates)
		require.Len(r, g.Columns, columns)
		for i, c := range g.Columns {
			require.Equal(r, names[i], c.Name)
			require.NotEmpty(r, c.Why)
		}
		g.YAML("table.csv", "")
	})
}

// TestTokens splits names as people read them.
func TestTokens(t *testing.T) {
	for name, want := range map[string][]string{
		"tv_spend": {"tv", "spend"}, "tvSpend2": {"tv", "spend"}, "Channel0_impression": {"channel", "impression"},
		"GRPs tv": {"grps", "tv"}, "TV": {"tv"}, "TVSpend": {"tv", "spend"}, "": nil, "123": nil, "Öffentliche Ausgaben": {"öffentliche", "ausgaben"},
	} {
		require.Equal(t, want, tokens(name), name)
	}
}

// TestPublicTables: of tables that others have published, target and time are found.
func TestPublicTables(t *testing.T) {
	for file, want := range map[string][2]string{
		"geo_media.csv": {"time", "conversions"}, "robyn_weekly.csv": {"DATE", "revenue"}, "meridian_national.csv": {"time", "conversions"},
		"retail_weekly.csv": {"wk_strt_dt", "sales"}, "dma_panel.csv": {"weekid", "target_visits"}, "meridian_geo_all_channels.csv": {"time", "conversions"},
	} {
		path := filepath.Join("../../../shared/data", file)
		if _, err := os.Stat(path); err != nil {
			t.Skip("the public tables are not here")
		}
		read, err := Read(path, "")
		require.NoError(t, err)
		g := Roles(read, isDates)
		require.Equal(t, want, [2]string{g.First(Time), g.First(Target)}, file)
		require.Empty(t, g.Questions(), file)
	}
}
