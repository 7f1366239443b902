package panel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRolesOfColumns(t *testing.T) {
	table := strings.NewReplacer("note", "searches", `"a, b"`, "-3", ",\n", ",4\n").Replace(shop)
	c := Columns{
		Region: "area", Week: "monday", Target: "sales",
		Media: []string{"tv_sp*"}, Spend: []string{"*_cost"},
		Channels:  []Channel{{Name: "clicks", Exposure: "search_clicks", Kind: Organic}},
		Mediators: []string{"searches"}, Treatments: []string{"pri*"},
	}
	p, err := Read(write(t, "panel.csv", table), c)
	require.NoError(t, err)
	require.Equal(t, []string{"tv_spots", "clicks", "searches"}, p.Channels, "mediators last")
	require.Equal(t, []ChannelKind{Paid, Organic, Mediator}, p.Kinds)
	require.Equal(t, []float64{10, 5, -3, 0, 6, 4, 20, 7, 4}, p.Media[:9])
	require.Equal(t, []bool{true}, p.Treatments)
	require.Equal(t, []int{0, -1, -1}, p.SpendOf, "nobody pays for an organic channel")
	require.Equal(t, []string{"search_cost"}, p.Report.UnpairedSpend)
	require.Contains(t, p.Report.String(), "spend columns without a channel, not used: search_cost (pair them under data.channels)")
	again, err := p.First(2)
	require.NoError(t, err)
	require.Equal(t, p.Kinds, again.Kinds)
	require.Equal(t, p.Treatments, again.Treatments)
	require.Equal(t, p.SpendOf, again.SpendOf)
	var roles []string
	for _, column := range p.Fingerprint().Columns {
		roles = append(roles, column.Role)
	}
	require.Equal(t, []string{"media", "media", "mediators", "treatments", "target", "spend", "spend"}, roles)
}

// A column may be both exposure and spend, by globs or by a channel without an exposure.
func TestSpendMayBeTheExposure(t *testing.T) {
	path := write(t, "panel.csv", shop)
	both := shopColumns()
	both.Media = []string{"*_cost"}
	p, err := Read(path, both)
	require.NoError(t, err)
	require.Equal(t, []string{"tv_cost", "search_cost"}, p.Channels)
	require.Equal(t, p.Media, p.Spend)
	require.Equal(t, []int{0, 1}, p.SpendOf)

	named := both
	named.Media, named.Spend = nil, nil
	named.Channels = []Channel{{Spend: "search_cost"}, {Spend: "tv_cost"}}
	q, err := Read(path, named)
	require.NoError(t, err)
	require.Equal(t, p, q)

	q, err = Read(path, named.WithoutMoney())
	require.NoError(t, err)
	require.Equal(t, p.Media, q.Media, "a prediction needs the exposure")
	require.Nil(t, q.Spend)
}

// An explicit pair wins over names.
func TestChannelsNameTheirSpend(t *testing.T) {
	c := shopColumns()
	c.Media = nil
	c.Channels = []Channel{{Exposure: "tv_spots", Spend: "search_cost"}, {Exposure: "search_clicks"}}
	p, err := Read(write(t, "panel.csv", shop), c)
	require.NoError(t, err)
	require.Equal(t, []int{1, -1}, p.SpendOf)
	require.Equal(t, []string{"tv_cost"}, p.Report.UnpairedSpend)
	require.Equal(t, []string{"search_clicks"}, p.Report.WithoutSpend)
}

