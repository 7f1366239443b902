//go:build linux

// Performance prints the tables of docs/performance.md: this model against the same network in PyTorch, on one machine and in
// one run. From the root of the project:
//
//	go run ./internal/performance --peer torch_epoch.py >tables.md
//
// The peer is a script that times one epoch and prints one line of JSON; without it, only ours is measured. The contestants
// take turns, each in its own process, and the tables show medians over the rounds, so that a slow minute of the machine
// affects all of them.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"deepcausalmmm/internal/blas"
	"deepcausalmmm/panel"
)

// gigaflops counts the multiplications and additions of an epoch's matrix products at the reference size, forward and
// backward: the GRU's input and hidden products and both heads, with rows = 190·102, hidden = 280, input = 13 + 140.
const gigaflops = 3 * 2 * 190 * 102 * (153*840 + 280*840 + 2*(280*280+280*140) + 140*13 + 140*7) / 1e9

func main() {
	peer := flag.String("peer", "", "script that times an epoch in PyTorch")
	python := flag.String("python", "/usr/bin/python3", "what runs it")
	rounds := flag.Int("rounds", 5, "turns of each contestant")
	flag.Parse()
	if *rounds < 1 {
		fmt.Fprintln(os.Stderr, "performance: --rounds: give one round or more")
		os.Exit(2)
	}
	if err := run(*peer, *python, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

// contestant runs in its own process and measures itself.
type contestant struct {
	name    string
	args    []string
	env     []string
	read    func(out string) (measures, error)
	results []measures
}

// measures by unit: s/epoch, MB, B/epoch, GFLOP/s and so on.
type measures map[string]float64

// median returns the median of a unit over the rounds.
func (c *contestant) median(unit string) float64 {
	var all []float64
	for _, m := range c.results {
		all = append(all, m[unit])
	}
	slices.Sort(all)
	return panel.Median(all)
}

// goBenchmark is a contestant of ours.
type goBenchmark struct {
	name    string
	pkg     string // from the root of the project
	pattern string // of the benchmark, for -test.bench
	times   int
}

// benchmarks are the contestants of ours, in the order of report's arguments.
var benchmarks = []goBenchmark{
	epoch("ours, Go", "go", 190, 8), epoch("ours, OpenBLAS", "openblas", 190, 8), epoch("ours, Go, 380 regions", "go", 380, 4),
	{"peak, Go", "train/neural", "^BenchmarkPeak$/^blas=go$", 40},
	{"peak, OpenBLAS", "train/neural", "^BenchmarkPeak$/^blas=openblas$", 40},
	{"h and its gradient, 200 nodes", "dag", "^BenchmarkAcyclicityGrad$/^200$", 40},
}

func epoch(name, blas string, regions, times int) goBenchmark {
	pattern := fmt.Sprintf("^BenchmarkEpoch$/^blas=%s$/^float32$/^hidden=280$/^regions=%d$", blas, regions)
	return goBenchmark{name, "train/neural", pattern, times}
}

// build compiles the tests of the package to a file in bin, once.
func (b goBenchmark) build(bin string) (*contestant, error) {
	file := filepath.Join(bin, strings.ReplaceAll(b.pkg, "/", "_")+".test")
	if _, err := os.Stat(file); err != nil {
		if out, err := exec.Command("go", "test", "-c", "-o", file, "./"+b.pkg).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go test -c ./%s: %w: %s", b.pkg, err, out)
		}
	}
	return &contestant{name: b.name, read: benchmark,
		args: []string{file, "-test.run", "^$", "-test.bench", b.pattern, "-test.benchtime", fmt.Sprint(b.times, "x")}}, nil
}

func run(peer, python string, rounds int) error {
	bin, err := os.MkdirTemp("", "performance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	all := make([]*contestant, len(benchmarks))
	for i, b := range benchmarks {
		if all[i], err = b.build(bin); err != nil {
			return err
		}
	}
	pure, open, twice, peak, peakOpen, h := all[0], all[1], all[2], all[3], all[4], all[5]
	var peers []*contestant
	var expm *contestant
	if peer != "" {
		peers = torch(python, peer)
		expm = &contestant{name: "scipy.linalg.expm, 200 nodes", args: []string{python, "-c", scipy}, read: jsonLine}
		all = append(append(all, peers...), expm)
	}
	for round := range rounds {
		for _, c := range all {
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, rounds, c.name)
			if err := c.measure(); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	report(pure, open, twice, peak, peakOpen, h, expm, peers)
	return nil
}

// torch lists the peer's runs: one or two threads, as installed or with OpenBLAS's kernels for AVX-512 if the processor has
// it, on POSIX threads or OpenMP.
func torch(python, script string) (all []*contestant) {
	const openmp = "/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0"
	type setting struct {
		name string
		env  []string
	}
	settings := []setting{{"as installed", nil}}
	if blas.AVX512() { // elsewhere these kernels die of an illegal instruction
		settings = append(settings, setting{"AVX-512 kernels", []string{"OPENBLAS_CORETYPE=SkylakeX"}},
			setting{"AVX-512 kernels, OpenMP", []string{"OPENBLAS_CORETYPE=SkylakeX", "LD_PRELOAD=" + openmp}})
	}
	for _, s := range settings {
		for _, threads := range []string{"1", "2"} {
			all = append(all, &contestant{
				name: fmt.Sprintf("PyTorch, %s, threads: %s", s.name, threads), env: s.env, read: jsonLine,
				args: []string{python, script, "--regions", "190", "--weeks", "102", "--media", "13", "--controls", "7", "--hidden", "280",
					"--mode", "notears", "--epochs", "8", "--threads", threads},
			})
		}
	}
	return all
}

// scipy times the matrix exponential of BenchmarkAcyclicityGrad's W∘W, and ∂h/∂W from it.
const scipy = `
import json, time, statistics, numpy as np
from scipy.linalg import expm
n = 200
i, j = np.indices((n, n))
w = 0.1 / (1 + (i * 31 + j * 17) % 7)
def once():
    t = time.perf_counter()
    e = expm(w * w)
    h, grad = np.trace(e) - n, 2 * w * e.T
    return time.perf_counter() - t
once()
print(json.dumps({"seconds_per_epoch": statistics.median(once() for _ in range(40)), "peak_rss_mb": 0}))
`

// measure runs the contestant once.
func (c *contestant) measure() error {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OPENBLAS_") { // settings of the machine must not affect the contestants
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, c.env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%w: %s", err, stderr.String())
	}
	m, err := c.read(string(out))
	if err != nil {
		return err
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m["MB"] = float64(usage.Maxrss) / 1024
	}
	c.results = append(c.results, m)
	return nil
}

var pair = regexp.MustCompile(`([0-9.e+-]+)\s+(\S*[^0-9\s]\S*)`)

// benchmark parses the output of a Go benchmark.
func benchmark(out string) (measures, error) {
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "Benchmark") {
			continue
		}
		m := measures{}
		fields := strings.Fields(line)
		for _, p := range pair.FindAllStringSubmatch(strings.Join(fields[1:], " "), -1) {
			value, err := strconv.ParseFloat(p[1], 64)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			m[p[2]] = value
		}
		m["s/epoch"] = m["ns/op"] / 1e9
		return m, nil
	}
	return nil, fmt.Errorf("no benchmark ran: %s", out)
}

