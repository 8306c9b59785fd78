// Package apimodel knows the AWS APIs: it reads the service models that botocore
// ships (the same files from which the AWS CLI is made), resolves an HTTP request
// to an operation and its parameters, and reads answers back.
//
// Models are indexed by their metadata when the library is opened and read whole
// when a service is first used. Parameters and results are maps by the model's
// member names; numbers are float64, booleans bool, blobs base64 text and
// everything else text, whatever the protocol they travelled in.
package apimodel
