//! Into the topic of events, as the collector does it: as fast as Kafka takes them, or at the pace of the clock.
#![expect(clippy::print_stderr, reason = "a command that talks to a person")]

use crate::commands::codec;
use crate::commands::stop::StopSignal;
use ::kafka::event_output::{Acknowledged, EventOutput, OutputTopic};
use ::kafka::{Settings, Topics};
use call::Event;
use config::Config;
use generate::Generator;
use pipeline::{Clock, SystemClock};
use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use wire::Codec;

/// Records on their way at most.
const IN_FLIGHT_MAX: i32 = 20_000;
const PAUSE: Duration = Duration::from_millis(20);
/// How long Kafka's acknowledgements are waited for at the end.
const LAST_WAIT: Duration = Duration::from_secs(60);

/// Sends until the generator or the person ends it. `is_live`: no event before its time.
pub fn send(
    config: &Config,
    generator: Generator,
    is_live: bool,
    stop: &StopSignal,
) -> anyhow::Result<ExitCode> {
    let settings = Settings::new(&config.kafka.brokers, format!("svarstid-generate-{}", config.site.id));
    let topics = Topics::new(&config.kafka.topic_prefix, config.kafka.generation);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let kafka = &config.kafka;
    runtime.block_on(::kafka::ensure_topics(&settings, &topics, kafka.partitions, kafka.replication))?;
    let (output, acknowledged) = EventOutput::new(&settings, &topics, &config.site.id)?;
    let mut sender = Sender { codec: codec(config)?, output, acknowledged, handed_over: 0, delivered: 0 };
    let began = SystemClock.monotonic();
    for event in generator {
        if (is_live && wait_for(event.at_us, stop)) || stop.wait(Duration::ZERO) {
            break;
        }
        sender.send(&event, stop)?;
    }
    let (sent, delivered) = sender.finish()?;
    let seconds = (SystemClock.monotonic() - began).as_secs_f64();
    eprintln!("{delivered} of {sent} events are in {}, after {seconds:.0} s", topics.call_events());
    Ok(if sent == delivered { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Until the clock shows this time; true if it was asked to stop before.
fn wait_for(at_us: i64, stop: &StopSignal) -> bool {
    let left_us = u64::try_from(at_us - SystemClock.now_us()).unwrap_or(0);
    left_us > 0 && stop.wait(Duration::from_micros(left_us))
}

struct Sender {
    codec: Codec,
    output: EventOutput,
    acknowledged: Receiver<Acknowledged>,
    handed_over: u64,
    delivered: u64,
}

impl Sender {
    fn send(&mut self, event: &Event, stop: &StopSignal) -> anyhow::Result<()> {
        let payload = self.codec.encode_event(event)?;
        loop {
            self.hear()?;
            let has_room = self.output.in_flight() < IN_FLIGHT_MAX;
            if has_room && self.output.send(OutputTopic::Events, self.handed_over, &payload)? {
                self.handed_over += 1;
                return Ok(());
            }
            if stop.wait(PAUSE) {
                anyhow::bail!("stopped while Kafka took no events");
            }
        }
    }

    fn hear(&mut self) -> anyhow::Result<()> {
        for (_, result) in self.acknowledged.try_iter() {
            result?;
            self.delivered += 1;
        }
        Ok(())
    }

    /// How many were handed over, and how many Kafka has.
    fn finish(mut self) -> anyhow::Result<(u64, u64)> {
        self.output.flush(LAST_WAIT)?;
        self.hear()?;
        Ok((self.handed_over, self.delivered))
    }
}
