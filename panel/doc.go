// Package panel reads long tables of regions × weeks and prepares them for training: a complete grid, split by time,
// scaled by statistics of the training weeks, with a seasonal component and data-driven starting values. Its main type
// is Panel; its Report lists the values that were filled and the problems that were found. Start reading at Read, then
// follow the data through Split, FitScaling, Decompose, Scaling.Window and Window.Starts.
package panel