func TestPopulationAndRevenue(t *testing.T) {
	table := strings.NewReplacer("note", "people", `"a, b"`, "100", ",\n", ",120\n").Replace(shop)
	c := shopColumns()
	c.Population, c.Revenue = "people", "price"
	c.Treatments, c.Controls = c.Controls, nil
	p, err := Read(write(t, "panel.csv", table), c)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{340. / 3, 120}, p.Population, 1e-12)
	require.Equal(t, p.Control, p.Revenue, "the price is a treatment, too")
	require.Empty(t, p.Report.UnsteadyPopulation)

	c.Revenue = "2.5"
	p, err = Read(write(t, "panel.csv", strings.Replace(table, "100\n", "50\n", 1)), c)
	require.NoError(t, err)
	require.Equal(t, []float64{2.5, 2.5, 2.5, 2.5, 2.5, 2.5}, p.Revenue)
	require.Equal(t, []string{"north"}, p.Report.UnsteadyPopulation)
	require.Contains(t, p.Report.String(), "by more than 20 %, of which the mean counts: north")

	_, err = Read(write(t, "panel.csv", strings.ReplaceAll(table, ",120\n", ",0\n")), c)
	require.ErrorContains(t, err, `column "people": "0" is not above 0`)
	first := strings.SplitAfter(table, "\n")
	for i := 4; i < 7; i++ {
		first[i] = strings.Replace(first[i], ",120\n", ",\n", 1)
	}
	_, err = Read(write(t, "panel.csv", strings.Join(first, "")), c)
	require.ErrorContains(t, err, `region "south" has no population`)
}

func TestContradictionsOfChannels(t *testing.T) {
	for name, c := range map[string]struct {
		channels []Channel
		says     string
	}{
		"no column":          {[]Channel{{Name: "tv"}}, "names no column"},
		"mediator":           {[]Channel{{Exposure: "x", Kind: Mediator}}, "data.mediators"},
		"unknown kind":       {[]Channel{{Exposure: "x", Kind: "free"}}, `"free", which is not one of paid, organic`},
		"organic with spend": {[]Channel{{Exposure: "x", Spend: "y", Kind: Organic}}, "leave one of them out"},
		"one name twice":     {[]Channel{{Name: "tv", Exposure: "x"}, {Name: "tv", Exposure: "y"}}, `called "tv"`},
		"one exposure twice": {[]Channel{{Name: "a", Exposure: "x"}, {Name: "b", Exposure: "x"}}, `have the exposure "x"`},
		"one spend twice":    {[]Channel{{Exposure: "a", Spend: "x"}, {Exposure: "b", Spend: "x"}}, `have the spend "x"`},
	} {
		columns := small()
		columns.Channels = c.channels
		key, problem := columns.Check()
		require.Equal(t, "channels", key, name)
		require.Contains(t, problem, c.says, name)
		_, err := Read(write(t, "panel.csv", "r,w,y,x\n"), columns)
		require.ErrorContains(t, err, c.says, name)
	}
	for _, price := range []string{"0", "-1", "NaN", "Inf"} {
		key, problem := Columns{Revenue: price}.Check()
		require.Equal(t, "revenue_per_kpi", key)
		require.Contains(t, problem, "above 0")
	}
}

func TestNamesOfChannelsAreDistinct(t *testing.T) {
	c := shopColumns()
	c.Channels = []Channel{{Name: "price", Exposure: "tv_spots"}}
	_, err := Read(write(t, "panel.csv", shop), c)
	require.ErrorContains(t, err, `two channels or controls are called "price" (rename`)
}

func TestColumnErrorsOfRolesNameTheirKey(t *testing.T) {
	for key, with := range map[string]func(*Columns){
		"channels":        func(c *Columns) { c.Channels = []Channel{{Exposure: "tv_spot"}} },
		"mediators":       func(c *Columns) { c.Mediators = []string{"tv_spot"} },
		"treatments":      func(c *Columns) { c.Treatments = []string{"tv_spot"} },
		"population":      func(c *Columns) { c.Population = "tv_spot" },
		"revenue_per_kpi": func(c *Columns) { c.Revenue = "tv_spot" },
	} {
		c := shopColumns()
		with(&c)
		_, err := Read(write(t, "panel.csv", shop), c)
		require.ErrorContains(t, err, key+` "tv_spot" matches no column; did you mean "tv_spots"?`)
	}
	c := shopColumns()
	c.Mediators = []string{"search*"}
	_, err := Read(write(t, "panel.csv", shop), c)
	require.ErrorContains(t, err, `as media by "search_cl*" and as mediators by "search*" (give it one role)`)
}
