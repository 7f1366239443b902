// Command plan decides what to spend on each channel in weeks to come: with a trained model it finds the plan that sells most for a
// budget, or reaches a goal with the least, and values plans that someone wrote beside it. The work is that of packages train and
// train/plan; start reading at train.Saved.Planner.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"deepcausalmmm/internal/blas"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/panel"
	"deepcausalmmm/report"
	"deepcausalmmm/train"
	"deepcausalmmm/train/plan"
)

func main() { cli.Main(command()) }

type options struct {
	model, out                 string
	from, reference            string
	weeks                      int
	planned, sheet             string
	constraints                string
	budget, kpi, marginal, roi float64
	given                      func(flag string) bool
	by                         string
	risk                       float64
	evaluate                   []string
	blas                       string
	quiet                      bool
}

// goals are the flags that say what a plan is for, of which one is given.
var goals = []string{"budget", "kpi", "marginal-roi", "roi"}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "plan --model FILE.safetensors --weeks N --out FOLDER",
		Short: "Plan what to spend on each channel",
		Long: "Plan finds what to spend on each channel in the weeks that follow a training's: the most for a budget, or a goal with\n" +
			"the least spend, along the learned graph. It writes plan.csv, plan.json and a page, plan.html. docs/plan.md says what a\n" +
			"plan assumes.",
		Example: "  plan --model out/model.safetensors --budget 1.2e6 --weeks 13 --out plan\n" +
			"  plan --model out/model.safetensors --marginal-roi 1 --weeks 13 --by channel,week --constraints plan.yaml --out plan\n" +
			"  plan --model out/model.safetensors --weeks 13 --evaluate mine.csv --evaluate other.csv --out plan",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.given = cmd.Flags().Changed
			return run(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.model, "model", "", "model file that a training wrote (required)")
	flags.StringVar(&o.from, "from", "", "first week of the plan (default: the one after the training's last); within the training's weeks, what\n"+
		"should have been done in them")
	flags.IntVar(&o.weeks, "weeks", 0, "number of weeks, or of days or months if the training has those (required)")
	flags.Float64Var(&o.budget, "budget", 0, "the most value for this spend (default: the status quo's)")
	flags.Float64Var(&o.kpi, "kpi", 0, "the least spend for this much of the KPI, in its units, over the plan's weeks")
	flags.Float64Var(&o.marginal, "marginal-roi", 0, "all money whose next unit returns at least this much")
	flags.Float64Var(&o.roi, "roi", 0, "the most value whose ratio to all spend is at least this much")
	flags.StringVar(&o.by, "by", "channel", "what is planned apart: channel, or channel,week or channel,region or all three: all")
	flags.Float64Var(&o.risk, "risk", 0, "quantile of the gain that is maximised instead of its mean, such as 0.2, to be cautious")
	flags.StringVar(&o.reference, "reference", "", "first week of the reference period, or year-before (default: the training's last weeks)")
	flags.StringVar(&o.planned, "plan", "", "table with the columns of the training's: exposures of the plan's weeks, in place of the reference period's")
	flags.StringVar(&o.sheet, "sheet", "", "with --plan: sheet of a workbook")
	flags.StringVar(&o.constraints, "constraints", "", "bounds on channels, groups, weeks and regions, YAML; see docs/plan.md")
	flags.StringArrayVar(&o.evaluate, "evaluate", nil, "table of spend that someone wrote, to be valued beside the plan; may be repeated")
	flags.StringVar(&o.out, "out", "", "folder to write to (required)")
	flags.StringVar(&o.blas, "blas", "", "BLAS backend: auto, go, or the path of a library (default $"+blas.Variable+", or auto)")
	flags.BoolVar(&o.quiet, "quiet", false, "print errors only")
	cmd.MarkFlagsMutuallyExclusive(goals...)
	return cmd
}

func run(ctx context.Context, o options, stdout io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	logf := func(format string, args ...any) {
		if !o.quiet {
			fmt.Fprintf(stdout, format+"\n", args...)
		}
	}
	warning, err := blas.Use(blas.Choice(o.blas))
	if err != nil {
		return err
	}
	if warning != "" {
		logf("warning: %s", warning)
	}
	saved, err := train.LoadModel(o.model)
	if err != nil {
		return err
	}
	planner, err := o.planner(saved)
	if err != nil {
		return err
	}
	if err := train.ProtectPlan(o.out, append([]string{o.model, o.planned, o.constraints}, o.evaluate...)...); err != nil {
		return err
	}
	planned, err := planner.Run(ctx)
	var impossible *plan.Infeasible
	switch {
	case errors.As(err, &impossible):
		return err
	case err != nil:
		return cli.Failure(err)
	}
	if err := train.Prepare(o.out); err != nil {
		return err
	}
	if err := planned.Write(o.out, func(w io.Writer) error { return report.DrawPlan(w, planned) }); err != nil {
		return cli.Failure(err)
	}
	for _, line := range planned.Lines() {
		logf("%s", line)
	}
	logf("written to %s: look at %s", o.out, filepath.Join(o.out, train.PlanPage))
	return o.redraw()
}

