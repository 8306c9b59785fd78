"""moto's server with its queues mended: moto 5.2.1 counts all messages of a queue for each message that it takes
or gives, with a slow clock; loses a message that comes while another one is deleted; and may give one message to two
consumers that ask at the same time. A thousand waiting messages make that half a second for each call."""

import sys
import time

from moto.server import main
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Queue, SQSBackend


def now():
    """The time in milliseconds, as in a message's visible_at and delayed_until."""
    return time.time() * 1000


def messages(queue):
    at = now()
    return [m for m in queue._messages if m.visible_at < at and m.delayed_until <= at]


def delayed(queue):
    at = now()
    return sum(at < m.delayed_until for m in queue._messages)


def not_visible(queue):
    at = now()
    return sum(at <= m.visible_at for m in queue._messages)


def delete_message(queue, receipt_handle):
    if receipt_handle in queue.deleted_messages:
        return
    with queue._messages_lock:
        for i, message in enumerate(queue._messages):
            if message.had_receipt_handle(receipt_handle):
                del queue._messages[i]
                queue.pending_messages.discard(message)
                queue.deleted_messages.update(message.all_receipt_handles)
                return
    raise ReceiptHandleIsInvalid()


receive = SQSBackend.receive_message


def receive_message(backend, queue_name, *args, **named):
    # A long poll waits on the same lock, which lets others have it meanwhile.
    with backend.get_queue(queue_name)._messages_lock:
        return receive(backend, queue_name, *args, **named)


def is_retained(backend, queue_name, message):
    until = backend.get_queue(queue_name).message_retention_period + message.sent_timestamp / 1000
    return until > time.time()


Queue.messages = property(messages)
Queue.approximate_number_of_messages_delayed = property(delayed)
Queue.approximate_number_of_messages_not_visible = property(not_visible)
Queue.delete_message = delete_message
SQSBackend.receive_message = receive_message
SQSBackend.is_message_valid_based_on_retention_period = is_retained

main(sys.argv[1:])
