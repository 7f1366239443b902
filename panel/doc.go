// Package panel turns a long table of regions × weeks into what the model trains on: a complete grid, split by time,
// scaled by statistics of the training weeks, with a seasonal component and data-driven starting values. Its main type
// is Panel, read by Read from CSV or Parquet; its Report says what was filled and found on the way. Start at Read, then
// follow the data through Split, FitScaling, Decompose, Scaling.Window and Window.Starts.
package panel
