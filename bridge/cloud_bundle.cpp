#include "bridge/cloud_bundle.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace holdfast::bridge {

namespace {

constexpr std::size_t longest_user_data = 16 * 1024;

std::string install_script() {
    return fmt::format(R"sh(#!/bin/sh
# Makes this machine the cloud broker: run it as root in the bundle's folder, on Debian or Ubuntu.
# With DESTDIR set it only puts the files in place below that folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${{DESTDIR:-}}
home=$root{home}
conf=$root/etc/mosquitto/mosquitto.conf
if [ -z "$root" ] && [ ! -x /usr/sbin/mosquitto ]; then
    apt-get update
    apt-get install -y mosquitto
fi
install -d -m 755 "$home" "$home/certs"
install -m 644 "$here/certs/ca.crt" "$here/certs/server.crt" "$home/certs/"
install -m 640 "$here/certs/server.key" "$home/certs/"
install -m 640 "$here/users" "$here/acl" "$home/"
if [ -e "$conf" ] && [ ! -e "$conf.before-holdfast" ]; then
    cp -p "$conf" "$conf.before-holdfast"
fi
install -m 644 "$here/mosquitto.conf" "$conf"
if [ -z "$root" ]; then
    chgrp mosquitto "$home/certs/server.key" "$home/users" "$home/acl"
    systemctl enable mosquitto
    systemctl restart mosquitto
fi
)sh",
                       fmt::arg("home", BundleHome::files));
}

std::string ports_of(const CloudEnd& cloud, std::string_view form) {
    std::string text = fmt::format(fmt::runtime(form), cloud.site_port) +
                       fmt::format(fmt::runtime(form), cloud.app_port);
    if (cloud.websocket_port) {
        text += fmt::format(fmt::runtime(form), *cloud.websocket_port);
    }
    return text;
}

constexpr std::string_view image_file =
    R"(# The broker of compose.yaml: Debian's Mosquitto, and a user with a number of its own.
FROM docker.io/library/debian:bookworm-slim
RUN groupadd --system --gid 883 mosquitto \
    && useradd --system --uid 883 --gid mosquitto --no-create-home --home-dir /var/lib/mosquitto \
        --shell /usr/sbin/nologin mosquitto
RUN apt-get -q update \
    && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends \
        mosquitto mosquitto-clients \
    && rm -rf /var/lib/apt/lists/*
USER mosquitto
)";

std::string compose_file(const CloudEnd& cloud) {
    return fmt::format(
        R"(# The cloud broker in a container: docker compose up -d
name: holdfast-cloud

x-shut-in: &shut-in
  image: holdfast-cloud
  build:
    context: ./image
    dockerfile: Containerfile
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]

services:
  # Copies that the broker can read: this folder stays as it is, and whose it is.
  files:
    <<: *shut-in
    user: root
    cap_add: [CHOWN, DAC_OVERRIDE]
    network_mode: none
    working_dir: /bundle
    command: [sh, -c, "cp -R certs users acl mosquitto.conf /files && chown -R mosquitto: /files"]
    volumes:
      - ./:/bundle:ro
      - files:/files

  broker:
    <<: *shut-in
    command: [mosquitto, -c, {home}/mosquitto.conf]
    restart: unless-stopped
    depends_on:
      files:
        condition: service_completed_successfully
    ports:
{ports}    volumes:
      - files:{home}:ro
      - state:{state}
    # That it refuses who shows no password is an answer too.
    healthcheck:
      test: [CMD, sh, -c, "mosquitto_sub -h localhost -p {app_port} --insecure --cafile
        {home}/certs/ca.crt -t health -W 10; test $$? = 5"]
      interval: 60s
      start_period: 10s

volumes:
  files:
  state:
)",
        fmt::arg("home", BundleHome::files), fmt::arg("state", BundleHome::state),
        fmt::arg("app_port", cloud.app_port),
        fmt::arg("ports", ports_of(cloud, "      - \"{0}:{0}\"\n")));
}

std::string read_me(const config::Settings& settings, const CloudEnd& cloud) {
    return fmt::format(R"(# The cloud broker of {site}

Made by `holdfast cloud bundle`. It makes a fresh machine the Mosquitto that the appliance reaches as
`{address}:{port}`. Keep the folder as you would keep a key: it holds one (`certs/server.key`).

## On EC2

1. Launch an instance of Debian 12 or Ubuntu 22.04 or later. Security group: inwards
{ports}   and nothing else but your own SSH.
2. Either give `user-data.yaml` as its user data, which who may describe the instance can read; or
   copy this folder to it and run `sudo sh install.sh`.
3. Give it an Elastic IP, and the name `{address}` in DNS if that is a name.
4. On the appliance: `holdfast bridge check`.

On Amazon Linux and everywhere else with containers: copy the folder to the machine, then

    docker compose up -d

## Who may do what

Port {port} takes appliances, by certificates of the authority in `certs/ca.crt`: the certificate's
name is the site, which may use the topics below `SITE/` and no others. Port {app_port} takes
applications, by the users in `users`; `acl` says which of them read what all sites send, and which may
give orders on `SITE/down/…`. There is no port without TLS.

## Another address, another site

Another address is one setting, `address` in `[cloud]` of holdfast.conf: `holdfast render`, restart
the local broker. The server's certificate has to carry it: run `holdfast cloud bundle` again and
install `certs/` anew.
)",
                       fmt::arg("site", settings.site.name),
                       fmt::arg("address", settings.cloud->address),
                       fmt::arg("port", cloud.site_port), fmt::arg("app_port", cloud.app_port),
                       fmt::arg("ports", ports_of(cloud, "   TCP {}\n")));
}

/// A YAML block that keeps the text as it is.
std::string block(const std::string& text, std::string_view indent) {
    std::string out;
    for (const auto line : split(text, '\n')) {
        out += line.empty() ? "\n" : fmt::format("{}{}\n", indent, line);
    }
    out.pop_back(); // the line that split() sees behind the last line feed
    return out;
}

} // namespace

std::vector<RenderedFile> render_bundle(const config::Settings& settings, const CloudEnd& cloud) {
    auto files = render_cloud_end(cloud);
    const auto& folder = cloud.folder;
    files.push_back({folder / "install.sh", install_script(), FileMode::public_});
    files.push_back({folder / "compose.yaml", compose_file(cloud), FileMode::public_});
    files.push_back({folder / "image/Containerfile", std::string(image_file), FileMode::public_});
    files.push_back({folder / "README.md", read_me(settings, cloud), FileMode::public_});
    return files;
}

std::string render_user_data(const std::vector<BundleFile>& files) {
    std::string text = "#cloud-config\n"
                       "package_update: true\n"
                       "packages: [mosquitto]\n"
                       "write_files:\n";
    for (const auto& file : files) {
        text += fmt::format("  - path: {}/{}\n"
                            "    permissions: '{}'\n"
                            "    content: |\n{}",
                            BundleHome::unpacked, file.name, file.permissions,
                            block(file.content, "      "));
    }
    text += fmt::format("runcmd:\n  - [sh, {}/install.sh]\n", BundleHome::unpacked);
    if (text.size() > longest_user_data) {
        throw Error(fmt::format("the user data would have {} bytes, and EC2 takes {}: name fewer "
                                "users",
                                text.size(), longest_user_data));
    }
    return text;
}

} // namespace holdfast::bridge
