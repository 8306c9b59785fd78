"""moto's server with its queues and tables mended.

Queues: moto 5.2.1 counts all messages of a queue for each message that it takes
or gives, with a slow clock; loses a message that comes while another one is deleted; and may give one message to two
consumers that ask at the same time. A thousand waiting messages make that half a second for each call.

Tables: it copies the whole table for each item of a transaction, and puts the copy back when the transaction is cancelled:
what others wrote meanwhile is lost."""

import copy
import sys
import threading
import time

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
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


writing = threading.RLock()  # of all tables: one write or one transaction at a time
transaction = threading.local()


def alone(write):
    def guarded(backend, *args, **named):
        with writing:
            return write(backend, *args, **named)

    return guarded


def copy_of_table(table, memo):
    """In a transaction the table itself: what it changes is kept by `before`, and put back from there."""
    if getattr(transaction, "runs", False):
        return table
    twin = table.__class__.__new__(table.__class__)
    memo[id(table)] = twin
    twin.__dict__.update(copy.deepcopy(table.__dict__, memo))
    return twin


def before(backend, operation):
    """A function that puts the item of an operation back as it is now."""
    table = backend.tables.get(operation.get("TableName"))
    attributes = operation.get("Key") or operation.get("Item") or {}
    if table is None or table.hash_key_attr not in attributes:
        return lambda: None
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    key = {name: attributes[name] for name in names if name in attributes}
    if len(key) < len(names):
        return lambda: None
    item = copy.deepcopy(backend.get_item(table.name, key))
    hash_value, range_value = backend.get_keys_value(table, key)

    def restore():
        if item is None:
            table.delete_item(hash_value, range_value)
        elif range_value is None:
            table.items[hash_value] = item
        else:
            table.items[hash_value][range_value] = item

    return restore


transact = DynamoDBBackend.transact_write_items


def transact_write_items(backend, transact_items):
    with writing:
        kept = [before(backend, operation) for item in transact_items for operation in item.values()]
        transaction.runs = True
        try:
            return transact(backend, transact_items)
        except Exception:
            for restore in kept:
                restore()
            raise
        finally:
            transaction.runs = False


Table.__deepcopy__ = copy_of_table
DynamoDBBackend.transact_write_items = transact_write_items
for name in ("put_item", "update_item", "delete_item"):
    setattr(DynamoDBBackend, name, alone(getattr(DynamoDBBackend, name)))
Queue.messages = property(messages)
Queue.approximate_number_of_messages_delayed = property(delayed)
Queue.approximate_number_of_messages_not_visible = property(not_visible)
Queue.delete_message = delete_message
SQSBackend.receive_message = receive_message
SQSBackend.is_message_valid_based_on_retention_period = is_retained

main(sys.argv[1:])
