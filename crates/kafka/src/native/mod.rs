//! What rdkafka has no safe form for.
#![allow(
    unsafe_code,
    reason = "rdkafka has no safe form of these requests; everything unsafe of this crate is here"
)]

mod queue;

#[cfg(test)]
pub(crate) use queue::AT_ONCE;
pub(crate) use queue::{Came, CommonQueue, PartitionQueue};

use pipeline::{Fault, FaultKind};
use rdkafka::bindings::{
    rd_kafka_AdminOptions_destroy, rd_kafka_AdminOptions_new, rd_kafka_DescribeTopics,
    rd_kafka_DescribeTopics_result_topics, rd_kafka_TopicCollection_destroy,
    rd_kafka_TopicCollection_of_topic_names, rd_kafka_TopicDescription_error,
    rd_kafka_TopicDescription_topic_id, rd_kafka_Uuid_base64str, rd_kafka_admin_op_t, rd_kafka_error_code,
    rd_kafka_event_DescribeTopics_result, rd_kafka_event_destroy, rd_kafka_event_error,
    rd_kafka_event_error_string, rd_kafka_event_log, rd_kafka_flush, rd_kafka_get_watermark_offsets,
    rd_kafka_queue_destroy, rd_kafka_queue_new, rd_kafka_queue_poll, rd_kafka_queue_t, rd_kafka_resp_err_t,
    rd_kafka_set_log_queue,
};
use rdkafka::types::RDKafka;
use std::ffi::{CStr, CString, c_char};
use std::time::Duration;

const WAIT_MS: i32 = 10_000;

/// A topic's own id, which its name alone does not tell: a topic that was deleted and made again has another. `client` must
/// be a live client's handle.
pub(crate) fn topic_id(client: *mut RDKafka, topic: &str) -> Result<String, Fault> {
    let doing = || format!("asking for the id of topic {topic}");
    let name = CString::new(topic).map_err(|error| Fault::new(FaultKind::Internal, doing(), error))?;
    let mut names: [*const c_char; 1] = [name.as_ptr()];
    // SAFETY: every object is made here from a live client, used only between its making and its destruction, and
    // destroyed once; results are copied before the event that owns them goes.
    let answer = unsafe {
        let collection = rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), 1);
        let options =
            rd_kafka_AdminOptions_new(client, rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
        let queue = rd_kafka_queue_new(client);
        rd_kafka_DescribeTopics(client, collection, options, queue);
        let event = rd_kafka_queue_poll(queue, WAIT_MS);
        let answer = if event.is_null() { Err("no answer".to_owned()) } else { read(event) };
        if !event.is_null() {
            rd_kafka_event_destroy(event);
        }
        rd_kafka_queue_destroy(queue);
        rd_kafka_AdminOptions_destroy(options);
        rd_kafka_TopicCollection_destroy(collection);
        answer
    };
    answer.map_err(|detail| Fault::new(FaultKind::Unavailable, doing(), detail))
}

/// The end of a partition as the consumer `client`, a live client's handle, heard of it with what it fetched last.
pub(crate) fn end_heard_of(client: *mut RDKafka, topic: &str, partition: i32) -> Option<i64> {
    let topic = CString::new(topic).ok()?;
    let (mut first, mut end) = (0, 0);
    // SAFETY: the client is live, the name is a C string, and both places are written before the call returns.
    let error = unsafe {
        rd_kafka_get_watermark_offsets(client, topic.as_ptr(), partition, &raw mut first, &raw mut end)
    };
    (error == rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR && end >= 0).then_some(end)
}

/// Sends what a producer, a live client's handle, still holds back, and waits until nothing of it is under way, so long at most. Of a
/// client whose events are polled, as rdkafka's are, it takes none.
pub(crate) fn flush(producer: *mut RDKafka, wait: Duration) {
    // SAFETY: the client is live; the call keeps nothing.
    unsafe { rd_kafka_flush(producer, i32::try_from(wait.as_millis()).unwrap_or(i32::MAX)) };
}

/// A client's log in a queue of its own: in the common one, what a consumer logs stands behind all records that it has fetched.
pub(crate) struct OwnLog(*mut rd_kafka_queue_t);

// SAFETY: librdkafka's queues may be used by any thread, and this one is used by one at a time.
unsafe impl Send for OwnLog {}

impl OwnLog {
    /// Of a live client, which must not be dropped before it. From here on nothing but [`OwnLog::next`] takes its lines.
    pub fn of(client: *mut RDKafka) -> Self {
        // SAFETY: the client is live; the queue is made here and destroyed when this is dropped.
        unsafe {
            let queue = rd_kafka_queue_new(client);
            rd_kafka_set_log_queue(client, queue);
            Self(queue)
        }
    }

    /// The next line, if there is one: syslog's level, facility, message.
    pub fn next(&self) -> Option<(i32, String, String)> {
        // SAFETY: the queue lives as long as this; what is read is copied before the event that owns it is destroyed.
        unsafe {
            let event = rd_kafka_queue_poll(self.0, 0);
            if event.is_null() {
                return None;
            }
            let (mut facility, mut message, mut level) = (std::ptr::null(), std::ptr::null(), 0);
            let known = rd_kafka_event_log(event, &raw mut facility, &raw mut message, &raw mut level) == 0;
            let line = if known { (level, text(facility), text(message)) } else { Default::default() };
            rd_kafka_event_destroy(event);
            Some(line)
        }
    }
}

impl Drop for OwnLog {
    fn drop(&mut self) {
        // SAFETY: made by this, destroyed once; the client keeps its own hold on it.
        unsafe { rd_kafka_queue_destroy(self.0) }
    }
}

/// # Safety
/// `event` is a live event of librdkafka.
unsafe fn read(event: *mut rdkafka::bindings::rd_kafka_event_t) -> Result<String, String> {
    // SAFETY: the event is live; what is read from it lives as long as it does, and is copied.
    unsafe {
        if rd_kafka_event_error(event) != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(text(rd_kafka_event_error_string(event)));
        }
        let mut count = 0;
        let result = rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return Err("another answer than was asked for".to_owned());
        }
        let topics = rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if topics.is_null() || count != 1 {
            return Err("the cluster does not know it".to_owned());
        }
        let error = rd_kafka_TopicDescription_error(*topics);
        if !error.is_null() && rd_kafka_error_code(error) != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(text(rdkafka::bindings::rd_kafka_error_string(error)));
        }
        Ok(text(rd_kafka_Uuid_base64str(rd_kafka_TopicDescription_topic_id(*topics))))
    }
}

/// # Safety
/// `pointer` is null or a C string.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}
