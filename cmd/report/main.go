// Command report draws the dashboard of a training again from its output folder. The work is package report's; start
// reading there.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"deepcausalmmm/report"
	"deepcausalmmm/train"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// misuse is the exit status where the folder cannot be drawn.
const misuse = 2

func run(args []string, stdout, stderr io.Writer) int {
	cmd := command()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	if err := cmd.Execute(); err != nil {
		fmt.Fprintf(stderr, "report: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		return misuse
	}
	return 0
}

func command() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "report --out FOLDER",
		Short: "Draw the dashboard of a training again",
		Long: "Report reads the output folder of a training and draws " + train.Dashboard + " in it: one page that needs\n" +
			"no network and no other file.",
		Example:           "  report --out out",
		Args:              cobra.NoArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return errors.New("--out is missing: name the output folder of a training")
			}
			if err := report.Draw(dir); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "written to %s\n", filepath.Join(dir, train.Dashboard))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "out", "", "output folder of a training (required)")
	return cmd
}
