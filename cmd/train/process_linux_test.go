package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"deepcausalmmm/internal/cli"
	"deepcausalmmm/train"
)

// asProgram has the test's binary be the command, so that it can be killed.
const asProgram = "TRAIN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program is the command as a process.
func program(t *testing.T, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	stderr = new(bytes.Buffer)
	cmd = exec.Command(os.Args[0], append([]string{"--blas", "go", "--quiet"}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "GOCOVERDIR="+t.TempDir()) // without, one that measures coverage warns
	cmd.Stderr = stderr
	return cmd, stderr
}

// Of metrics.json, the timing differs between two runs.
var timing = regexp.MustCompile(`(?s)"timing": \{.*?\}`)

// content returns the content of a folder's files by name.
func content(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = timing.ReplaceAllString(string(text), "")
	}
	return files
}

// crashes is how often TestNothingIsLostToAKill kills: CRASHES=20 is the long check, of a training of half a minute; the
// ordinary one is shorter.
func crashes(t *testing.T) (n int, settings []string) {
	if os.Getenv("CRASHES") == "" {
		return 3, []string{"--preset", "deepcausalmmm", "--set", "dag_mode=notears", "--set", "n_epochs=40", "--set", "hidden_dim=16",
			"--set", "notears_warmup_epochs=10", "--set", "notears_dual_update_every=5", "--checkpoint-every", "10"}
	}
	_, err := fmt.Sscan(os.Getenv("CRASHES"), &n)
	require.NoError(t, err)
	return n, []string{"--preset", "deepcausalmmm", "--set", "dag_mode=notears", "--set", "n_epochs=600", "--set", "hidden_dim=64",
		"--set", "notears_warmup_epochs=200", "--set", "notears_dual_update_every=50"}
}

// TestNothingIsLostToAKill: killed at any moment and resumed, a training leaves the files of one that was not, to the
// last byte, and no other.
func TestNothingIsLostToAKill(t *testing.T) {
	n, settings := crashes(t)
	args := slices.Clip(append(settings, "--config", fixture("sample.yaml"), "--out"))
	whole := t.TempDir()
	cmd, stderr := program(t, append(args, whole)...)
	began := time.Now()
	require.NoError(t, cmd.Run(), stderr)
	took, want := time.Since(began), content(t, whole)
	rng := rand.New(rand.NewPCG(uint64(began.UnixNano()), 0)) // the moments need not come again: whichever, nothing is lost
	again, resumed := 0, 0
	for range n {
		dir := t.TempDir()
		cmd, _ = program(t, append(args, dir)...)
		moment := time.Duration(rng.Int64N(int64(took)))
		require.NoError(t, cmd.Start())
		time.Sleep(moment)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait() // the error only says that it was killed
		if _, err := os.Stat(filepath.Join(dir, train.CheckpointFile)); err == nil {
			cmd, stderr = program(t, "--resume", dir)
			resumed++
		} else { // it had not begun, or it had ended
			cmd, stderr = program(t, append(args, dir)...)
			again++
		}
		require.NoError(t, cmd.Run(), stderr)
		require.Equal(t, want, content(t, dir), "killed after %v", moment)
	}
	t.Logf("%d kills within %v: %d resumed, %d before the first checkpoint or after the last file", n, took, resumed, again)
}

// TestCtrlCFinishesTheEpochAndSaves interrupts a training in its middle.
func TestCtrlCFinishesTheEpochAndSaves(t *testing.T) {
	_, settings := crashes(t)
	args := slices.Clip(append(settings, "--config", fixture("sample.yaml"), "--out"))
	dir := t.TempDir()
	cmd, stderr := program(t, append(args, dir, "--set", "n_epochs=100000", "--set", "early_stopping=false")...)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(dir, train.CheckpointFile))
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait() // its status is looked at below
	require.Equal(t, cli.Interrupted, cmd.ProcessState.ExitCode())
	require.Regexp(t, `^train: stopped before epoch \d+( of the warm start)?; saved in .* \(continue with: train --resume `+dir+`\)\n$`, stderr.String())
}

// TestAFullDiskLeavesEarlierFilesAlone: on a small file system of its own, and with a limit on the size of files.
func TestAFullDiskLeavesEarlierFilesAlone(t *testing.T) {
	args := slices.Clip(append(quick, "--config", fixture("sample.yaml"), "--out"))
	earlier := t.TempDir()
	cmd, stderr := program(t, append(args, earlier)...)
	require.NoError(t, cmd.Run(), stderr)
	good := content(t, earlier)
	keep := func(t *testing.T, dir string) {
		for name, text := range good {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
	}
	check := func(t *testing.T, dir, want string, cmd *exec.Cmd, stderr *bytes.Buffer) {
		require.Error(t, cmd.Run())
		require.Equal(t, cli.Failed, cmd.ProcessState.ExitCode(), stderr)
		require.Contains(t, stderr.String(), want)
		require.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr)
		left := content(t, dir)
		delete(left, train.CheckpointFile) // kept for a resume when there is room again
		require.Equal(t, good, left)
	}
	t.Run("limit", func(t *testing.T) {
		dir := t.TempDir()
		keep(t, dir)
		cmd, stderr := program(t, append(args, dir)...)
		// Contributions are the largest file, and the checkpoint is far smaller.
		limited := exec.Command("bash", append([]string{"-c", `ulimit -f 1000; exec "$0" "$@"`}, cmd.Args...)...)
		limited.Env, limited.Stderr = cmd.Env, stderr
		check(t, dir, "contributions.csv: cannot write: file too large", limited, stderr)
		cmd, stderr = program(t, "--resume", dir)
		require.NoError(t, cmd.Run(), stderr)
		require.Equal(t, good, content(t, dir))
	})
	t.Run("file system", func(t *testing.T) {
		dir := smallDisk(t)
		keep(t, dir)
		cmd, stderr := program(t, append(args, dir)...)
		check(t, dir, "cannot write: no space left on device", cmd, stderr)
	})
	t.Run("read-only", func(t *testing.T) {
		dir := smallDisk(t)
		keep(t, dir)
		require.NoError(t, remount(dir))
		cmd, stderr := program(t, append(args, dir)...)
		require.Error(t, cmd.Run())
		require.Equal(t, cli.Misuse, cmd.ProcessState.ExitCode())
		require.Equal(t, "train: "+dir+": cannot write to the output folder: read-only file system\n", stderr.String())
		require.Equal(t, good, content(t, dir))
	})
}

// smallDisk is a file system with room for the files of one training and a part of another's. Mounting it takes root.
func smallDisk(t *testing.T) string {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("no file system of its own: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	return dir
}

func remount(dir string) error {
	return syscall.Mount("none", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
}
