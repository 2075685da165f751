// Package api is the kind Bench, as it would be written for any operator on controller-runtime.
package api

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion of the kind.
var GroupVersion = schema.GroupVersion{Group: "bench.example.com", Version: "v1"}

// AddToScheme makes the kind known to clients and caches.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &Bench{}, &BenchList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}

// Bench asks for one ConfigMap that holds a value.
type Bench struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   BenchSpec   `json:"spec"`
	Status BenchStatus `json:"status,omitempty"`
}

// BenchSpec is what people want.
type BenchSpec struct {
	Value string `json:"value"`
}

// BenchStatus is what the operator says.
type BenchStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

// BenchList is a list of Benches.
type BenchList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Bench `json:"items"`
}
