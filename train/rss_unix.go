//go:build unix

package train

import (
	"runtime"
	"syscall"
)

// peakRSSMB is the most memory that the process has held at once, in MiB.
func peakRSSMB() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	perMB := 1024.0 // Linux and the BSDs count KiB
	if runtime.GOOS == "darwin" {
		perMB *= 1024
	}
	return float64(u.Maxrss) / perMB
}
