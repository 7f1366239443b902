//go:build linux

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var inDocs = regexp.MustCompile(`go test \./(\S+) -run '\^\$' -bench '?([\w|.]+)`)

// Each benchmark that the command runs, or that docs/performance.md names, is declared in the package that is named with it.
func TestBenchmarksExist(t *testing.T) {
	for _, b := range benchmarks {
		name, _, _ := strings.Cut(b.pattern, "/")
		require.Regexp(t, "func "+strings.Trim(name, "^$")+`\(b \*testing\.B\)`, tests(t, b.pkg), b.name)
	}
	docs, err := os.ReadFile("../../docs/performance.md")
	require.NoError(t, err)
	commands := inDocs.FindAllSubmatch(docs, -1)
	require.NotEmpty(t, commands)
	for _, c := range commands {
		for name := range strings.SplitSeq(string(c[2]), "|") {
			require.Regexp(t, "func Benchmark"+name, tests(t, string(c[1])), string(c[0]))
		}
	}
}

// tests returns the text of a package's tests.
func tests(t *testing.T, pkg string) string {
	files, err := filepath.Glob(filepath.Join("../..", pkg, "*_test.go"))
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}

func TestOutputOfABenchmark(t *testing.T) {
	m, err := benchmark("goos: linux\nBenchmarkEpoch/blas=go-2 \t 8\t 250000000 ns/op\t 16.0 %gru\t 104 B/op\n")
	require.NoError(t, err)
	require.Equal(t, measures{"ns/op": 250000000, "s/epoch": 0.25, "%gru": 16, "B/op": 104}, m)
	_, err = benchmark("PASS")
	require.ErrorContains(t, err, "no benchmark ran")
}
