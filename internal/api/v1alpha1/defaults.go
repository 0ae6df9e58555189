package v1alpha1

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	kjson "sigs.k8s.io/json"
)

// SetDefaults fills what was left out. It is total and idempotent. Security is not filled in here, so that plans stay
// small: Effective does.
func SetDefaults(p *Pipeline) {
	if p.FailurePolicy == "" {
		p.FailurePolicy = StopOnFailure
	}
	p.Driver.Resources.setDefaults()
	p.Settings.Resources.setDefaults()
	for _, step := range p.EachStep() {
		step.Settings.Resources.setDefaults()
	}
}

func (r *Resources) setDefaults() {
	if r != nil && r.GPU != nil && r.GPU.Resource == "" {
		r.GPU.Resource = DefaultGPUResource
	}
}

// Normalize brings a decoded pipeline to the one form that it has whatever way it came: defaults set, podSettings in
// canonical JSON, nothing empty that could be nil.
func Normalize(p *Pipeline) error {
	SetDefaults(p)
	if err := p.Driver.PodSettings.canonical("driver"); err != nil {
		return err
	}
	dropEmptyMaps(&p.Driver.Labels, &p.Driver.Annotations, &p.Metadata.Labels, &p.Metadata.Annotations)
	if err := p.Settings.canonical(); err != nil {
		return err
	}
	for _, s := range p.EachStep() {
		s.Needs, s.Command, s.Args = orNil(s.Needs), orNil(s.Command), orNil(s.Args)
		s.Shell, s.Results = orNil(s.Shell), orNil(s.Results)
		if err := s.Settings.canonical(); err != nil {
			return err
		}
	}
	p.Finally = orNil(p.Finally)
	p.canonicalValues()
	return nil
}

// canonicalValues takes the white space out of values, which an indented plan has put in.
func (p *Pipeline) canonicalValues() {
	p.Parameters = orNil(p.Parameters)
	for i := range p.Parameters {
		d := &p.Parameters[i]
		d.Default.compact()
		for k := range d.Enum {
			d.Enum[k].compact()
		}
	}
	if len(p.Arguments) == 0 {
		p.Arguments = nil
	}
	for name, value := range p.Arguments {
		value.compact()
		p.Arguments[name] = value
	}
}

// compact leaves what is no JSON as it is; Validate says what is wrong with it.
func (v *Value) compact() {
	var out bytes.Buffer
	if len(*v) > 0 && json.Compact(&out, *v) == nil {
		*v = out.Bytes()
	}
}

func (s *Settings) canonical() error {
	s.Env, s.EnvFrom = orNil(s.Env), orNil(s.EnvFrom)
	dropEmptyMaps(&s.Labels, &s.Annotations)
	return s.PodSettings.canonical("settings")
}

// canonical makes equal settings equal bytes: keys sorted, no white space, no keys twice, none for an empty object.
func (p *PodSettings) canonical(where string) error {
	if len(*p) == 0 {
		*p = nil
		return nil
	}
	var object map[string]any
	strict, err := kjson.UnmarshalStrict(*p, &object)
	if err := errors.Join(append(strict, err)...); err != nil {
		return fmt.Errorf("%s.podSettings: %w", where, err)
	}
	if len(object) == 0 {
		*p = nil
		return nil
	}
	if *p, err = json.Marshal(object); err != nil {
		return fmt.Errorf("%s.podSettings: %w", where, err)
	}
	return nil
}

func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return slices.Clip(list)
}

func dropEmptyMaps(all ...*map[string]string) {
	for _, m := range all {
		if len(*m) == 0 {
			*m = nil
		}
	}
}
