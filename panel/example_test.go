package panel_test

import (
	"fmt"

	"deepcausalmmm/panel"
)

// Read a table and split its weeks.
func ExampleRead() {
	p, err := panel.Read("../testdata/sample.csv", panel.Columns{
		Region: "region", Week: "week", Target: "sales", Media: []string{"*_impressions"}, Controls: []string{"control_*"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Report)
	train, holdout, err := p.Split(0.12, 40)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("training weeks %s to %s, %d weeks held out\n", p.Weeks[train.From], p.Weeks[train.To-1], holdout.Len())
	// Output:
	// ../testdata/sample.csv: 3120 rows, 24 regions × 130 weeks (2023-01-02 to 2025-06-23)
	// training weeks 2023-01-02 to 2025-03-10, 15 weeks held out
}
