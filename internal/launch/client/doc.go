// Package client is what all use-cases of the launcher stand on: who asks which cluster, where the answers are written, the
// errors that users read, and the commands that they can run next.
//
// Invariants:
//   - It asks no cluster and knows no run. A use-case has its Client in a named field and its ports beside it; nothing embeds a Client.
//   - Errors of ports are told apart by what they report of themselves (IsNotFound, MissingRight, ...), never by their types or texts.
//   - Every error that reaches a user is one sentence, or one sentence a line, and ends with what to do next where there is something.
//   - Client prints notes and warnings only. It makes no exit codes: Class is what an error means, cmd makes a code of it.
package client
