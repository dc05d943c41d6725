#!/usr/bin/python3
"""Prints what all sites send to a cloud broker, each reading once: SITE/TOPIC, time, value, unit.

    readings.py HOST PORT CA_FILE USER < PASSWORD_FILE

Takes paho-mqtt 1.6 (Debian 12) or 2.x (Debian 13), packages python3-paho-mqtt.
"""
import json
import sys

import paho.mqtt.client as mqtt


def make_client():
    """Keeps its session, so that the broker keeps for it what comes while it is away."""
    options = {"client_id": "readings.py", "clean_session": False}
    if hasattr(mqtt, "CallbackAPIVersion"):
        return mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, **options)
    return mqtt.Client(**options)


def readings(pack):
    """The records of a SenML pack with what it says once filled in (RFC 8428, section 4.6), and the
    seq, which is the one before it plus the step where it is not there."""
    base = {"bn": "", "bt": 0, "bu": "", "epoch": None, "step": 1}
    seq = 0
    for record in pack:
        base.update({key: record[key] for key in base if key in record})
        seq = record.get("seq", seq + base["step"])
        if "v" in record:
            name = base["bn"] + record.get("n", "")
            yield {
                "name": name,
                "time": base["bt"] + record.get("t", 0),
                "value": record["v"],
                "unit": record.get("u", base["bu"]),
                "id": (name.split("/")[0], base["epoch"], seq),
            }


def main():
    host, port, ca_file, user = sys.argv[1:5]
    seen = set()  # a program that runs for years keeps this in its database, as a unique key

    def connected(client, _data, _flags, code):
        if code != 0:
            sys.exit(f"refused: {mqtt.connack_string(code)}")
        client.subscribe("+/sensors/#", qos=1)

    def came(_client, _data, message):
        try:
            pack = json.loads(message.payload)
        except ValueError:
            return
        for reading in readings(pack) if isinstance(pack, list) else ():
            if reading["id"] not in seen:
                seen.add(reading["id"])
                print(reading["name"], reading["time"], reading["value"], reading["unit"], flush=True)

    client = make_client()
    client.on_connect = connected
    client.on_message = came
    client.tls_set(ca_certs=ca_file)
    client.username_pw_set(user, sys.stdin.readline().strip())
    client.connect(host, int(port))
    client.loop_forever()


if __name__ == "__main__":
    main()
