package model

import "time"

// Clock adds up the time of a training over its interruptions.
type Clock struct {
	Before time.Duration // until the last interruption
	began  time.Time
}

// Start starts the clock.
func (c *Clock) Start() { c.began = time.Now() }

// Elapsed is the time so far.
func (c *Clock) Elapsed() time.Duration { return c.Before + time.Since(c.began) }
