//! What was fetched of one partition, many records at a time. rdkafka takes them one by one, each as an event of its own.

use crate::bell::Bell;
use pipeline::Delivery;
use rdkafka::bindings::{
    rd_kafka_consume_batch_queue, rd_kafka_message_destroy, rd_kafka_message_t, rd_kafka_message_timestamp,
    rd_kafka_queue_cb_event_enable, rd_kafka_queue_destroy, rd_kafka_queue_forward,
    rd_kafka_queue_get_consumer, rd_kafka_queue_get_partition, rd_kafka_queue_length, rd_kafka_queue_t,
    rd_kafka_resp_err_t,
};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::types::RDKafka;
use std::ffi::{CString, c_void};
use std::ptr::null_mut;
use std::sync::Arc;

/// So many records are taken at once.
pub(crate) const AT_ONCE: usize = 256;

/// One thing in a partition's queue.
pub(crate) enum Came {
    Record(Delivery),
    /// Something else about the partition: its end, or that it cannot be read.
    Told(RDKafkaErrorCode),
}

/// Records of one partition, which no longer come with everything else of its consumer.
pub(crate) struct PartitionQueue {
    queue: *mut rd_kafka_queue_t,
    pub number: i32,
    /// Rung by the library for as long as this lives.
    _bell: Arc<Bell>,
}

// SAFETY: librdkafka's queues may be used by any thread, and this one is used by one at a time.
unsafe impl Send for PartitionQueue {}

impl PartitionQueue {
    /// Of `client`, a live consumer's handle, which must not be dropped before this. `bell` is rung when records come to where none
    /// were. To be made before the consumer is told where to read from: then all comes here. (Forwarded to a common queue, records
    /// would be nowhere: the library undoes a forwarding when it stops the assignment before.)
    pub fn of(client: *mut RDKafka, topic: &str, number: i32, bell: &Arc<Bell>) -> Option<Self> {
        let topic = CString::new(topic).ok()?;
        let opaque = Arc::as_ptr(bell).cast_mut().cast::<c_void>();
        // SAFETY: the client is live and the name a C string. The bell outlives the callback, which `drop` takes away.
        let queue = unsafe {
            let queue = rd_kafka_queue_get_partition(client, topic.as_ptr(), number);
            if queue.is_null() {
                return None;
            }
            rd_kafka_queue_forward(queue, null_mut());
            rd_kafka_queue_cb_event_enable(queue, Some(ring), opaque);
            queue
        };
        Some(Self { queue, number, _bell: Arc::clone(bell) })
    }

    /// How many records are there.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        // SAFETY: the queue lives as long as this.
        unsafe { rd_kafka_queue_length(self.queue) }
    }

    /// What is there, up to [`AT_ONCE`], in its order.
    pub fn take(&self, mut each: impl FnMut(Came)) {
        let mut messages = [null_mut(); AT_ONCE];
        // SAFETY: the queue lives as long as this, and there is room for as many pointers as are asked for.
        let count = unsafe { rd_kafka_consume_batch_queue(self.queue, 0, messages.as_mut_ptr(), AT_ONCE) };
        for message in messages.into_iter().take(usize::try_from(count).unwrap_or(0)) {
            // SAFETY: the library gave it; it is ours until it is destroyed, once, and what is read is copied before.
            let came = unsafe {
                let came = read(message);
                rd_kafka_message_destroy(message);
                came
            };
            each(came);
        }
    }
}

impl Drop for PartitionQueue {
    fn drop(&mut self) {
        // SAFETY: made by this and destroyed once. The library rings under the lock that taking the callback away needs, so that
        // nobody rings any more when the bell goes.
        unsafe {
            rd_kafka_queue_cb_event_enable(self.queue, None, null_mut());
            rd_kafka_queue_destroy(self.queue);
        }
    }
}

/// Everything else that a consumer is told: rdkafka takes it, and does not tell whether that was all.
pub(crate) struct CommonQueue(*mut rd_kafka_queue_t);

// SAFETY: as above.
unsafe impl Send for CommonQueue {}

impl CommonQueue {
    /// Of `client`, a live consumer's handle that is a member of a group, which must not be dropped before this.
    pub fn of(client: *mut RDKafka) -> Option<Self> {
        // SAFETY: the client is live.
        let queue = unsafe { rd_kafka_queue_get_consumer(client) };
        (!queue.is_null()).then_some(Self(queue))
    }

    pub fn is_empty(&self) -> bool {
        // SAFETY: the queue lives as long as this.
        unsafe { rd_kafka_queue_length(self.0) == 0 }
    }
}

impl Drop for CommonQueue {
    fn drop(&mut self) {
        // SAFETY: made by this and destroyed once; the client keeps its own hold on it.
        unsafe { rd_kafka_queue_destroy(self.0) }
    }
}

unsafe extern "C" fn ring(_: *mut RDKafka, bell: *mut c_void) {
    // SAFETY: the pointer of a bell that `PartitionQueue` holds.
    unsafe { &*bell.cast::<Bell>() }.ring();
}

/// # Safety
/// `message` is a live message of librdkafka.
unsafe fn read(message: *mut rd_kafka_message_t) -> Came {
    // SAFETY: the message is live; its payload has the length that it tells.
    unsafe {
        if (*message).err != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Came::Told((*message).err.into());
        }
        let (payload, length) = ((*message).payload.cast::<u8>(), (*message).len);
        let value = (!payload.is_null()).then(|| std::slice::from_raw_parts(payload, length).to_vec());
        let written_ms = rd_kafka_message_timestamp(message, null_mut()).max(0);
        Came::Record(Delivery {
            partition: (*message).partition,
            offset: (*message).offset,
            written_us: written_ms.saturating_mul(1000),
            value,
        })
    }
}
