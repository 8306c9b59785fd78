// Package images measures how old the newest golden image is.
//
// An alarm on builds cannot tell that an image is too old: weeks without an update, and so without a build, are normal,
// and an alarm looks back a week at most. So once a day this function publishes the number of images that can be launched
// and the age of the newest, and the alarm is on the age. Without any image the age is that of the pipeline, so that one
// that never succeeds rings as well.
package images
