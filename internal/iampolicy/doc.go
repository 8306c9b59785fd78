// Package iampolicy writes IAM policy documents from typed statements. Each statement states one intent
// in its Sid; wildcards need a reason. Documents are checked before anything registers, and render in a
// stable order, so that a diff shows only what changed.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
package iampolicy
