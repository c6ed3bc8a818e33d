//! rdkafka's errors in the words of the pipeline.

use pipeline::{Fault, FaultKind};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// The kind of one of Kafka's or librdkafka's error codes.
#[must_use]
pub fn kind_of(code: RDKafkaErrorCode) -> FaultKind {
    use RDKafkaErrorCode as Code;
    match code {
        Code::BrokerTransportFailure
        | Code::AllBrokersDown
        | Code::Resolve
        | Code::OperationTimedOut
        | Code::MessageTimedOut
        | Code::RequestTimedOut
        | Code::TimedOutQueue
        | Code::NetworkException => FaultKind::Unreachable,
        Code::ProducerFenced | Code::Fenced | Code::FencedInstanceId | Code::TransactionCoordinatorFenced => {
            FaultKind::Fenced
        }
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed
        | Code::SaslAuthenticationFailed
        | Code::Authentication
        | Code::PolicyViolation => FaultKind::Refused,
        Code::UnknownTopicOrPartition
        | Code::UnknownTopic
        | Code::UnknownPartition
        | Code::InvalidTopic
        | Code::InvalidReplicationFactor
        | Code::InvalidConfig
        | Code::InvalidArgument
        | Code::InvalidTransactionTimeout
        | Code::UnsupportedVersion => FaultKind::Misconfigured,
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => FaultKind::TooLarge,
        Code::Fatal | Code::InvalidTransactionalState | Code::State => FaultKind::Internal,
        _ => FaultKind::Unavailable,
    }
}

/// What rdkafka returned while `doing` something, as a fault.
#[must_use]
pub fn fault(doing: impl Into<String>, error: &KafkaError) -> Fault {
    let kind = match error {
        KafkaError::ClientConfig(..) => FaultKind::Misconfigured,
        KafkaError::Transaction(error) => kind_of(error.code()),
        other => other.rdkafka_error_code().map_or(FaultKind::Unavailable, kind_of),
    };
    Fault::new(kind, doing, error)
}
