package simulate_test

import (
	"fmt"

	"deepcausalmmm/simulate"
)

// Simulate a world of two channels, of which television raises search, and read its truth.
func ExampleRun() {
	c := simulate.DefaultConfig()
	c.Regions, c.Weeks = 4, 60
	c.Channels, c.Edges = []string{"search", "tv"}, [][2]string{{"tv", "search"}}
	w, err := simulate.Run(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	truth := w.Truth()
	fmt.Printf("%d rows, causal order %v\n", truth.Rows, truth.CausalOrder)
	for _, channel := range c.Channels {
		fmt.Printf("%-6s direct %.1f %%, total %.1f %% of sales\n", channel,
			100*truth.DirectContribution[channel]/truth.KPITotal, 100*truth.TotalEffect[channel]/truth.KPITotal)
	}
	// Output:
	// 240 rows, causal order [tv search]
	// search direct 19.5 %, total 19.5 % of sales
	// tv     direct 14.5 %, total 22.5 % of sales
}
