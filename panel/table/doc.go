// Package table reads files of rows and columns: CSV in the dialects of people and programs, Excel workbooks, Parquet, folders of
// Parquet parts, and these packed by gzip, zstd or zip. It is everything between the bytes of a file and cells of text and
// numbers; what a column means is the business of its caller. Start reading at With.
package table
