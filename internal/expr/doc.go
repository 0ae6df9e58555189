// Package expr reads the expressions of a pipeline, `${{ ... }}`, checks their types, and evaluates them. They are CEL, the Common
// Expression Language of Kubernetes' own admission policies, with its extensions for strings, lists and mathematics.
//
// What is in scope beside CEL's own functions:
//
//	parameters.NAME            a parameter of the pipeline
//	run.name, run.uid, run.namespace, run.pipeline
//	run.scheduledAt            of a run that a CronJob started; has(run.scheduledAt) is false in another
//	run.phase                  under finally: how the run has ended so far
//	steps.NAME.results.NAME    a result of a step that is needed, directly or by others
//	steps.NAME.phase           how such a step has ended
//	succeeded() failed() always()   in a condition alone
//
// Names may have dashes and dots: the longest name that exists is meant, so `steps.load-data.results.rows` is a result of the step
// load-data, and no subtraction. A name in brackets and quotes, `steps['load-data']`, is the same. The text `${{` itself is written
// `${{ "${{" }}`.
//
// Invariants:
//   - A text without `${{` is constant, and costs nothing: CEL's environment is made when the first expression is compiled, once for
//     a whole process, and the same expression in the same types is compiled once for a pipeline.
//   - All that can be known from the text and the declared types is a Fault with its byte offset; only values can fail a later
//     evaluation.
//   - Evaluation is a pure function of Values. It has no clock, no network and no randomness, and its work is bounded: by the size of
//     an expression, by CEL's cost limit, by the size of a value and of a result.
//   - What an expression puts into command, args or env arrives in the program as it is: every `$` in it is doubled, since the
//     kubelet expands `$(NAME)` and turns `$$` into `$` (third_party/forked/golang/expansion in Kubernetes). The text before an
//     expression never ends in an odd number of `$`, which would pair with what the expression gives.
//   - Only this package imports CEL.
package expr
