package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestStatusDistinguishesInvalidInputFromFailure(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		line   string
	}{
		{nil, 0, ""},
		{errors.New("a.csv:3: no number"), Misuse, "work: a.csv:3: no number\n"},
		{errors.Join(errors.New("one"), errors.New("two")), Misuse, "work: one; two\n"},
		{Failure(errors.New("disk full")), Failed, "work: disk full\n"},
		{Failure(nil), 0, ""},
		{fmt.Errorf("epoch 7: %w", context.Canceled), Interrupted, "work: epoch 7: context canceled\n"},
		{Failure(context.Canceled), Interrupted, "work: context canceled\n"},
	} {
		var out, err bytes.Buffer
		cmd := &cobra.Command{Use: "work", RunE: func(*cobra.Command, []string) error { return c.err }}
		require.Equal(t, c.status, Run(t.Context(), cmd, []string{}, &out, &err))
		require.Equal(t, c.line, err.String())
		require.Empty(t, out.String())
	}
	var out, err bytes.Buffer
	cmd := &cobra.Command{Use: "work", RunE: func(*cobra.Command, []string) error { return nil }}
	require.Equal(t, Misuse, Run(t.Context(), cmd, []string{"surplus"}, &out, &err))
	require.Contains(t, err.String(), "surplus")
}
