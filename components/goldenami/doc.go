// Package goldenami makes the pipeline that builds the company's hardened image with EC2 Image Builder, and watches the
// instances born from it.
//
//	Recipe (base image, components, encrypted root) --.
//	Workshop (network, role, bucket of logs) ---------+-> Pipeline -> AMI in each region, tags, parameter, launch templates
//	                                                  |       \-> lifecycle policy, notices of each build
//	Watch (function) measures the age of the newest image
//	Logs (log groups, metric filters, alarms, dashboard) <- CloudWatch agent of the instances
//
// Components and recipes of Image Builder cannot be changed, so their versions derive from their content, and a replaced
// one stays in AWS, since images refer to it (docs/adr/0018-golden-image.md). What a document says is the business of
// package imagebuilder.
package goldenami
