// Command train fits the marketing-mix model to a panel and writes what comes out to a folder. The work is package
// train's; start reading there.
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
	"deepcausalmmm/train/model"
)

func main() { cli.Main(command()) }

type options struct {
	config, data, out string
	table, sheet      string // to propose a configuration for
	resume            string
	compare           string // folder of a training, to be compared with the one that follows
	every             int    // epochs between two checkpoints
	blas              string
	ensemble, origins int // draws from the posterior; rolling origins
	weekly, check     bool
	byRegion          bool
	overrides         train.Overrides
	seed              uint64
	quiet             bool
}

// defaultEvery is how many epochs an interruption costs at most.
const defaultEvery = 100

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "train --config FILE.yaml --out FOLDER",
		Short: "Fit the causal marketing-mix model to a panel",
		Long: "Train reads a panel of regions × weeks as its configuration says, fits the model, and writes the fit, the\n" +
			"contributions, the channel graph, the model and a dashboard of all that to a folder.",
		Example: "  train --init panel.csv\n" +
			"  train --config testdata/sample.yaml --out out\n" +
			"  train --config my.yaml --data panel.parquet --out out --set dag_mode=notears --set n_epochs=500\n" +
			"  train --config my.yaml --out out --ensemble 500 --cv 4 --check\n" +
			"  train --resume out\n" +
			"  train --compare out_q1 out_q2",
		Args: func(_ *cobra.Command, args []string) error {
			if o.compare != "" && len(args) != 1 {
				return fmt.Errorf("--compare %s: name the two folders to compare, such as --compare out_q1 out_q2", o.compare)
			}
			if o.compare == "" && len(args) > 0 {
				return fmt.Errorf("unknown argument %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.compare != "" {
				return compare(o, args[0], cmd.OutOrStdout())
			}
			if cmd.Flags().Changed("seed") {
				o.overrides.Set = append(o.overrides.Set, fmt.Sprintf("random_seed=%d", o.seed))
			}
			if o.table != "" {
				return propose(o, cmd.OutOrStdout())
			}
			return fit(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		key, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
		if key = strings.ReplaceAll(key, "-", "_"); ok && train.Knows(key) {
			return fmt.Errorf("%w (a key of the configuration: write --set %s=VALUE)", err, key)
		}
		return err
	})
	flags := cmd.Flags()
	flags.StringVar(&o.config, "config", "", "configuration, YAML (required, but with --resume)")
	flags.StringVar(&o.table, "init", "", "table to write a commented configuration for, with guessed roles of its columns: to --config, or\n"+
		"to the table's name with .yaml")
	flags.StringVar(&o.sheet, "sheet", "", "with --init: sheet of a workbook")
	flags.StringVar(&o.data, "data", "", "panel: CSV, Excel or Parquet; overrides the configuration's data.file")
	flags.StringVar(&o.out, "out", "", "folder to write to (required, but with --resume)")
	flags.StringVar(&o.resume, "resume", "", "folder of an interrupted training: continue it, as it was configured")
	flags.StringVar(&o.compare, "compare", "", "folders of two trainings, FOLDER FOLDER: what moved from the first to the second, and whether beyond the\n"+
		"intervals; to --out, or to the second folder")
	flags.IntVar(&o.every, "checkpoint-every", defaultEvery, "epochs between two checkpoints, for --resume; 0: none")
	flags.IntVar(&o.ensemble, "ensemble", 0, "draws from the posterior, of which the intervals of effects and predictions are made (0: 200)")
	flags.IntVar(&o.origins, "cv", 0, "also forecast from K rolling origins, each with a model of its own, beside naive forecasts")
	flags.BoolVar(&o.weekly, "effects-by-week", false, "also write direct, indirect and total effects by region and week: effects_by_week.csv")
	flags.BoolVar(&o.byRegion, "by-region", false, "also write what channels return in each region: roi_by_region.csv")
	flags.BoolVar(&o.check, "check", false, "also try to refute the result by trainings of altered panels (about 5, with the weights of the result):\n"+
		"placebo channels, a random control, fewer weeks, early starts")
	flags.StringVar(&o.overrides.Preset, "preset", "", "overrides the configuration's preset")
	flags.StringArrayVar(&o.overrides.Set, "set", nil, "key=value over the configuration, repeatable (a.b=v in a section)")
	flags.Uint64Var(&o.seed, "seed", 0, "overrides the configuration's random_seed")
	flags.StringVar(&o.blas, "blas", "", "BLAS backend: auto, go, or the path of a library (default $"+
		blas.Variable+", or auto)")
	flags.BoolVar(&o.quiet, "quiet", false, "print errors only")
	return cmd
}

