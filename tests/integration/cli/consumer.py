#!/usr/bin/python3
"""Logs in as an example file of docs/examples says, and takes one message of each of its topics.

    consumer.py FILE PORT CA_FILE PASSWORD

What only the owner's machine knows is given in the call; everything else is the file's. Ends with 0
once each topic has brought something that the file makes sense of.
"""
import json
import math
import pathlib
import ssl
import sys
import tomllib

import paho.mqtt.client as mqtt
import yaml


def telegraf(text):
    (settings,) = tomllib.loads(text)["inputs"]["mqtt_consumer"]
    assert settings["servers"] == ["ssl://greenhouse.local:8883"]
    assert (settings["data_format"], settings["data_type"]) == ("value", "float")
    assert settings["tls_ca"] and settings["password"]
    return {
        "user": settings["username"],
        "client_id": settings["client_id"],
        "keeps_session": settings["persistent_session"],
        "topics": {topic: (settings["qos"], number) for topic in settings["topics"]},
    }


def node_red(text):
    nodes = {node["id"]: node for node in json.loads(text)}
    (broker,) = [node for node in nodes.values() if node["type"] == "mqtt-broker"]
    assert (broker["broker"], broker["port"]) == ("greenhouse.local", "8883")
    tls = nodes[broker["tls"]]
    assert broker["usetls"] and tls["verifyservercert"] and tls["ca"]
    wired = [target for node in nodes.values() for wire in node.get("wires", []) for target in wire]
    assert wired and all(target in nodes for target in wired)
    inputs = [node for node in nodes.values() if node["type"] == "mqtt in"]
    assert all(node["broker"] == broker["id"] for node in inputs)
    return {
        "user": broker["credentials"]["user"],
        "client_id": broker["clientid"],
        "keeps_session": not broker["cleansession"],
        "topics": {
            node["topic"]: (int(node["qos"]), state if node["topic"].endswith("/status") else number)
            for node in inputs
        },
    }


def home_assistant(text):
    topics = {}
    for sensor in yaml.safe_load(text)["mqtt"]["sensor"]:
        states = (sensor["payload_available"], sensor["payload_not_available"])
        assert states == ("online", "offline")
        assert sensor["availability_template"] == "{{ value.split(':')[0] }}"
        topics[sensor["state_topic"]] = (0, number)
        topics[sensor["availability_topic"]] = (0, state)
    # The rest of the login is typed into its dialogue.
    return {"user": "home-assistant", "client_id": "", "keeps_session": False, "topics": topics}


def number(payload):
    return math.isfinite(float(payload))


def state(payload):
    return payload.split(":")[0] in ("online", "offline")


READERS = {".conf": telegraf, ".json": node_red, ".yaml": home_assistant}


def make_client(login):
    options = {"client_id": login["client_id"], "clean_session": not login["keeps_session"]}
    if hasattr(mqtt, "CallbackAPIVersion"):
        return mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, **options)
    return mqtt.Client(**options)


def main():
    file, port, ca_file, password = sys.argv[1:5]
    path = pathlib.Path(file)
    login = READERS[path.suffix](path.read_text(encoding="utf-8"))
    missing = dict(login["topics"])

    def connected(client, _data, _flags, code):
        if code != 0:
            sys.exit(f"refused: {mqtt.connack_string(code)}")
        client.subscribe([(topic, qos) for topic, (qos, _) in login["topics"].items()])

    def subscribed(_client, _data, _mid, granted):
        if any(code > 2 for code in granted):
            sys.exit(f"subscription refused: {list(login['topics'])} {granted}")

    def came(client, _data, message):
        for topic, (_, makes_sense) in list(missing.items()):
            if mqtt.topic_matches_sub(topic, message.topic):
                if not makes_sense(message.payload.decode()):
                    sys.exit(f"{message.topic} has {message.payload}")
                del missing[topic]
        if not missing:
            client.disconnect()

    client = make_client(login)
    client.on_connect, client.on_subscribe, client.on_message = connected, subscribed, came
    client.tls_set(ca_certs=ca_file, cert_reqs=ssl.CERT_REQUIRED)
    client.username_pw_set(login["user"], password)
    client.connect("localhost", int(port))
    client.loop_forever()


if __name__ == "__main__":
    main()
