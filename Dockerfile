# The image of the gateway: one static program, certificates of authorities, time zones, and nothing else.
#
#   docker build -t windrose .                              runs as nobody in particular (65532), needs no shell, no root
#   docker build -t windrose:drop-in --target drop-in .     in place of Traefik's image where its compose file stays as
#                                                           it is: root, as there, with a shell and wget
#
# For several platforms: docker buildx build --platform linux/amd64,linux/arm64 … (the program is built on each).
# The last two parts are also what compose/image/build makes without a registry.

FROM rust:1-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends busybox-static ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN compose/image/program /program && compose/image/rootfs /program /rootfs && compose/image/shell /shell && mkdir /data

FROM scratch AS drop-in
LABEL org.opencontainers.image.title="Windrose" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /rootfs/ /
COPY --from=build /shell/ /
ENV PATH=/usr/local/bin:/bin
EXPOSE 80
ENTRYPOINT ["/usr/local/bin/windrose"]

FROM scratch AS windrose
LABEL org.opencontainers.image.title="Windrose" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /rootfs/ /
COPY --chown=65532:65532 --from=build /data/ /data/
ENV PATH=/usr/local/bin
USER 65532:65532
EXPOSE 80
ENTRYPOINT ["/usr/local/bin/windrose"]
