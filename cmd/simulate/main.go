// Command simulate writes a region × week panel whose causal truth is known, and that truth beside it, to test whether models
// find the graph, the direct contributions and the total effects. Package simulate generates the world; start reading there.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/simulate"
)

func main() { cli.Main(command()) }

// options are the flags that are not fields of the config.
type options struct {
	out                string
	channels, controls int
	world              string
	list               bool
	all                string
	do, lever          []string
	from, to           string
	experiments        []string
	returns            []float64
}

func command() *cobra.Command {
	config := simulate.DefaultConfig()
	o := options{channels: len(config.Channels), controls: len(config.Controls)}
	cmd := &cobra.Command{
		Use:   "simulate --out FILE.csv",
		Short: "Write a simulated region × week panel and its causal truth",
		Long: "Simulate writes a region × week panel to FILE.csv and its causal truth to FILE.truth.json: the channel\n" +
			"graph, carry-over and saturation, and each channel's direct contribution and total effect on sales.\n" +
			"Six channels are the named funnel; any other number draws a random graph. --world chooses a world that\n" +
			"breaks an assumption of marketing-mix models. --do and --lever also write FILE.do.csv: sales as they are\n" +
			"and as they would be, with the same noise. --experiment puts a lift test into the panel, and what it\n" +
			"measured into FILE.experiments.yaml.",
		Example: "  simulate --out panel.csv --regions 50 --weeks 156 --channels 8 --seed 3\n" +
			"  simulate --out panel.csv --world geo_cannibal --seed 3 --do tv_impressions=0\n" +
			"  simulate --out panel.csv --experiment tv_impressions=0,regions=6,from=2024-03-04,weeks=8",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd, config, o)
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
	flags.Float64SliceVar(&o.returns, "returns", nil, "LOW,HIGH: also write what each channel cost, at prices by which it returns that much by itself")
	flags.StringVar(&o.world, "world", "", "world of the catalogue, see --list; it has its own sizes and noise unless they are given")
	flags.BoolVar(&o.list, "list", false, "list the catalogue of worlds")
	flags.StringVar(&o.all, "all", "", "`folder` to write every world of the catalogue to")
	flags.StringSliceVar(&o.do, "do", nil, "channel=factor[,…]: also write sales with the exposures set to multiples")
	flags.StringSliceVar(&o.lever, "lever", nil, "channel=factor[,…]: the same with what planners decide multiplied; what channels move follows")
	flags.StringVar(&o.from, "from", "", "first week of --do and --lever, such as 2024-01-01; the first of the panel if not given")
	flags.StringVar(&o.to, "to", "", "their last week; the last of the panel if not given. What they carry over is counted after it")
	flags.StringArrayVar(&o.experiments, "experiment", nil,
		"channel[+channel]=factor,regions=N or names joined by +,from=week,weeks=N: a lift test in the panel; may be repeated")
	cmd.MarkFlagsMutuallyExclusive("world", "all", "list")
	for _, single := range []string{"out", "do", "lever", "from", "to", "experiment", "regions", "channels", "controls", "returns"} {
		cmd.MarkFlagsMutuallyExclusive("all", single)
		cmd.MarkFlagsMutuallyExclusive("list", single)
	}
	for _, size := range []string{"channels", "controls"} {
		cmd.MarkFlagsMutuallyExclusive("world", size)
	}
	return cmd
}

func run(cmd *cobra.Command, config simulate.Config, o options) error {
	stdout := cmd.OutOrStdout()
	if o.list {
		list(stdout)
		return nil
	}
	if o.all != "" {
		return writeAll(cmd, config, o.all)
	}
	if !strings.HasSuffix(o.out, ".csv") {
		return fmt.Errorf("--out %q: name the panel to write, FILE.csv", o.out)
	}
	var err error
	if o.world != "" {
		config, err = named(cmd, config, o.world)
	} else {
		config, err = config.Sized(o.channels, o.controls)
	}
	if err != nil {
		return err
	}
	if err := addExperiments(&config, o.experiments); err != nil {
		return err
	}
	if o.returns != nil {
		if len(o.returns) != 2 {
			return fmt.Errorf("--returns %v: write the least and the largest return, such as 0.5,3", o.returns)
		}
		config.Returns = [2]float64(o.returns)
	}
	change, err := o.intervention()
	if err != nil {
		return err
	}
	world, err := simulate.Run(config)
	if err != nil {
		return err
	}
	return write(stdout, world, o.out, change)
}

// list prints the catalogue.
func list(to io.Writer) {
	aligned := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, h := range simulate.Catalogue() {
		fmt.Fprintf(aligned, "%s\t%s\n", strings.Join(h.Names(), ", "), h.Says)
	}
	aligned.Flush()
}

// named returns the configuration of a world of the catalogue, with the flags that are given.
func named(cmd *cobra.Command, given simulate.Config, name string) (simulate.Config, error) {
	return simulate.NamedConfig(name, given.Seed, func(c *simulate.Config) {
		for flag, set := range map[string]func(){
			"regions": func() { c.Regions = given.Regions },
			"weeks":   func() { c.Weeks = given.Weeks },
			"noise":   func() { c.Noise = given.Noise },
			"missing": func() { c.Missing = given.Missing },
		} {
			if cmd.Flags().Changed(flag) {
				set()
			}
		}
	})
}

// writeAll writes the worlds of the catalogue to a folder.
func writeAll(cmd *cobra.Command, given simulate.Config, folder string) error {
	var worlds []*simulate.World
	var names []string
	for _, h := range simulate.Catalogue() {
		for _, name := range h.Names() {
			config, err := named(cmd, given, name)
			if err != nil {
				return err
			}
			world, err := simulate.Run(config)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			worlds, names = append(worlds, world), append(names, name)
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return cli.Failure(err)
	}
	for i, world := range worlds {
		if err := write(cmd.OutOrStdout(), world, filepath.Join(folder, names[i]+".csv"), nil); err != nil {
			return err
		}
	}
	return nil
}

// write writes the files of a world and says what they are.
func write(stdout io.Writer, world *simulate.World, path string, change *simulate.Intervention) error {
	if err := world.Save(path, change); err != nil {
		return err
	}
	truth := world.Truth()
	fmt.Fprintf(stdout, "%s: %d rows, %d regions × %d weeks, %d channels, %d controls\n",
		path, truth.Rows, truth.Regions, truth.Weeks, len(truth.Channels), len(truth.Controls))
	if n := len(truth.Experiments); n > 0 {
		fmt.Fprintf(stdout, "%s: %d measured lifts\n", simulate.ExperimentsPath(path), n)
	}
	if change != nil {
		under, err := world.Intervene(*change)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%s: %s change by %+.2f %%\n", simulate.DoPath(path), truth.Target, 100*under.Change())
	}
	fmt.Fprintf(stdout, "%s: %d edges; media earn %.1f %% of %s, wMAPE of the noise %.1f %%\n",
		simulate.TruthPath(path), len(truth.Edges), 100*truth.Shares["media"], truth.Target, 100*truth.NoiseWMAPE)
	return nil
}
