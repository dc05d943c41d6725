# shellcheck shell=bash
test_cloud() { :; }
