# connect-mock in a container: non-root, a read-only root file system will do, health check without curl.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/connect-mock \
 && /opt/connect-mock/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY app app
COPY migrations migrations
COPY examples examples
COPY docs/errors.md docs/errors.md
RUN /opt/connect-mock/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data connect-mock && install -d -o connect-mock -m 700 /data
COPY --from=build /opt/connect-mock /opt/connect-mock
ENV PATH=/opt/connect-mock/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    CONNECT_MOCK_DATA=/data \
    CONNECT_MOCK_HOST=0.0.0.0 \
    CONNECT_MOCK_PUBLIC_HOST=localhost
USER connect-mock
VOLUME /data
EXPOSE 8080 8443 8444
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["connect-mock", "healthcheck"]
ENTRYPOINT ["connect-mock"]
CMD ["serve"]
