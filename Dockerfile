# docker build -t dynalite . && docker run -p 127.0.0.1:8000:8000 -v dynalite:/data dynalite

FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY dynalite dynalite
COPY pytest_dynalite pytest_dynalite
COPY server server
RUN pip install --no-cache-dir --prefix /installed '.[ion,postgres,s3,zstd]'

FROM python:3.12-slim
COPY --from=build /installed /usr/local
RUN useradd --system --uid 8000 --no-create-home dynalite && install --directory --owner dynalite /data
USER dynalite
VOLUME /data
EXPOSE 8000
# Inside, the server is reached through all addresses, or not at all; from where, is what `docker run -p` says.
ENV DYNALITE_HOST=0.0.0.0 DYNALITE_PORT=8000 DYNALITE_DATA=/data DYNALITE_ALLOW_ANONYMOUS=1
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --start-interval=1s CMD ["python", "-c", \
  "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['DYNALITE_PORT'], timeout=2)"]
ENTRYPOINT ["dynalite"]
CMD ["serve"]
