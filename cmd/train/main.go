// Command train fits the marketing-mix model to a panel and writes what comes out to a folder. The work is package
// train's; start reading there.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"deepcausalmmm/blas"
	"deepcausalmmm/internal/cli"
	"deepcausalmmm/panel"
	"deepcausalmmm/report"
	"deepcausalmmm/train"
)

func main() { cli.Main(command()) }

type options struct {
	config, data, out string
	blas              string
	overrides         train.Overrides
	seed              uint64
	quiet             bool
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "train --config FILE.yaml --out FOLDER",
		Short: "Fit the causal marketing-mix model to a panel",
		Long: "Train reads a panel of regions × weeks as its configuration says, fits the model, and writes the fit, the\n" +
			"contributions, the channel graph, the model and a dashboard of all that to a folder.",
		Example: "  train --config testdata/sample.yaml --out out\n" +
			"  train --config my.yaml --data panel.parquet --out out --set dag_mode=notears --set n_epochs=500",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("seed") {
				o.overrides.Set = append(o.overrides.Set, fmt.Sprintf("random_seed=%d", o.seed))
			}
			return fit(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.config, "config", "", "configuration, YAML (required)")
	flags.StringVar(&o.data, "data", "", "panel, CSV or Parquet, in the place of the configuration's data.file")
	flags.StringVar(&o.out, "out", "", "folder to write to (required)")
	flags.StringVar(&o.overrides.Preset, "preset", "", "defaults, in the place of the configuration's preset")
	flags.StringArrayVar(&o.overrides.Set, "set", nil, "key=value over the configuration, repeatable (a.b=v in a section)")
	flags.Uint64Var(&o.seed, "seed", 0, "seed, in the place of the configuration's random_seed")
	flags.StringVar(&o.blas, "blas", "", "what multiplies matrices: auto, go, or a library's path (default $"+
		blas.Variable+", or auto)")
	flags.BoolVar(&o.quiet, "quiet", false, "write nothing but errors")
	return cmd
}

func fit(ctx context.Context, o options, stdout io.Writer) error {
	if o.config == "" {
		return errors.New("--config is missing: name the configuration file")
	}
	if o.out == "" {
		return errors.New("--out is missing: name the folder to write to")
	}
	c, err := train.Load(o.config, o.overrides)
	if err != nil {
		return err
	}
	if o.data != "" {
		c.Data.File = o.data
	}
	if c.Data.File == "" {
		return fmt.Errorf("%s: no panel to read: set data.file, or give --data", o.config)
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
	t, err := train.New(c, p, train.Observer{Logf: show.logf, Epoch: show.epoch})
	if err != nil {
		return err
	}
	if err := train.Protect(o.out, o.config, c.Data.File); err != nil {
		return err
	}
	if err := train.Prepare(o.out); err != nil {
		return err
	}
	for _, line := range p.Report.Lines() {
		show.logf("%s", line)
	}
	if warning != "" {
		show.logf("warning: %s", warning)
	}
	show.logf("matrices are multiplied by %s", blas.Used())
	result, err := t.Run(ctx)
	show.end()
	if err != nil {
		return cli.Failure(err)
	}
	if err := result.Write(o.out); err != nil {
		return cli.Failure(err)
	}
	if err := report.Draw(o.out); err != nil {
		return cli.Failure(err)
	}
	for _, line := range result.Summary() {
		show.logf("%s", line)
	}
	show.logf("written to %s", o.out)
	return nil
}
