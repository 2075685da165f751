package api

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// DeepCopyInto is what controller-gen writes.
func (in *Bench) DeepCopyInto(out *Bench) {
	*out = *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	if in.Status.Conditions != nil {
		out.Status.Conditions = make([]metav1.Condition, len(in.Status.Conditions))
		for i := range in.Status.Conditions {
			in.Status.Conditions[i].DeepCopyInto(&out.Status.Conditions[i])
		}
	}
}

// DeepCopyObject makes Bench a runtime.Object.
func (in *Bench) DeepCopyObject() runtime.Object {
	if in == nil {
		return nil
	}
	out := new(Bench)
	in.DeepCopyInto(out)
	return out
}

// DeepCopyObject makes BenchList a runtime.Object.
func (in *BenchList) DeepCopyObject() runtime.Object {
	if in == nil {
		return nil
	}
	out := &BenchList{TypeMeta: in.TypeMeta}
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	if in.Items != nil {
		out.Items = make([]Bench, len(in.Items))
		for i := range in.Items {
			in.Items[i].DeepCopyInto(&out.Items[i])
		}
	}
	return out
}

// DeepCopy of the status, for comparing.
func (in *BenchStatus) DeepCopy() *BenchStatus {
	bench := Bench{Status: *in}
	out := new(Bench)
	bench.DeepCopyInto(out)
	return &out.Status
}
