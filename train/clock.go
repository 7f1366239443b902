package train

import "time"

// clock adds up the time of a training over its interruptions.
type clock struct {
	before time.Duration // until the last interruption
	began  time.Time
}

func (c *clock) start() { c.began = time.Now() }

func (c *clock) elapsed() time.Duration { return c.before + time.Since(c.began) }