// redraw adds the plan to the dashboard of its model's training, if it lies in the same folder.
func (o options) redraw() error {
	trained, err := os.Stat(filepath.Dir(o.model))
	if err != nil {
		return cli.Failure(err)
	}
	out, err := os.Stat(o.out)
	if err != nil {
		return cli.Failure(err)
	}
	if _, err := os.Stat(filepath.Join(o.out, train.Dashboard)); err != nil || !os.SameFile(trained, out) {
		return nil
	}
	result, err := train.LoadResult(o.out)
	if err != nil {
		return err
	}
	return cli.Failure(report.Write(o.out, result))
}

// check refuses flags that are missing or out of range.
func (o options) check() error {
	for _, f := range []struct{ name, value, what string }{
		{"model", o.model, "the model file that a training wrote"}, {"out", o.out, "the folder to write to"},
	} {
		if f.value == "" {
			return fmt.Errorf("--%s is missing: name %s", f.name, f.what)
		}
	}
	if o.weeks < 1 {
		return fmt.Errorf("--weeks is %d: give the number of weeks to plan, 1 or more", o.weeks)
	}
	for flag, value := range map[string]float64{"budget": o.budget, "kpi": o.kpi, "marginal-roi": o.marginal, "roi": o.roi} {
		if o.given(flag) && !(value > 0 && value < 1e30) {
			return fmt.Errorf("--%s is %g: give a number above 0", flag, value)
		}
	}
	if o.given("risk") && !(o.risk > 0 && o.risk < 1) {
		return fmt.Errorf("--risk is %g: give a quantile between 0 and 1, such as 0.2", o.risk)
	}
	if o.sheet != "" && o.planned == "" {
		return fmt.Errorf("--sheet %s: --plan is missing: a sheet is of its workbook", o.sheet)
	}
	return nil
}

// planner reads what the flags name.
func (o options) planner(saved *train.Saved) (*train.Planner, error) {
	q := train.PlanRequest{
		Horizon: train.HorizonRequest{From: o.from, Weeks: o.weeks, Reference: o.reference}, Goal: o.goal(), Risk: o.risk,
	}
	var err error
	if q.Resolution, err = resolution(o.by); err != nil {
		return nil, err
	}
	if q.Constraints, err = train.ReadConstraints(o.constraints); err != nil {
		return nil, err
	}
	if o.planned != "" {
		columns := saved.Columns()
		columns.Plan, columns.Sheet, columns.Holidays = true, o.sheet, ""
		if q.Horizon.Planned, err = panel.Read(o.planned, columns); err != nil {
			return nil, err
		}
	}
	for _, path := range o.evaluate {
		t, err := saved.ReadPlanTable(path)
		if err != nil {
			return nil, err
		}
		q.Tables = append(q.Tables, t)
	}
	return saved.Planner(q)
}

func (o options) goal() plan.Goal {
	switch {
	case o.given("kpi"):
		return plan.Goal{Kind: plan.LeastBudget, Amount: o.kpi, Total: true}
	case o.given("marginal-roi"):
		return plan.Goal{Kind: plan.MarginalROI, Amount: o.marginal}
	case o.given("roi"):
		return plan.Goal{Kind: plan.TotalROI, Amount: o.roi}
	}
	return plan.Goal{Kind: plan.MostValue, Amount: o.budget}
}

// resolution reads --by.
func resolution(by string) (plan.Resolution, error) {
	var r plan.Resolution
	for part := range strings.SplitSeq(by, ",") {
		switch strings.TrimSpace(part) {
		case "channel":
		case "week":
			r.ByWeek = true
		case "region":
			r.ByRegion = true
		case "all":
			r.ByWeek, r.ByRegion = true, true
		default:
			return r, fmt.Errorf("--by %s: %q is not one of channel, week, region, all", by, part)
		}
	}
	return r, nil
}
