// Command evaluate measures the recommended model on panels whose truth is known. The work is package evaluate's; start reading
// there.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"deepcausalmmm/evaluate"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/internal/files"
)

func main() { cli.Main(command()) }

type options struct {
	worlds []string
	plans  int
	first  uint64
	risk   float64
	out    string
	only   string
	bars   string
	renew  string
	seed   uint64
	evaluate.Options
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "evaluate (--worlds FOLDER | --plans N) --out FOLDER",
		Short: "Measure the recommended model on panels whose truth is known",
		Long: "Evaluate trains on every panel X.csv of the folders that has its truth beside it, X.truth.json, with the\n" +
			"recommended preset and nothing but its defaults, and writes how far effects, intervals, graph and forecast\n" +
			"are from the truth: evaluate.csv by world, channels.csv by channel, evaluate.md with means. --plans simulates\n" +
			"N worlds instead, plans 13 weeks in each, plays the plan in the world and compares it with the best there is:\n" +
			"plans.csv by world, plan_channels.csv by channel, plans.md with means.",
		Example: "  evaluate --worlds worlds --out found\n" +
			"  evaluate --worlds worlds,panels --only 'geo_*' --ensemble 500 --jobs 4 --out found\n" +
			"  evaluate --plans 10 --out planned",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("seed") {
				o.Set = append(o.Set, fmt.Sprintf("random_seed=%d", o.seed))
			}
			if cmd.Flags().Changed("plans") {
				return runPlans(cmd.Context(), o, cmd.OutOrStdout())
			}
			return run(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&o.worlds, "worlds", nil, "folders of panels with truth files (required)")
	flags.IntVar(&o.plans, "plans", 0, "number of worlds to simulate, and to plan in")
	flags.Uint64Var(&o.first, "first", 1, "with --plans: seed of the first world; the others follow")
	flags.Float64Var(&o.risk, "risk", 0, "with --plans: quantile of the gain that plans maximise, such as 0.2; 0 is its mean")
	flags.StringVar(&o.out, "out", "", "folder to write to (required)")
	flags.StringVar(&o.only, "only", "", "glob of the worlds' names (default: all)")
	flags.IntVar(&o.Jobs, "jobs", runtime.GOMAXPROCS(0), "worlds at a time; results do not depend on it")
	flags.IntVar(&o.Ensemble, "ensemble", 0, "draws from the posterior of each world, for intervals (0: the preset's 200)")
	flags.StringVar(&o.bars, "bars", "", "bounds of figures, a YAML list; a bar that is missed is a failure")
	flags.StringVar(&o.renew, "renew", "", "Markdown file whose section between <!-- evaluate --> and <!-- end of evaluate -->, or with\n"+
		"--plans <!-- evaluate plans --> and its end, gets the tables too")
	flags.StringArrayVar(&o.Set, "set", nil, "key=value over the preset, repeatable (a.b=v in a section)")
	flags.Uint64Var(&o.seed, "seed", 0, "overrides the preset's random_seed")
	cmd.MarkFlagsMutuallyExclusive("worlds", "plans")
	for _, only := range []string{"only", "bars"} {
		cmd.MarkFlagsMutuallyExclusive(only, "plans")
	}
	for _, only := range []string{"first", "risk"} {
		cmd.MarkFlagsMutuallyExclusive(only, "worlds")
	}
	return cmd
}

func run(ctx context.Context, o options, stdout io.Writer) error {
	worlds, err := o.find()
	if err != nil {
		return err
	}
	bars, page, err := o.extras()
	if err != nil {
		return err
	}
	if err := o.prepare(worlds); err != nil {
		return err
	}
	began := time.Now()
	o.Done = func(r evaluate.Row, finished, all int) {
		left := time.Since(began) / time.Duration(finished) * time.Duration(all-finished)
		fmt.Fprintf(stdout, "%d/%d  %s  (%v left)\n", finished, all, r, left.Round(time.Second))
	}
	rows, err := evaluate.Run(ctx, worlds, o.Options)
	if err != nil {
		return err
	}
	if err := evaluate.Write(o.out, rows); err != nil {
		return cli.Failure(err)
	}
	fmt.Fprintf(stdout, "written to %s\n", filepath.Join(o.out, evaluate.MarkdownFile))
	failed := evaluate.Failed(rows)
	if page != nil && failed == nil {
		failed = page.Renew(evaluate.Markdown(rows))
	}
	return cli.Failure(errors.Join(failed, missed(evaluate.Missed(bars, rows))))
}

