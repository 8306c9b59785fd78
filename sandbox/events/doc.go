// Package events is the sandbox's event plane: what EventBridge, SNS and Lambda
// do between an event and a function, which the emulator does not do or does
// wrongly.
//
//   - EventBridge: PutEvents, matching, input transformation, delivery to SQS,
//     Lambda, SNS, log groups and other buses, retries, dead letters.
//   - Lambda: code, invocation, asynchronous retries and destinations, event
//     source mappings of SQS queues with their pollers.
//   - SNS: delivery to Lambda, SQS and e-mail, to each its own text, with filter policies and dead letters;
//     e-mail subscriptions that wait until somebody follows the link of the confirmation mail.
//   - Schedules: fired by hand.
//
// Rules, targets, queues, topics, subscriptions, functions and their policies
// live in the emulator and are read from there; only what it cannot hold is
// kept here. Resource policies are checked on the way, with aws:SourceArn and
// aws:SourceAccount, because a forgotten queue policy or Lambda permission is
// the commonest reason why nothing arrives on AWS. Execution roles are not.
//
// Waits that are minutes on AWS (asynchronous retries 1 and 2 minutes, failed
// deliveries up to a day) are short here: see Options.
package events