func jsonLine(out string) (measures, error) {
	var line struct {
		Seconds float64 `json:"seconds_per_epoch"`
	}
	err := json.Unmarshal([]byte(out), &line)
	return measures{"s/epoch": line.Seconds}, err
}

func report(pure, open, twice, peak, peakOpen, h, expm *contestant, peers []*contestant) {
	rate := max(peak.median("GFLOP/s"), peakOpen.median("GFLOP/s"))
	floor := gigaflops / rate
	fmt.Printf("%s, %d cores. An epoch's matrix products are %.1f GFLOP; the best large product sustains %.0f GFLOP/s (Go's kernels "+
		"%.0f, OpenBLAS %.0f), so the floor is %.3f s.\n\n", processor(), runtime.NumCPU(), gigaflops, rate,
		peak.median("GFLOP/s"), peakOpen.median("GFLOP/s"), floor)
	best, least := 0.0, 0.0
	for _, p := range peers {
		if best == 0 || p.median("s/epoch") < best {
			best, least = p.median("s/epoch"), p.median("MB")
		}
	}
	fmt.Println("| | s/epoch | against the best peer | against the floor | peak MB | against that peer |")
	fmt.Println("| --- | --- | --- | --- | --- | --- |")
	for _, c := range append([]*contestant{pure, open}, peers...) {
		fmt.Printf("| %s | %.3f | %s | %.2f | %.0f | %s |\n", c.name, c.median("s/epoch"), ratio(c.median("s/epoch"), best),
			c.median("s/epoch")/floor, c.median("MB"), ratio(c.median("MB"), least))
	}
	fmt.Printf("\n| | |\n| --- | --- |\n")
	fmt.Printf("| heap allocated per epoch | %.0f kB |\n", pure.median("B/op")/1e3)
	fmt.Printf("| time for 380 regions / time for 190 | %.2f |\n", twice.median("s/epoch")/pure.median("s/epoch"))
	fmt.Printf("| share of the DAG terms, 13 channels | %.2f %% |\n", pure.median("%dag"))
	fmt.Printf("| h and its gradient, 200 nodes | %.1f ms |\n", 1e3*h.median("s/epoch"))
	if expm != nil {
		fmt.Printf("| scipy.linalg.expm of the same matrix | %.1f ms |\n", 1e3*expm.median("s/epoch"))
		fmt.Printf("| h and its gradient / scipy's expm | %.2f |\n", h.median("s/epoch")/expm.median("s/epoch"))
	}
	fmt.Printf("\n| share of an epoch | |\n| --- | --- |\n")
	for _, part := range []struct{ name, unit string }{
		{"GRU, forward", "%gru"}, {"GRU, gradient", "%∂gru"}, {"heads and control features, forward", "%dense"},
		{"heads and control features, gradient", "%∂dense"}, {"L1 and L2 of the parameters, with gradients", "%penalties"},
		{"DAG terms, with gradients", "%dag"}, {"all other ops, dropout's draw, clipping, AdamW", "%rest"},
	} {
		fmt.Printf("| %s | %.1f %% |\n", part.name, pure.median(part.unit))
	}
}

func ratio(x, to float64) string {
	if to == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", x/to)
}

// processor returns the name of the processor.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	if m := regexp.MustCompile(`model name\s*:\s*(.*)`).FindSubmatch(info); m != nil {
		return string(m[1])
	}
	return runtime.GOARCH
}
