// Command simulate writes a region × week panel whose causal truth is known, and that truth beside it, to test whether models
// find the graph, the direct contributions and the total effects. Package simulate generates the world; start reading there.
package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/simulate"
)

func main() { cli.Main(command()) }

// options are the flags that are not fields of the config.
type options struct {
	out                string
	channels, controls int
}

func command() *cobra.Command {
	config := simulate.DefaultConfig()
	o := options{channels: len(config.Channels), controls: len(config.Controls)}
	cmd := &cobra.Command{
		Use:   "simulate --out FILE.csv",
		Short: "Write a simulated region × week panel and its causal truth",
		Long: "Simulate writes a region × week panel to FILE.csv and its causal truth to FILE.truth.json: the channel\n" +
			"graph, adstock and saturation, and each channel's direct contribution and total effect on sales.\n" +
			"Six channels are the named funnel; any other number draws a random graph.",
		Example: "  simulate --out panel.csv --regions 50 --weeks 156 --channels 8 --seed 3",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return write(cmd.OutOrStdout(), config, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.out, "out", "", "panel to write, FILE.csv; the truth goes to FILE.truth.json (required)")
	flags.IntVar(&config.Regions, "regions", config.Regions, "number of regions")
	flags.IntVar(&config.Weeks, "weeks", config.Weeks, "number of weeks")
	flags.IntVar(&o.channels, "channels", o.channels, "number of media channels")
	flags.IntVar(&o.controls, "controls", o.controls, "number of controls")
	flags.Uint64Var(&config.Seed, "seed", config.Seed, "seed; the same seed gives the same bytes")
	flags.Float64Var(&config.Noise, "noise", config.Noise, "standard deviation of the noise / the baseline")
	flags.Float64Var(&config.Missing, "missing", config.Missing, "share of region-weeks to leave out")
	return cmd
}

func write(stdout io.Writer, config simulate.Config, o options) error {
	if !strings.HasSuffix(o.out, ".csv") {
		return fmt.Errorf("--out %q: name the panel to write, FILE.csv", o.out)
	}
	config, err := config.Sized(o.channels, o.controls)
	if err != nil {
		return err
	}
	world, err := simulate.Run(config)
	if err != nil {
		return err
	}
	if err := world.Save(o.out); err != nil {
		return cli.Failure(err)
	}
	truth := world.Truth()
	fmt.Fprintf(stdout, "%s: %d rows, %d regions × %d weeks, %d channels, %d controls\n",
		o.out, truth.Rows, truth.Regions, truth.Weeks, len(truth.Channels), len(truth.Controls))
	fmt.Fprintf(stdout, "%s: %d edges; media earn %.1f %% of %s, wMAPE of the noise %.1f %%\n",
		simulate.TruthPath(o.out), len(truth.Edges), 100*truth.Shares["media"], truth.Target, 100*truth.NoiseWMAPE)
	return nil
}
