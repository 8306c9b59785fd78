// Package image operates the golden image of a stack: it starts a build, follows it step by step, lists the images with
// what the compliance test and Inspector found, and promotes one to production.
//
// The pipeline and its bucket are found by the pipeline's name, so nothing of Pulumi's state is needed. A promotion
// writes a parameter in each region that has the image, which production launches from; an image that failed its
// compliance test, or has more vulnerabilities than the settings allow, is refused.
package image
