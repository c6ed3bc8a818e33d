# Builds the one command and puts it, alone, on a small system that runs it without rights.
FROM rust:1.95.0-slim-trixie AS build
# librdkafka is C and is built from source
RUN apt-get update \
 && apt-get install --no-install-recommends -y gcc g++ make perl pkg-config zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# the caches keep the dependencies between builds; what is kept in the image is copied out of them
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package svarstid \
 && cp target/release/svarstid /usr/local/bin/svarstid

FROM debian:13.2-slim
# curl asks /healthz in the health checks
RUN apt-get update \
 && apt-get install --no-install-recommends -y ca-certificates curl zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/svarstid --create-home svarstid \
 && install -d -o svarstid -g svarstid -m 0750 /var/lib/svarstid/spool
COPY --from=build /usr/local/bin/svarstid /usr/local/bin/svarstid
USER svarstid
WORKDIR /var/lib/svarstid
ENTRYPOINT ["svarstid"]
CMD ["--help"]