// runPlans checks plans in simulated worlds.
func runPlans(ctx context.Context, o options, stdout io.Writer) error {
	if o.plans < 1 {
		return fmt.Errorf("--plans %d: give a number of worlds, 1 or more", o.plans)
	}
	if !(o.risk >= 0 && o.risk < 1) {
		return fmt.Errorf("--risk %g: give a quantile between 0 and 1, such as 0.2, or 0 for the mean", o.risk)
	}
	if err := o.checkSizes(); err != nil {
		return err
	}
	var page *evaluate.Page
	if o.renew != "" {
		var err error
		if page, err = evaluate.OpenPage(o.renew, evaluate.PlansSection); err != nil {
			return err
		}
	}
	p := evaluate.PlanOptions{Options: o.Options, Count: o.plans, Seed: o.first, Risk: o.risk}
	if err := p.Check(); err != nil {
		return err
	}
	if err := files.Protect(o.out, evaluate.PlanFileNames, o.renew); err != nil {
		return err
	}
	if err := files.Prepare(o.out); err != nil {
		return err
	}
	p.Planned = func(r evaluate.PlanRow, finished, all int) { fmt.Fprintf(stdout, "%d/%d  %s\n", finished, all, r) }
	rows, err := evaluate.RunPlans(ctx, o.out, p)
	if err != nil {
		return err
	}
	if err := evaluate.WritePlans(o.out, rows); err != nil {
		return cli.Failure(err)
	}
	fmt.Fprintf(stdout, "written to %s\n", filepath.Join(o.out, evaluate.PlansMarkdownFile))
	failed := evaluate.FailedPlans(rows)
	if page != nil && failed == nil {
		failed = page.Renew(evaluate.PlansMarkdown(rows))
	}
	return cli.Failure(failed)
}

// missed is an error if bars are missed.
func missed(bars []string) error {
	if len(bars) == 0 {
		return nil
	}
	return fmt.Errorf("%d bars missed: %s", len(bars), strings.Join(bars, "; "))
}

// extras reads the bars, and the page to renew, nil if there is none.
func (o options) extras() (bars []evaluate.Bar, page *evaluate.Page, err error) {
	if o.bars != "" {
		if bars, err = evaluate.ReadBars(o.bars); err != nil {
			return nil, nil, err
		}
	}
	if o.renew != "" {
		page, err = evaluate.OpenPage(o.renew, evaluate.WorldsSection)
	}
	return bars, page, err
}

// prepare makes the output folder, unless its files would replace one that is read here.
func (o options) prepare(worlds []*evaluate.World) error {
	inputs := []string{o.bars, o.renew}
	for _, w := range worlds {
		inputs = append(inputs, w.Files()...)
	}
	if err := files.Protect(o.out, evaluate.FileNames, inputs...); err != nil {
		return err
	}
	return files.Prepare(o.out)
}

// checkSizes checks the flags that worlds and plans share.
func (o options) checkSizes() error {
	switch {
	case o.out == "":
		return errors.New("--out is missing: name the folder to write to")
	case o.Jobs < 1:
		return fmt.Errorf("--jobs %d: give a number of worlds at a time, 1 or more", o.Jobs)
	case o.Ensemble < 0:
		return fmt.Errorf("--ensemble %d: give a number of draws, or 0 for the preset's", o.Ensemble)
	}
	return nil
}

// find checks the flags and lists the worlds.
func (o options) find() ([]*evaluate.World, error) {
	if len(o.worlds) == 0 {
		return nil, errors.New("--worlds is missing: name folders of panels with truth files, or give --plans")
	}
	if err := o.checkSizes(); err != nil {
		return nil, err
	}
	worlds, err := evaluate.Find(o.worlds, o.only)
	if err != nil {
		return nil, err
	}
	return worlds, evaluate.Check(worlds, o.Options)
}
