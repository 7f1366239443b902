// Package cli runs a command with the conventions of the project: an error is one line on stderr, the exit status distinguishes
// invalid input from a failure, and an interrupt ends the work in order.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	Failed      = 1   // the work failed: a loss diverged, the disk is full; see Failure
	Misuse      = 2   // invalid input: flags, files, folders
	Interrupted = 130 // by the user; the status of SIGINT in shells
)

// Failure marks an error that is not caused by the user's input.
func Failure(err error) error {
	if err == nil {
		return nil
	}
	return &failure{err}
}

type failure struct{ error }

func (f *failure) Unwrap() error { return f.error }

// Main runs a command on the arguments of the process, and exits. The first interrupt ends the work in order, the second
// immediately.
func Main(cmd *cobra.Command) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(Run(ctx, cmd, os.Args[1:], os.Stdout, os.Stderr))
}

// Run runs a command and returns its exit status.
func Run(ctx context.Context, cmd *cobra.Command, args []string, stdout, stderr io.Writer) int {
	if cmd.Args == nil {
		cmd.Args = cobra.NoArgs
	}
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.Flags().SortFlags = false
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %s\n", cmd.Name(), strings.ReplaceAll(err.Error(), "\n", "; "))
	var f *failure
	switch {
	case errors.Is(err, context.Canceled):
		return Interrupted
	case errors.As(err, &f):
		return Failed
	}
	return Misuse
}
