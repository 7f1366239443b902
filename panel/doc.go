// Package panel reads long tables of regions × weeks and prepares them for any model: a complete grid, split by time. Its
// main type is Panel; its Report lists the values that were filled and the problems that were found. Start reading at Read,
// then Split.
package panel
