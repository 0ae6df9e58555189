// Package steplogs follows the logs of the run's containers, one follower for each that has begun, prints them to stdout, writes
// them to the archive, and keeps the book of how far each is printed and what of it the record knows.
//
// Invariants: the loop alone calls Followers and Book, and learns of the goroutines' ends through a Listener; a failing archive
// stops neither stdout nor the run; at most so many logs are followed at once as there are places.
package steplogs
