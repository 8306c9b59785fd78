// Package layout says where the sandbox keeps its things and which environment its processes get: the
// one place that both the driver and the processes it starts read these from.
package layout