func fit(ctx context.Context, o options, stdout io.Writer) error {
	c, paused, err := o.configuration()
	if err != nil {
		return err
	}
	p, err := panel.Read(c.Data.File, c.Data.Columns)
	if err != nil {
		return err
	}
	warning, err := blas.Use(blas.Choice(o.blas))
	if err != nil {
		return err
	}
	show := newDisplay(stdout, o.quiet)
	t, err := train.New(c, p, model.Observer{Logf: show.logf, Step: show.step})
	if err != nil {
		return train.Locate(err, o.config, o.overrides)
	}
	if o.ensemble > 0 {
		if err := t.Ensemble(o.ensemble); err != nil {
			return fmt.Errorf("--ensemble: %w", err)
		}
	}
	if o.origins > 0 {
		if _, err := train.HasOrigins(c, p, o.origins); err != nil {
			return fmt.Errorf("--cv: %w", err)
		}
	}
	if o.weekly {
		if err := t.EffectsByWeek(); err != nil {
			return fmt.Errorf("--effects-by-week: %w", err)
		}
	}
	if o.byRegion {
		if err := t.CanAccountByRegion(); err != nil {
			return fmt.Errorf("--by-region: %w", err)
		}
	}
	if o.check {
		if err := t.CanRefute(); err != nil {
			return fmt.Errorf("--check: %w", err)
		}
	}
	if err := train.Protect(o.out, append(c.Files(), o.config)...); err != nil {
		return err
	}
	if err := train.Prepare(o.out); err != nil {
		return err
	}
	for _, line := range p.Report.Lines() {
		show.logf("%s", line)
	}
	for _, n := range t.Notices() {
		show.logf("%s", n.Line())
	}
	if warning != "" {
		show.logf("warning: %s", warning)
	}
	show.logf("BLAS backend: %s", blas.Used())
	if paused != nil {
		if err := t.Resume(paused); err != nil {
			return err
		}
	} else if saved := filepath.Join(o.out, train.CheckpointFile); exists(saved) {
		show.logf("warning: %s, of a training that did not end, will be replaced (train --resume %s would continue it)", saved, o.out)
	}
	t.SaveTo(o.out, o.every)
	result, err := t.Run(ctx)
	show.end()
	if err != nil {
		return explain(err, o.out)
	}
	if err := result.Account(o.byRegion); err != nil { // that must not cost the rest of the result
		show.logf("warning: returns and responses are left out: %v", err)
	}
	if err := deliver(result, o.out, show); err != nil {
		return cli.Failure(err)
	}
	if o.check {
		if err := check(ctx, result, o.out, show); err != nil {
			return explain(err, o.out)
		}
	}
	if o.origins > 0 {
		validation, err := train.Validate(ctx, c, p, o.origins, show.logf)
		if err != nil {
			return explain(err, o.out)
		}
		show.logf("%s", validation.Summary())
		return cli.Failure(validation.Write(o.out))
	}
	return nil
}

// check tries to refute the result, whose files are written already, and adds what came out to them.
func check(ctx context.Context, result *train.Result, out string, show *display) error {
	var err error
	if result.Refutation, err = train.Refute(ctx, result, show.logf); err != nil {
		return fmt.Errorf("%w; %s has the result without checks", err, out)
	}
	for _, line := range result.Refutation.Lines() {
		show.logf("%s", line)
	}
	return write(result, out)
}

// write writes the result's files and draws them.
func write(result *train.Result, out string) error {
	if err := result.Write(out); err != nil {
		return err
	}
	return report.Write(out, result)
}

// deliver writes the result and says what it is.
func deliver(result *train.Result, out string, show *display) error {
	if err := write(result, out); err != nil {
		return err
	}
	for _, warning := range result.Warnings {
		show.logf("warning: %s", warning)
	}
	for _, line := range result.Summary() {
		show.logf("%s", line)
	}
	show.logf("written to %s", out)
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// configuration is the file's, or that of the interrupted training, whose folder is then the output's.
func (o *options) configuration() (c train.Config, paused *train.Checkpoint, err error) {
	if o.ensemble < 0 || o.origins < 0 {
		return c, nil, fmt.Errorf("--ensemble %d and --cv %d: give a number of draws, or 0 for 200, and one of origins, or 0 for none", o.ensemble, o.origins)
	}
	if o.every < 0 {
		return c, nil, fmt.Errorf("--checkpoint-every is %d: give a number of epochs, or 0 for no checkpoints", o.every)
	}
	if o.resume != "" {
		if paused, err = o.paused(); err != nil {
			return c, nil, err
		}
		c = paused.Config
	}
	switch {
	case o.config != "":
		if c, err = train.Load(o.config, o.overrides); err != nil {
			return c, nil, err
		}
	case paused == nil:
		return c, nil, errors.New("--config is missing: name the configuration file")
	}
	if o.out == "" {
		return c, nil, errors.New("--out is missing: name the folder to write to")
	}
	if o.data != "" {
		c.Data.File = o.data
	}
	if c.Data.File == "" {
		return c, nil, fmt.Errorf("%s: no panel to read: set data.file, or give --data", o.config)
	}
	return c, paused, nil
}

// paused is the interrupted training.
func (o *options) paused() (*train.Checkpoint, error) {
	if o.out != "" && o.out != o.resume {
		return nil, fmt.Errorf("--out %s: a resumed training writes to its own folder, %s (leave --out away)", o.out, o.resume)
	}
	if o.config == "" && (o.overrides.Preset != "" || len(o.overrides.Set) > 0) {
		return nil, errors.New("--resume continues with the configuration as it was (leave --set, --preset and --seed away)")
	}
	o.out = o.resume
	return train.LoadCheckpoint(o.resume)
}

// explain says how to continue after an interruption.
func explain(err error, out string) error {
	var stopped *model.Interrupted
	if errors.As(err, &stopped) && stopped.Saved != "" {
		err = fmt.Errorf("%w (continue with: train --resume %s)", err, out)
	}
	return cli.Failure(err)
}
