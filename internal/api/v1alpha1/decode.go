package v1alpha1

// MaxFileBytes is the largest pipeline file that Decode reads.
const MaxFileBytes = 16 << 20

// Problem is one thing wrong with a file, with its place.
type Problem struct {
	// Line and Column count from 1; 0 when there is no place.
	Line, Column int
	// Path is like steps[2].needs[0]; empty for the whole document.
	Path string
	// Message is a sentence without the place, e.g. `unknown key "imagee"; did you mean "image"?`.
	Message string
}

// Problems is all that is wrong with a file, ordered by place. As an error its text is one line each:
// `file:line:column: path: message`.
type Problems struct {
	File string
	List []Problem
}

func (p *Problems) Error() string { panic("api: being written") }

// Decode reads a pipeline file (YAML or JSON, one document), strictly, applies SetDefaults and Validate, and gives
// all problems at once as *Problems. file is the name that errors show. The ZenML form of settings is
// normalised: nothing after Decode knows that it existed.
func Decode(file string, data []byte) (*Pipeline, error) { panic("api: being written") }

// SetDefaults fills what was left out. It is total and idempotent.
func SetDefaults(p *Pipeline) { panic("api: being written") }

// Warnings are sentences about what is allowed but probably not meant (a literal that looks like a credential).
func Warnings(p *Pipeline) []string { panic("api: being written") }

// Effective are the settings of a step: the pipeline's with the step's merged over them. Scalars: the step's if set;
// env by name; envFrom, tolerations appended with duplicates dropped; labels, annotations, resources by key;
// podSettings by strategic merge.
func Effective(p *Pipeline, step *Step) (Settings, error) { panic("api: being written") }

// CleanName is a step's name as it appears in Pod names: lower case, everything but a-z, 0-9 and - replaced by -,
// trimmed of - at the ends.
func CleanName(name string) string { panic("api: being written") }

// EncodeHead and EncodePiece are the record's bytes; DecodeHead and DecodePiece read them back and give a sentence for
// bytes that are old, cut or foreign.
func EncodeHead(h RecordHead) ([]byte, error)        { panic("api: being written") }
func DecodeHead(b []byte) (RecordHead, error)        { panic("api: being written") }
func EncodePiece(steps []StepStatus) ([]byte, error) { panic("api: being written") }
func DecodePiece(b []byte) ([]StepStatus, error)     { panic("api: being written") }

// RecordName is the name of piece k's ConfigMap: <run>-record, <run>-record-1, ...
func RecordName(run string, piece int) string { panic("api: being written") }

// Keys inside the record's ConfigMaps: the head in Data, the steps (gzipped JSON) in BinaryData.
const (
	RecordHeadKey  = "run.json"
	RecordStepsKey = "steps.json.gz"
)
